/** Bounds on what a claim can make a verifier load, compute and wait for. */
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { BlockStore, Param, Receipt } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { createTask, sealTask } from '../../src/task/task.ts'
import type { VerifierOptions } from '../../src/verifier/options.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { putFileNode } from '../content/support.ts'
import { REPRODUCED } from '../support/claims.ts'
import { WORKER } from '../support/jobs.ts'
import { Bench, WATS } from '../support/tasks.ts'

const MIB = 1024 * 1024
const engine = createInlineEngine()

/** A store that counts the bytes that are read, and how often each block is read. */
class Counting implements Pick<BlockStore, 'get'> {
  readonly inner = createMemoryStore()
  bytes = 0
  readonly times = new Map<string, number>()

  async get(cid: CID): Promise<Uint8Array> {
    const pieces = [...(this.inner.get(cid) as Iterable<Uint8Array>)]
    const block = new Uint8Array(Buffer.concat(pieces))
    this.bytes += block.length
    this.times.set(cid.toString(), (this.times.get(cid.toString()) ?? 0) + 1)
    return block
  }
}

/** A claim about a call of `fun` with these parameters, which was not run. */
async function claimed(
  store: Counting,
  wat: string,
  params: readonly Param[],
  gasUsed: bigint,
  abi = 'bytes',
): Promise<Receipt> {
  const mod = await addFile(store.inner, await assemble(wat))
  const task = sealTask(createTask({ mod, fun: 'f', params, abi })).block
  await store.inner.put(task.cid, task.bytes)
  store.bytes = 0
  store.times.clear()
  const limits = { gas: 2n ** 62n, pages: 100 }
  return {
    ran: task.cid,
    out: { ok: new Uint8Array(0) },
    meta: { profile: encodeProfile(PROFILE_1).cid, limits, gasUsed, peakPages: 20, growRefused: false },
  }
}

const verify = (
  store: Pick<BlockStore, 'get'>,
  claim: Receipt,
  settings: Partial<VerifierOptions> = {},
): ReturnType<ReturnType<typeof createVerifier>['verify']> =>
  // An engine without prepared modules.
  createVerifier({ store, engine: createInlineEngine(), ...settings }).verify(claim)
const refuted = (field: string): unknown =>
  expect.objectContaining({
    verdict: 'refuted',
    mismatches: expect.arrayContaining([expect.objectContaining({ field })]),
  })
/** A module with a function that takes `pairs` pairs, and does nothing. */
const taking = (
  pairs: number,
): string => `(module (memory (export "memory") 20) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "f") (param ${'i32 i32 '.repeat(pairs)})))`

