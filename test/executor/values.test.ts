/** Values as results: small ones are in the receipt, large ones are linked or refused, and all of them reproduce. */
import { afterAll, describe, expect, test } from 'vitest'
import type { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict, linkOf, sameBytes } from '../../src/base/dag-cbor.ts'
import type { Fault } from '../../src/base/fault.ts'
import { toPlain } from '../../src/base/links.ts'
import { documentBytes } from '../../src/base/measure.ts'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { type Engine } from '../../src/engine/engine.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import type { Receipt, Value } from '../../src/interface.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { createTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { CHILD, WORKER } from '../support/jobs.ts'
import { engine, hostModules, limits, made, names, profile, resultOf, store, VIOLATION } from './results.ts'
import { RESULTS } from './results.mjs'

const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7)

describe('values in receipts (RECEIPT-12)', () => {
  test.each([
    'a program’s',
    'a map of the longest that stay',
    'as many vectors as there are results',
    'a key __proto__',
  ])('unchanged: %s', async name => {
    expect((await resultOf(name)).receipt.out).toEqual({ ok: made(name) })
  })

  test.each(['null', 'true', 'an integer of 64 bits', 'as deep as there may be'])('unchanged: %s', async name => {
    expect((await resultOf(name)).receipt.out).toEqual({ ok: made(name) })
  })

  test('long bytes and texts are files, and the map around them is not', async () => {
    const scratch = createMemoryStore()
    expect((await resultOf('a program’s with long output')).receipt.out).toEqual({
      ok: linkOf(encodeStrict({ exit: 1n, stdout: await addFile(scratch, bytes(1025)), stderr: bytes(1024) })),
    })
    const file = async (text: string): Promise<CID> => addFile(scratch, new TextEncoder().encode(text))
    const list = [[await file('x'.repeat(1025)), 'ü'.repeat(512), await file('ü'.repeat(513))]]
    expect((await resultOf('long text within a list')).receipt.out).toEqual({ ok: linkOf(encodeStrict(list)) })
    const out = (await resultOf('ten million characters')).receipt.out as { ok: { text: CID } }
    expect(out.ok.text).toEqual(await file('x'.repeat(10_000_000)))
    expect((await load(store, out.ok.text)).length).toBe(10_000_000)
  })

  test.each(['a list that is long', 'a map that is long', 'one byte more', 'one more'])(
    'a block of dag-cbor: %s',
    async name => {
      const block = encodeStrict(made(name))
      expect((await resultOf(name)).receipt.out).toEqual({ ok: linkOf(block) })
      expect(sameBytes(await getBlock(store, linkOf(block)), block)).toBe(true)
    },
  )

  test('long bytes in a long list: the files first, then the list of their links', async () => {
    const { ok } = (await resultOf('long within long')).receipt.out as { ok: CID }
    const links = decodeStrict(await getBlock(store, ok)) as CID[]
    expect(links).toHaveLength(60)
    expect(await load(store, links[59]!)).toEqual(bytes(2000))
  })

  test('links have one form', async () => {
    const { out } = (await resultOf('links')).receipt
    const link = (RESULTS['links']!() as { a: CID }).a
    expect(out).toEqual({ ok: { a: link, b: [link] } })
  })

  test.each(names.slice(4, 12))('the document has the computed size: %s', async name => {
    const { ok } = (await resultOf(name)).receipt.out as { ok: Value }
    const isLong = documentBytes(toPlain(made(name)), 1024) > 1024 && name !== 'as many vectors as there are results'
    const block = isLong ? await getBlock(store, ok as CID) : encodeStrict(ok)
    expect(documentBytes(toPlain(made(name)), 1024)).toBe(block.length)
  })
})

describe('results that are too large (PROFILE-21, PROFILE-28, RECEIPT-21)', () => {
  test.each([
    'a level deeper',
    'deeper than a document',
    'a hundred thousand levels',
    'a list that contains itself',
    'a byte more',
    'a key that is the byte more',
    'a list with only a length',
  ])('%s is a violation of the ABI', async name => {
    expect((await resultOf(name)).receipt.out).toEqual(VIOLATION)
  })

  test('bytes at the limit are a result', async () => {
    expect((await resultOf('as many bytes as there may be')).receipt.out).toMatchObject({ ok: { a: {}, b: {} } })
  })
})

