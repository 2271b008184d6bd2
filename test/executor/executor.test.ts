/** The executor: it returns a receipt for every reproducible outcome, and throws a fault for everything else. */
import { decode, encode as toJson } from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sameBytes } from '../../src/base/dag-cbor.ts'
import { getBlock } from '../../src/content/block.ts'
import { createFallbackStore } from '../../src/content/fallback-store.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { createExecutor, type Execution } from '../../src/executor/executor.ts'
import type { BlockStore, Outcome, Task } from '../../src/interface.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { decodeReceipt, encodeReceipt } from '../../src/receipt/receipt.ts'
import { decodeTask, encodeTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { blessedValues } from '../support/golden.ts'
import { WORKER } from '../support/jobs.ts'
import { Bench, LIMITS, program, WATS, type CallInput } from '../support/tasks.ts'

const inline = createInlineEngine()
let threads: Engine
beforeAll(() => {
  threads = createThreadEngine({ workerUrl: WORKER })
})
afterAll(() => threads.close())

const bench = (): Bench => new Bench(inline)
const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    value => ({ 'no fault': value }),
    (error: unknown) => error,
  )
const fault = (code: string, whose: string): unknown => expect.objectContaining({ name: 'Fault', code, whose })

/** A task for each kind of outcome, by name. */
const CASES: Readonly<
  Record<string, readonly [module: string | Uint8Array, input?: CallInput, limits?: typeof LIMITS]>
> = {
  'a number': [WATS.add, { params: [40n, 2n] }],
  'a memory that grew': [WATS.grows, { params: [3n] }],
  'a memory that could not grow': [WATS.grows, { params: [100n] }],
  logs: [WATS.logs],
  'text of AssemblyScript': [
    program('greet'),
    { fun: 'greet', abi: 'assemblyscript(string)->string', params: ['IPVM'] },
  ],
  bytes: [WATS.echo, { abi: 'bytes', params: [new Uint8Array([1, 2, 3])] }],
  'bytes that are linked': [WATS.echo, { abi: 'bytes', params: [new Uint8Array(1025).fill(7)] }],
  'a trap': [WATS.trap],
  'out of gas': [WATS.loop],
  'no gas to prepare': [WATS.add, { params: [1n, 2n] }, { gas: 5n, pages: 1 }],
  malformed: [new Uint8Array([0, 97, 115, 109, 2, 0, 0, 0])],
  invalid: [WATS.invalid],
  'a feature': [WATS.shared],
  'an import': [WATS.clock],
  'a limit': [WATS.large],
  'a reserved name': [WATS.reserved],
  'no such function': [WATS.add, { fun: 'g' }],
  'bad arguments': [WATS.add, { params: [1n] }],
  'too many pages': [WATS.trap, {}, { gas: 10n ** 9n, pages: 1 }],
}

async function runCase(name: string, engine: Engine): Promise<Execution> {
  const [module, input, limits] = CASES[name]!
  return new Bench(engine).run(module, input, limits)
}

describe('golden receipts (RECEIPT-6, RECEIPT-7)', () => {
  const gold = blessedValues<{ cid: string; receipt: unknown }>('receipts')
  afterAll(() => gold.save())

  test.each(Object.keys(CASES))('%s', async name => {
    const { cid, bytes, receipt } = await runCase(name, inline)
    const json = JSON.parse(new TextDecoder().decode(toJson(receipt))) as unknown
    expect({ cid: cid.toString(), receipt: json }).toEqual(gold.of(name, { cid: cid.toString(), receipt: json }))
    expect(decodeReceipt(bytes)).toEqual(receipt)
    // The readable form contains the whole receipt.
    const back = decode<typeof receipt>(new TextEncoder().encode(JSON.stringify(json)))
    expect(encodeReceipt(back).cid.toString()).toBe(cid.toString())
  })

  test.each(Object.keys(CASES))('%s: the same on a thread', async name => {
    expect((await runCase(name, threads)).cid.toString()).toBe((await runCase(name, inline)).cid.toString())
  })
})

describe('rejections are receipts (RECEIPT-8, RECEIPT-9)', () => {
  test.each<[name: string, code: string, subject: string | undefined, hasOffset: boolean]>([
    ['malformed', 'malformed', undefined, true],
    ['invalid', 'invalid', undefined, true],
    ['a feature', 'feature', 'threads', true],
    ['an import', 'import', 'env.now', true],
    ['a limit', 'limit', 'tableSlots', true],
    ['a reserved name', 'reserved-name', 'ipvm:gas', true],
    ['no such function', 'no-such-function', 'g', false],
    ['bad arguments', 'bad-arguments', '2 parameters', false],
    ['too many pages', 'limit', 'pages', false],
  ])('%s', async (name, code, subject, hasOffset) => {
    const {
      receipt: { out, meta },
    } = await runCase(name, inline)
    expect(out).toEqual({
      error: {
        kind: 'rejection',
        code,
        ...(subject === undefined ? {} : { subject }),
        ...(hasOffset ? { offset: expect.any(Number) as number } : {}),
      },
    })
    expect(meta).toMatchObject({ gasUsed: 0n, peakPages: 0, growRefused: subject === 'pages' })
    expect('logs' in meta).toBe(false)
  })
})