describe('a claim bounds what a verifier loads (RECEIPT-22, RECEIPT-23, GAS-18)', () => {
  test('a claim outside of the expectation: nothing, not even the task', async () => {
    const store = new Counting()
    const claim = await claimed(store, taking(1), [await addFile(store.inner, new Uint8Array(5 * MIB))], 10n ** 12n)
    for (const settings of [{ maxGas: 0n }, { maxPages: 0 }])
      expect(await verify(store, claim, settings)).toMatchObject({ verdict: 'undecided' })
    expect(store.bytes).toBe(0)
  })

  test('2 000 links to a large file that the function does not take: task and module', async () => {
    const store = new Counting()
    const file = await addFile(
      store.inner,
      new Uint8Array(20 * MIB).map((_, i) => i >> 18),
    )
    expect(await verify(store, await claimed(store, taking(1), Array<CID>(2000).fill(file), 0n))).toEqual(
      refuted('out'),
    )
    expect(store.times.size).toBe(2)
  })

  test('100 links to a large file for which the gas does not suffice: task, module, and the root of the file once', async () => {
    const store = new Counting()
    const file = await addFile(
      store.inner,
      new Uint8Array(20 * MIB).map((_, i) => i >> 18),
    )
    for (const gasUsed of [0n, 10n ** 9n]) {
      expect(await verify(store, await claimed(store, taking(100), Array<CID>(100).fill(file), gasUsed))).toMatchObject(
        { verdict: 'refuted' },
      )
      expect([store.times.size, [...store.times.values()].every(times => times === 1), store.bytes < 200_000]).toEqual([
        3,
        true,
        true,
      ])
    }
  })

  test('60 links to one file for which the gas suffices: each block once', async () => {
    const bench = new Bench(engine)
    const file = await addFile(
      bench.store,
      new Uint8Array(MIB).map((_, i) => i >> 18),
    )
    const made = await bench.run(
      taking(60),
      { abi: 'bytes', params: Array<CID>(60).fill(file) },
      { gas: 10n ** 12n, pages: 20 },
    )
    expect(made.receipt.out).toEqual({ ok: new Uint8Array(0) })
    const store = new Counting()
    for (const { cid, bytes } of bench.store.blocks()) await store.inner.put(cid, bytes)
    expect(await verify(store, made.receipt)).toEqual(REPRODUCED)
    // Task, module, root and four leaves. The root is read again for the content.
    expect([store.times.size, Math.max(...store.times.values()), store.times.get(file.toString())]).toEqual([7, 2, 2])
  })

  test('content by the claimed gas: at most what host.perUnit pays for', async () => {
    const { perUnit } = PROFILE_1.schedule.host
    for (const gasUsed of [10n ** 8n, 5n * 10n ** 8n, 10n ** 9n, 3n * 10n ** 9n]) {
      for (const size of [300_000, MIB, 4 * MIB]) {
        const store = new Counting()
        const file = await addFile(
          store.inner,
          new Uint8Array(size).map((_, i) => i >> 16),
        )
        const task = 5000
        await verify(store, await claimed(store, taking(1), [file], gasUsed))
        expect(store.bytes, `${gasUsed} ${size}`).toBeLessThanOrEqual(task + (2 * Number(gasUsed)) / perUnit + 2 * MIB)
      }
    }
  })

  test('raw blocks, which declare no size, within one bound for all of them', async () => {
    const store = new Counting()
    const files = await Promise.all(
      [1, 2, 3].map(fill => addFile(store.inner, new Uint8Array(MIB).fill(fill), { format: 'raw' })),
    )
    const claim = await claimed(store, taking(3), files, 0n)
    expect(await verify(store, claim, { maxParamBytes: 3 * MIB })).toMatchObject({ verdict: 'refuted' })
    store.bytes = 0
    await expect(verify(store, claim, { maxParamBytes: 3 * MIB - 1 })).rejects.toMatchObject({
      code: 'too-large',
      whose: 'requestor',
    })
    expect(store.bytes).toBeLessThan(3 * MIB + 5000)
    await expect(verify(store, claim, { maxParamBytes: MIB })).rejects.toThrow(
      'the linked parameters have more than 1048576 bytes together',
    )
    // The same file three times counts once.
    const same = await claimed(store, taking(3), [files[0]!, files[0]!, files[0]!], 0n)
    expect(await verify(store, same, { maxParamBytes: MIB })).toMatchObject({ verdict: 'refuted' })
  })

  test('files for which the gas suffices, within one bound for all of them', async () => {
    const store = new Counting()
    const files = await Promise.all([1, 2, 3].map(fill => addFile(store.inner, new Uint8Array(MIB).fill(fill))))
    const claim = await claimed(store, taking(3), files, 10n ** 12n)
    expect(await verify(store, claim, { maxParamBytes: 3 * MIB })).toMatchObject({
      verdict: 'refuted',
      mismatches: [{ field: 'meta.gasUsed' }],
    })
    store.bytes = 0
    await expect(verify(store, claim, { maxParamBytes: 3 * MIB - 1 })).rejects.toMatchObject({ code: 'too-large' })
    expect(store.bytes).toBeLessThan(10_000)
  })

  test('a file that holds more than it declares: no more than it declares', async () => {
    const store = new Counting()
    const leaf = await addFile(store.inner, new Uint8Array(MIB), { format: 'raw' })
    const file = await putFileNode(store.inner, [leaf], [5n])
    const claim = await claimed(store, taking(1), [file], 10n ** 12n)
    await expect(verify(store, claim)).rejects.toMatchObject({
      code: 'bad-dag',
      message: `file ${file} declares 5 bytes of content, and there is more of it`,
    })
  })

  test('a link in the place of a number: its content is not loaded', async () => {
    const store = new Counting()
    const file = await addFile(store.inner, new Uint8Array(MIB))
    expect(await verify(store, await claimed(store, WATS.add, [file, 1n], 0n, 'core'))).toEqual(refuted('out'))
    expect(store.times.has(file.toString())).toBe(false)
  })
})

describe('time limits of verification (RECEIPT-22)', () => {
  let threads: Engine
  beforeAll(() => {
    threads = createThreadEngine({ workerUrl: WORKER })
  })
  afterAll(() => threads.close())

  test('a guest that does not end is stopped when the time has passed', async () => {
    const store = new Counting()
    const claim = await claimed(store, WATS.loop, [], 2n ** 61n, 'core')
    const settings = { engine: threads, maxGas: 2n ** 62n, timeoutMs: 300 }
    await expect(verify(store, claim, settings)).rejects.toMatchObject({ code: 'timeout', whose: 'runner' })
    const verifier = createVerifier({ store, ...settings, timeoutMs: 300_000 })
    await expect(verifier.verify(claim, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'timeout' })
  })

  test('waiting for a store that never answers stops, too', async () => {
    const store = new Counting()
    const claim = await claimed(store, WATS.loop, [], 10n, 'core')
    await expect(verify({ get: () => new Promise<never>(() => {}) }, claim, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  test('the first of signal and timeout counts', async () => {
    const store = { get: () => new Promise<never>(() => {}) }
    const claim = await claimed(new Counting(), WATS.loop, [], 10n, 'core')
    const verifier = createVerifier({ store, engine })
    await expect(verifier.verify(claim, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    await expect(verifier.verify(claim, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ code: 'timeout' })
  })

  test.each([0, -1, NaN, Infinity, 2 ** 31])('%d ms is an invalid time', async timeoutMs => {
    const claim = await claimed(new Counting(), WATS.loop, [], 10n, 'core')
    await expect(verify(new Counting(), claim, { timeoutMs })).rejects.toMatchObject({ code: 'bad-limits' })
  })
})