test.each([
  'a list of holes',
  'a float',
  'undefined',
  'a function',
  'a Map',
  'a lone surrogate',
  'an integer beyond 64 bits',
  'a link to nothing',
  'a link that is not a CID',
  'a CID of version 0',
  'a map that throws',
])('%s is not a result, and is a fault of the host function (PROFILE-29)', async name => {
  await expect(resultOf(name)).rejects.toMatchObject({ code: 'host-function-failed' })
})

describe('on threads and in processes', () => {
  const threads = createThreadEngine({ threads: 1, workerUrl: WORKER, hostModules })
  const processes = createProcessEngine({ processes: 1, childUrl: CHILD, workerUrl: WORKER, hostModules })
  afterAll(async () => {
    await threads.close()
    await processes.close()
  })

  const LARGE = /byte more|million|as many bytes|largest|larger|too many keys/
  test.each(names.filter(name => !LARGE.test(name)))('%s', async name => {
    const outcome = async (on: Engine): Promise<unknown> =>
      resultOf(name, on).then(
        ({ cid }) => cid.toString(),
        (fault: unknown) => (fault as Fault).code,
      )
    const inline = await outcome(engine)
    expect(await outcome(threads)).toBe(inline)
    expect(await outcome(processes)).toBe(inline)
  })
})

describe('verification (RECEIPT-20, RECEIPT-26)', () => {
  const verify = (claim: Receipt) => createVerifier({ store, engine, profiles: [profile] }).verify(claim)

  test.each(names.slice(0, 17))('reproduces %s', async name => {
    expect(await verify((await resultOf(name)).receipt)).toEqual({ verdict: 'reproduced', mismatches: [] })
  })

  test.each<[title: string, change: (ok: Record<string, Value>) => Value, field: string, claimed: unknown]>([
    ['other bytes', ok => ({ ...ok, stdout: bytes(4) }), 'out.ok.stdout', bytes(4)],
    ['text for bytes', ok => ({ ...ok, stdout: 'abc' }), 'out.ok.stdout', 'abc'],
    ['another exit', ok => ({ ...ok, exit: 1n }), 'out.ok.exit', 1n],
    ['a list for a text', ok => ({ ...ok, stderr: [] }), 'out.ok.stderr', []],
    ['a list for the map', () => [], 'out.ok', []],
    ['no map', () => null, 'out.ok', null],
    ['a key more', ok => ({ ...ok, files: null }), 'out.ok', expect.anything()],
    ['a key less', ({ exit, stdout }) => ({ exit: exit!, stdout: stdout! }), 'out.ok', expect.anything()],
  ])('refutes %s', async (_, change, field, claimed) => {
    const { receipt } = await resultOf('a program’s')
    const claim: Receipt = { ...receipt, out: { ok: change(made('a program’s') as Record<string, Value>) } }
    const { verdict, mismatches } = await verify(claim)
    expect([verdict, mismatches.length]).toEqual(['refuted', 1])
    expect(mismatches[0]).toMatchObject({ field, claimed })
    expect(encodeReceipt(claim).cid).not.toEqual(encodeReceipt(receipt).cid)
  })

  test('lists every part that differs, in the order of the document', async () => {
    const { receipt } = await resultOf('a program’s')
    const { mismatches } = await verify({ ...receipt, out: { ok: { stdout: 1n, exit: 1n, stderr: 1n } } })
    expect(mismatches.map(({ field }) => field)).toEqual(['out.ok.exit', 'out.ok.stderr', 'out.ok.stdout'])
  })
})