describe('the store after a run (RECEIPT-2)', () => {
  test('task, profile and receipt, under their CIDs', async () => {
    const b = bench()
    const task = await b.task(WATS.add, { params: [1n, 2n] })
    const execution = await b.execute(task)
    const get = (cid: CID): Promise<Uint8Array> => getBlock(b.store, cid)
    expect(decodeTask(await get(execution.task))).toEqual(task)
    expect(encodeTask(task).cid.equals(execution.task)).toBe(true)
    expect(decodeReceipt(await get(execution.cid))).toEqual(execution.receipt)
    expect(execution.receipt.meta.profile.equals(encodeProfile(PROFILE_1).cid)).toBe(true)
    expect(await get(execution.receipt.meta.profile)).toEqual(encodeProfile(PROFILE_1).bytes)
    expect(b.store.size).toBe(4)
    // The CID of the task may be passed in place of the task.
    expect((await b.execute(execution.task)).cid.equals(execution.cid)).toBe(true)
    expect(b.store.size).toBe(4)
  })

  test.each<[length: number, linked: boolean]>([
    [1024, false],
    [1025, true],
    [600_000, true],
  ])('a result of %i bytes, linked: %s (RECEIPT-12)', async (length, linked) => {
    const b = bench()
    const bytes = Uint8Array.from({ length }, (_, i) => i * 31)
    const {
      receipt: { out },
    } = await b.run(WATS.echo, { abi: 'bytes', params: [bytes] })
    const ok = 'ok' in out ? out.ok : undefined
    if (!linked) return expect(ok).toEqual(bytes)
    expect(CID.asCID(ok)?.version).toBe(1)
    expect(sameBytes(await load(b.store, ok as CID, {}), bytes)).toBe(true)
  })

  test('text is measured in UTF-8 (RECEIPT-12)', async () => {
    const b = bench()
    const greet = (name: string): Promise<Execution> =>
      b.run(program('greet'), { fun: 'greet', abi: 'assemblyscript(string)->string', params: [name] })
    const around = 'Hello, !'.length
    const short = (await greet('é'.repeat((1024 - around) / 2))).receipt.out
    expect(short).toEqual({ ok: `Hello, ${'é'.repeat(508)}!` })
    const long = (await greet(`${'é'.repeat(508)}x`)).receipt.out
    expect(new TextDecoder().decode(await load(b.store, ('ok' in long ? long.ok : undefined) as CID, {}))).toBe(
      `Hello, ${'é'.repeat(508)}x!`,
    )
  })

  test('long logs are linked, and load back (RECEIPT-12)', async () => {
    const b = bench()
    const wat = `(module (import "ipvm" "log" (func (param i32 i32))) (memory 1) (data (i32.const 1999) "!")
      (func (export "f") (param i32) (call 0 (i32.const 0) (local.get 0))))`
    const logs = async (length: bigint): Promise<Uint8Array | CID | undefined> =>
      (await b.run(wat, { params: [length] })).receipt.meta.logs
    expect(await logs(0n)).toBeUndefined()
    expect(await logs(1024n)).toEqual(new Uint8Array(1024))
    const linked = await logs(2000n)
    const bytes = await load(b.store, CID.asCID(linked)!, {})
    expect([bytes.length, bytes[1999]]).toEqual([2000, 0x21])
  })

  test('parameters by CID stand for their bytes, and the task differs (RECEIPT-4)', async () => {
    const b = bench()
    const bytes = new Uint8Array(400_000).fill(3)
    const cid = await addFile(b.store, bytes)
    const [byValue, byLink] = [
      await b.run(WATS.echo, { abi: 'bytes', params: [bytes] }),
      await b.run(WATS.echo, { abi: 'bytes', params: [cid] }),
    ]
    expect(byLink.receipt.out).toEqual(byValue.receipt.out)
    expect(byLink.receipt.meta).toEqual(byValue.receipt.meta)
    expect(byLink.task.equals(byValue.task)).toBe(false)
  })

  test('numbers by CID are bytes, too', async () => {
    const b = bench()
    const wat = '(module (func (export "f") (param f64) (result f64) (local.get 0)))'
    const cid = await addFile(b.store, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]))
    expect((await b.run(wat, { params: [cid] })).receipt.out).toEqual({
      ok: [new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])],
    })
  })
})

describe('a task is defined by its bytes', () => {
  test('integers may be numbers: the receipt is that of the task as it is encoded', async () => {
    const b = bench()
    const task = await b.task(WATS.add, { params: [40n, 2n] })
    const loose = { ...task, args: { ...task.args, params: [40, 2] as unknown as bigint[] } }
    const [strict, same] = [await b.execute(task), await b.execute(loose)]
    expect(same.receipt.out).toEqual({ ok: [42n] })
    expect(same.cid.equals(strict.cid)).toBe(true)
  })

  test("later changes of the caller's arrays have no effect", async () => {
    const b = bench()
    const param = new Uint8Array([1, 2, 3])
    const task = await b.task(WATS.echo, { abi: 'bytes', params: [param] })
    const execution = b.execute(task)
    param.fill(9)
    expect((await execution).receipt.out).toEqual({ ok: new Uint8Array([1, 2, 3]) })
  })
})

describe('limits (GAS-7, PROFILE-16)', () => {
  test.each([
    { gas: -1n, pages: 1 },
    { gas: 2n ** 62n + 1n, pages: 1 },
    { gas: 1n, pages: -1 },
    { gas: 1n, pages: 65_537 },
    { gas: 1n, pages: 1.5 },
    { gas: Number.NaN, pages: 1 },
    {},
  ])('invalid limits: case %#', async limits => {
    const b = bench()
    expect(await faultOf(b.execute(await b.task(WATS.add), limits as unknown as typeof LIMITS))).toEqual(
      fault('bad-limits', 'requestor'),
    )
  })

  test('the greatest limits run', async () => {
    const b = bench()
    const { receipt } = await b.run(WATS.add, { params: [1n, 1n] }, { gas: 2n ** 62n, pages: 65_536 })
    expect(receipt).toMatchObject({ out: { ok: [2n] }, meta: { limits: { gas: 2n ** 62n, pages: 65_536 } } })
  })

  test('exactly the used gas, and one unit less', async () => {
    const b = bench()
    const task = await b.task(WATS.trap)
    const { gasUsed } = (await b.execute(task)).receipt.meta
    expect((await b.execute(task, { gas: gasUsed, pages: 2 })).receipt.out).toEqual({
      error: { kind: 'trap', code: 'divide-by-zero' },
    })
    expect((await b.execute(task, { gas: gasUsed - 1n, pages: 2 })).receipt).toMatchObject({
      out: { error: { kind: 'trap', code: 'out-of-gas' } },
      meta: { gasUsed: gasUsed - 1n, peakPages: 0 },
    })
  })
})