describe('parameters (RECEIPT-4, RECEIPT-21)', () => {
  const EMPTY = '(module (func (export "f")))'
  const ONE = '(module (func (export "f") (param i32)))'
  const BYTES = `(module (memory (export "memory") 1) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 0))
    (func (export "f") (param i32 i32)))`
  const STRING = `(module (memory (export "memory") 1) (func (export "__new") (param i32 i32) (result i32) (i32.const 0))
    (func (export "__pin") (param i32) (result i32) (i32.const 0)) (func (export "__unpin") (param i32))
    (func (export "f") (param i32)))`
  const nested = (levels: number): Value => (levels === 0 ? null : [nested(levels - 1)])
  const call = async (wat: string, abi: string, params: readonly Value[], fun = 'f'): Promise<unknown> => {
    const task = createTask({ mod: await addFile(store, await assemble(wat)), fun, params, abi })
    return (await createExecutor({ store, engine, profile }).execute(task, limits)).receipt.out
  }
  const refused = (subject: string, code = 'bad-arguments'): unknown => ({
    error: { kind: 'rejection', code, subject },
  })

  const OTHERS: readonly Value[] = [null, true, false, [], [1n], {}, { a: 1n }, { kind: 'link', size: 4n }, nested(32)]
  test.each<[abi: string, wat: string, subject: string]>([
    ['core', ONE, 'parameter 0: i32'],
    ['bytes', BYTES, 'parameter 0: bytes'],
    ['assemblyscript(string)->void', STRING, 'parameter 0: string'],
    ['assemblyscript(ArrayBuffer)->void', STRING, 'parameter 0: ArrayBuffer'],
    ['assemblyscript(bool)->void', ONE, 'parameter 0: bool'],
    ['assemblyscript(u64)->void', ONE.replace('i32', 'i64'), 'parameter 0: u64'],
    ['assemblyscript(f32)->void', ONE.replace('i32', 'f32'), 'parameter 0: f32'],
  ])('%s takes none of the other values (RECEIPT-13 to RECEIPT-15)', async (abi, wat, subject) => {
    for (const other of OTHERS) expect(await call(wat, abi, [other])).toEqual(refused(subject))
  })

  test('integers beyond the signed range are checked by the ABI, and u64 accepts them', async () => {
    for (const integer of [2n ** 63n, 2n ** 64n - 1n, -(2n ** 64n)])
      expect(await call(ONE.replace('i32', 'i64'), 'core', [integer])).toEqual(refused('parameter 0: i64'))
    expect(await call(ONE.replace('i32', 'i64'), 'assemblyscript(u64)->void', [2n ** 64n - 1n])).toEqual({ ok: null })
  })

  test('the depth is checked before everything else about the call', async () => {
    expect(await call(EMPTY, 'core', [nested(33)], 'g')).toEqual(refused('valueDepth'))
    expect(await call(EMPTY, 'core', [nested(61)], 'g')).toEqual(refused('valueDepth'))
    expect(await call(EMPTY, 'core', [nested(32)], 'g')).toEqual(refused('g', 'no-such-function'))
    expect(await call(EMPTY, 'core', [nested(32)])).toEqual(refused('0 parameters'))
  })

  test('the longest name and the longest paths still have a receipt', async () => {
    const name = 'x'.repeat(2 ** 20)
    expect(await call(EMPTY, 'core', [], name)).toEqual(refused(name, 'no-such-function'))
    const keys = { ['k'.repeat(2_000_000)]: null }
    expect(await call(ONE, 'core', [keys])).toEqual(refused('parameter 0: i32'))
  })

  test('a link in a list is not loaded, and an ABI without lists rejects it', async () => {
    const absent = linkOf(encodeStrict('absent'))
    expect(await call(ONE, 'core', [[absent]])).toEqual(refused('parameter 0: i32'))
  })

  test('host functions see the bytes of links that the ABI reads as bytes', async () => {
    const wat = `(module (import "t" "params" (func $params)) (func (export "f") (param f32 i32) (call $params)))`
    const link = await addFile(store, new Uint8Array([0, 0, 128, 63]))
    expect(await call(wat, 'core', [link, 5n])).toEqual({ ok: [new Uint8Array([0, 0, 128, 63]), 5n] })
  })
})