describe('an outcome that this host cannot determine is a fault and not a receipt (RECEIPT-11)', () => {
  const [add, other] = [assemble(WATS.add), assemble(WATS.loop)]
  const task = async (store: BlockStore): Promise<Task> => {
    const b = bench()
    const made = await b.task(WATS.add, { params: [1n, 2n] })
    await store.put(made.args.mod, await add)
    return made
  }
  const run = (store: BlockStore, made: Task | CID, engine: Engine = inline): Promise<unknown> =>
    faultOf(createExecutor({ store, engine }).execute(made, LIMITS))

  test('a missing module', async () => {
    const store = createMemoryStore()
    expect(await run(store, await task(createMemoryStore()))).toEqual(fault('block-missing', 'network'))
    expect(store.size).toBe(0)
  })

  test('a module with other bytes', async () => {
    const store = createMemoryStore()
    const made = await task(createMemoryStore())
    await store.put(made.args.mod, await other)
    expect(await faultOf(createExecutor({ store, engine: createInlineEngine() }).execute(made, LIMITS))).toEqual(
      fault('hash-mismatch', 'network'),
    )
    expect(store.size).toBe(1)
  })

  test('a missing module is a fault even if the engine has prepared it; each executor reads it once', async () => {
    const b = new Bench(createInlineEngine())
    const made = await b.task(WATS.add, { params: [1n, 2n] })
    const { cid } = await b.execute(made)
    await b.store.delete(made.args.mod)
    expect(await faultOf(b.execute(made))).toEqual(fault('block-missing', 'network'))
    await b.store.put(made.args.mod, await assemble(WATS.add))
    let reads = 0
    const counting: BlockStore = {
      get: wanted => {
        if (wanted.equals(made.args.mod)) reads++
        return b.store.get(wanted)
      },
      has: wanted => b.store.has(wanted),
      put: (wanted, bytes) => b.store.put(wanted, bytes),
    }
    const executor = createExecutor({ store: counting, engine: b.engine })
    for (let i = 0; i < 3; i++) expect((await executor.execute(made, LIMITS)).cid).toEqual(cid)
    expect(reads).toBe(1)
  })

  test('a store with a receipt has the module, even if the engine had prepared it and the store fetches missing blocks', async () => {
    const b = new Bench(createInlineEngine())
    const made = await b.task(WATS.add, { params: [1n, 2n] })
    await b.execute(made)
    const local = createMemoryStore()
    const { cid } = await createExecutor({ store: createFallbackStore(local, b.store), engine: b.engine }).execute(
      made,
      LIMITS,
    )
    expect([await local.has(cid), await local.has(made.args.mod)]).toEqual([true, true])
  })

  test('a missing parameter', async () => {
    const b = bench()
    const cid = await addFile(createMemoryStore(), new Uint8Array(9))
    expect(await faultOf(b.run(WATS.echo, { abi: 'bytes', params: [cid] }))).toEqual(fault('block-missing', 'network'))
  })

  test('a module that is too large for this host', async () => {
    const store = createMemoryStore()
    const made = await task(store)
    expect(
      await faultOf(createExecutor({ store, engine: createInlineEngine(), maxModuleBytes: 10 }).execute(made, LIMITS)),
    ).toEqual(fault('too-large', 'requestor'))
  })

  test('an invalid task', async () => {
    const b = bench()
    const made = await b.task(WATS.add)
    for (const broken of [
      { ...made, cmd: '/wasm/other' },
      { ...made, args: { ...made.args, abi: 'nothing' } },
      { ...made, args: { ...made.args, params: [1.5] } },
      { ...made, extra: 1 },
    ]) {
      expect(await faultOf(b.execute(broken as unknown as Task))).toEqual(fault('bad-task', 'requestor'))
    }
    const notTask = await addFile(b.store, new Uint8Array([1, 2, 3]))
    expect(await faultOf(b.execute(notTask))).toEqual(fault('bad-task', 'requestor'))
  })

  test('a store that fails', async () => {
    const good = createMemoryStore()
    const made = await task(good)
    const fail = (): never => {
      throw new Error('disk full')
    }
    const refusing: BlockStore = { get: cid => good.get(cid), has: cid => good.has(cid), put: fail }
    expect(await run(refusing, made)).toEqual(fault('store-failed', 'runner'))
    expect(await run({ ...refusing, put: () => Promise.reject(new Error('later')) }, made)).toEqual(
      fault('store-failed', 'runner'),
    )
    expect(await run({ ...refusing, get: fail }, made)).toEqual(fault('store-failed', 'runner'))
  })

  test('a store that fails at the blocks of a large result', async () => {
    const good = createMemoryStore()
    const b = bench()
    const made = await b.task(WATS.echo, { abi: 'bytes', params: [new Uint8Array(5000)] })
    await good.put(made.args.mod, await assemble(WATS.echo))
    const refusing: BlockStore = {
      get: cid => good.get(cid),
      has: cid => good.has(cid),
      put: () => Promise.reject(new Error('no')),
    }
    expect(await run(refusing, made)).toEqual(fault('store-failed', 'runner'))
  })

  test('an engine that fails', async () => {
    const store = createMemoryStore()
    const made = await task(store)
    const before = store.size
    const failing: Engine = { compute: () => Promise.reject(new Error('broken')), close: () => Promise.resolve() }
    expect(await run(store, made, failing)).toEqual(
      expect.objectContaining({ code: 'engine-failed', message: 'the engine failed: Error: broken' }),
    )
    expect(store.size).toBe(before)
  })

  test('an engine with an impossible outcome', async () => {
    const store = createMemoryStore()
    const made = await task(store)
    const wrong = {
      out: { ok: [1n] },
      gasUsed: LIMITS.gas + 1n,
      peakPages: 0,
      growRefused: false,
      logs: new Uint8Array(0),
    } satisfies Outcome
    const lying: Engine = { compute: () => Promise.resolve(wrong), close: () => Promise.resolve() }
    expect(await run(store, made, lying)).toEqual(expect.objectContaining({ name: 'Fault', code: 'engine-failed' }))
  })

  test('an abort', async () => {
    const b = bench()
    const made = await b.task(WATS.add, { params: [1n, 2n] })
    const execute = (engine: Engine, task: Task, signal: AbortSignal): Promise<unknown> =>
      faultOf(createExecutor({ store: b.store, engine }).execute(task, { gas: 2n ** 62n, pages: 1 }, { signal }))
    expect(await execute(inline, made, AbortSignal.abort())).toEqual(fault('aborted', 'runner'))
    expect(await execute(threads, await b.task(WATS.loop), AbortSignal.timeout(300))).toEqual(
      fault('timeout', 'runner'),
    )
    expect((await new Bench(threads).run(WATS.add, { params: [1n, 2n] })).receipt.out).toEqual({ ok: [3n] })
  })
})
