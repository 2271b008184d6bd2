/** Many claims at once: results as they come, nothing held that is not under way, and no claim that ends the others. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { CID } from 'multiformats/cid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { exportCar } from '../../src/content/car.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Execution } from '../../src/executor/executor.ts'
import type { Receipt } from '../../src/interface.ts'
import { encodeReceipt } from '../../src/receipt/receipt.ts'
import { claimsInCar } from '../../src/verifier/car-claims.ts'
import { createVerifier, type Verifier } from '../../src/verifier/verifier.ts'
import type { ClaimResult, Verification, VerifyManyOptions } from '../../src/verifier/verify-many.ts'
import { ABSENT } from '../support/claims.ts'
import { WORKER } from '../support/jobs.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

const inline = createInlineEngine()
const bench = new Bench(inline)
/** Ten sums: i + i. */
const sums: Execution[] = []
beforeAll(async () => {
  for (let i = 0n; i < 10n; i++) sums.push(await bench.run(WATS.add, { params: [i, i] }))
})

const verifierOf = (engine: Engine = inline, store = bench.store): Verifier => createVerifier({ store, engine })
const lie = ({ receipt }: Execution): Receipt => ({ ...receipt, out: { ok: [1000n] } })

async function all<C>(verification: Verification<C>): Promise<ClaimResult<C>[]> {
  const results: ClaimResult<C>[] = []
  for await (const result of verification) results.push(result)
  return results
}

const iterate = <C>(verification: Verification<C>): AsyncIterator<ClaimResult<C>> =>
  verification[Symbol.asyncIterator]()

/** What came of each claim, in the order in which the claims were given. */
const outcomes = (results: readonly ClaimResult<unknown>[]): string[] =>
  [...results].sort((a, b) => a.index - b.index).map(result => ('fault' in result ? result.fault.code : result.verdict))

/** An engine that answers when the test says so, and knows how much it was asked at once. */
class Controlled implements Engine {
  readonly concurrency = 3
  readonly waiting: (() => void)[] = []
  readonly signals: (AbortSignal | undefined)[] = []
  most = 0

  compute: Engine['compute'] = async (job, options) => {
    this.signals.push(options?.signal)
    await new Promise<void>((resolve, reject) => {
      this.waiting.push(resolve)
      this.most = Math.max(this.most, this.waiting.length)
      options?.signal?.addEventListener('abort', () => reject(new Fault('aborted', 'given up on request')))
    })
    return inline.compute(job)
  }

  async answer(which: number): Promise<void> {
    while (this.waiting.length <= which) await sleep(1)
    this.waiting.splice(which, 1)[0]!()
  }

  close = async (): Promise<void> => {}
}

/** Claims, of which it is known how many were read and whether the reader has closed them. */
class Source<C> {
  read = 0
  closed = false
  readonly #claims: readonly C[]

  constructor(claims: readonly C[]) {
    this.#claims = claims
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<C> {
    try {
      for (const claim of this.#claims) {
        this.read++
        yield claim
      }
    } finally {
      this.closed = true
    }
  }
}

describe('what comes of many claims', () => {
  test('a verdict or a fault for each, with its place, its CID and the claim as it was given', async () => {
    const [first, second] = sums as [Execution, Execution]
    const claims = [first.cid, lie(second), ABSENT, second.bytes, { ...first.receipt, out: 7 } as unknown as Receipt]
    const results = await all(verifierOf().verifyMany(claims))
    expect(outcomes(results)).toEqual(['reproduced', 'refuted', 'block-missing', 'reproduced', 'bad-receipt'])
    for (const { index, given } of results) expect(given).toBe(claims[index])
    const cids = [...results].sort((a, b) => a.index - b.index).map(({ receipt }) => receipt?.toString())
    const expected = [first.cid, encodeReceipt(lie(second)).cid, ABSENT, second.cid, undefined]
    expect(cids).toEqual(expected.map(cid => cid?.toString()))
    expect(results.find(({ index }) => index === 1)).toMatchObject({
      mismatches: [{ field: 'out.ok[0]', claimed: 1000n }],
    })
  })

  test('counts, of what has been taken so far', async () => {
    const claims = [...sums.map(({ cid }) => cid), lie(sums[0]!), ABSENT, ABSENT, new Uint8Array(1)]
    const verification = verifierOf().verifyMany(claims, { maxGas: 10n ** 6n, concurrency: 1 })
    expect(verification.counts).toEqual({ claims: 0, reproduced: 0, refuted: 0, undecided: {}, faults: {} })
    let taken = 0
    for await (const _ of verification) expect(verification.counts.claims).toBe(++taken)
    expect(verification.counts).toEqual({
      claims: 14,
      reproduced: 0,
      refuted: 0,
      undecided: { gas: 11 },
      faults: { 'block-missing': 2, 'bad-receipt': 1 },
    })
    const other = verifierOf().verifyMany(claims)
    await all(other)
    expect(other.counts).toMatchObject({ claims: 14, reproduced: 10, refuted: 1, undecided: {} })
  })

  test('none, of none', async () => expect(await all(verifierOf().verifyMany([]))).toEqual([]))

  test('each claim may have its own store and expectation', async () => {
    const [first, second] = sums as [Execution, Execution]
    const claims = [
      { claim: first.cid, name: 'here' },
      { claim: first.cid, store: createMemoryStore(), name: 'elsewhere' },
      { claim: first.cid, expect: { task: second.task }, name: 'another task' },
      { claim: second.cid, name: 'as all' },
      { claim: first.cid, store: 7 as never, name: 'no store' },
    ]
    const results = await all(verifierOf().verifyMany(claims, { expect: { task: first.task } }))
    expect(outcomes(results)).toEqual(['reproduced', 'block-missing', 'undecided', 'undecided', 'bad-usage'])
    expect(results.map(({ given }) => given.name).sort()).toEqual(claims.map(({ name }) => name).sort())
  })

  test('an engine or a store that throws what is no fault ends one claim alone', async () => {
    const broken = new Error('broken')
    let calls = 0
    const engine: Engine = { ...inline, compute: job => (calls++ === 0 ? Promise.reject(broken) : inline.compute(job)) }
    const results = await all(verifierOf(engine).verifyMany(sums.slice(0, 3).map(({ cid }) => cid)))
    expect(outcomes(results).sort()).toEqual(['engine-failed', 'reproduced', 'reproduced'])
  })
})

describe('what is under way', () => {
  test('results come in the order in which they are ready', async () => {
    const engine = new Controlled()
    const cids = sums.slice(0, 4).map(({ cid }) => cid)
    const results = iterate(verifierOf(engine).verifyMany(cids, { concurrency: 2 }))
    const first = results.next()
    await engine.answer(1)
    expect((await first).value).toMatchObject({ index: 1 })
    const second = results.next()
    await engine.answer(1)
    expect((await second).value).toMatchObject({ index: 2 })
    const third = results.next()
    await engine.answer(0)
    expect((await third).value).toMatchObject({ index: 0 })
    const last = results.next()
    await engine.answer(0)
    expect((await last).value).toMatchObject({ index: 3 })
    expect((await results.next()).done).toBe(true)
  })

  test.each([
    ['twice as many as the engine computes at once', {}, 6],
    ['as many as were asked for', { concurrency: 4 }, 4],
  ])('%s', async (_, options, most) => {
    const engine = new Controlled()
    const source = new Source(sums.map(({ cid }) => cid))
    const results = all(verifierOf(engine).verifyMany(source, options))
    while (engine.waiting.length < most) await sleep(1)
    await sleep(20)
    expect([source.read, engine.waiting.length]).toEqual([most, most])
    for (let left = 10; left > 0; left--) await engine.answer(0)
    expect(outcomes(await results)).toEqual(Array(10).fill('reproduced'))
    expect(engine.most).toBe(most)
  })

  test('results that nobody takes hold the source up', async () => {
    const source = new Source(sums.map(({ cid }) => cid))
    const results = verifierOf().verifyMany(source, { concurrency: 2 })[Symbol.asyncIterator]()
    await results.next()
    await sleep(200)
    // Two are held, and one was taken.
    expect(source.read).toBe(3)
    await results.return!()
    expect(source.closed).toBe(true)
  })

  test('nothing is read before the first result is asked for', async () => {
    const source = new Source(sums.map(({ cid }) => cid))
    verifierOf().verifyMany(source)
    await sleep(20)
    expect(source.read).toBe(0)
  })

  test('a slow claim is passed by all others', async () => {
    const engine = new Controlled()
    const claims = Array.from({ length: 500 }, (_, i) => sums[i % 10]!.cid)
    const results = verifierOf(engine).verifyMany(claims, { concurrency: 2 })[Symbol.asyncIterator]()
    for (let i = 1; i < 500; i++) {
      const next = results.next()
      await engine.answer(1)
      expect((await next).value).toMatchObject({ index: i })
    }
    const next = results.next()
    await engine.answer(0)
    expect((await next).value).toMatchObject({ index: 0 })
  })
})

describe('giving up', () => {
  const claims = (): Source<CID> => new Source(sums.map(({ cid }) => cid))

  test('whoever stops taking results gives up what is under way, and closes the source', async () => {
    const engine = new Controlled()
    const source = claims()
    const results = verifierOf(engine).verifyMany(source)[Symbol.asyncIterator]()
    const first = results.next()
    await engine.answer(0)
    await first
    await results.return!()
    expect(source.closed).toBe(true)
    // The first one has ended before.
    expect(engine.signals.map(signal => signal!.aborted)).toEqual(engine.signals.map((_, i) => i > 0))
  })

  test.each<[string, (controller: AbortController) => VerifyManyOptions, string]>([
    ['a signal', ({ signal }) => ({ signal }), 'aborted'],
    ['a time for all', () => ({ totalTimeoutMs: 50 }), 'timeout'],
    ['a signal of a timeout', () => ({ signal: AbortSignal.timeout(50) }), 'timeout'],
  ])('%s ends all', async (_, options, code) => {
    const engine = new Controlled()
    const source = claims()
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 50)
    await expect(all(verifierOf(engine).verifyMany(source, options(controller)))).rejects.toMatchObject({
      name: 'Fault',
      code,
    })
    expect(source.closed).toBe(true)
    expect(engine.signals.every(signal => signal?.aborted)).toBe(true)
  })

  test('a signal that has fired already ends all before anything is read', async () => {
    const source = claims()
    const signal = AbortSignal.abort()
    await expect(all(verifierOf().verifyMany(source, { signal }))).rejects.toMatchObject({ code: 'aborted' })
    expect(source.read).toBe(0)
  })

  test('a source that never answers does not hold up the end', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    await expect(all(verifierOf().verifyMany(silent, { totalTimeoutMs: 30 }))).rejects.toMatchObject({
      code: 'timeout',
    })
  })

  test('a time for each claim ends that claim alone', async () => {
    const slow: Engine = {
      close: async () => {},
      compute: (job, options) =>
        job.args[0] === 3n
          ? new Promise((_, reject) =>
              options!.signal!.addEventListener('abort', () => reject(new Fault('timeout', 'too late'))),
            )
          : inline.compute(job),
    }
    const results = await all(verifierOf(slow).verifyMany(claims(), { timeoutMs: 50 }))
    expect(outcomes(results)).toEqual(sums.map((_, i) => (i === 3 ? 'timeout' : 'reproduced')))
  })

  test('a source that fails does so after the results of the claims before it', async () => {
    const failing = (async function* () {
      yield sums[0]!.cid
      yield sums[1]!.cid
      throw new Fault('bad-car', 'damaged')
    })()
    const results: unknown[] = []
    const taking = (async () => {
      for await (const result of verifierOf().verifyMany(failing)) results.push(result)
    })()
    await expect(taking).rejects.toMatchObject({ code: 'bad-car' })
    expect(results).toHaveLength(2)
  })

  test.each<[string, unknown, unknown, string]>([
    ['no claims', 7, {}, 'bad-usage'],
    ['bytes for claims', new Uint8Array(3), {}, 'bad-usage'],
    ['text for claims', 'bafy', {}, 'bad-usage'],
    ['no claim at once', [], { concurrency: 0 }, 'bad-usage'],
    ['half a claim at once', [], { concurrency: 1.5 }, 'bad-usage'],
    ['no time', [], { totalTimeoutMs: 0 }, 'bad-limits'],
    ['no time for each', [], { timeoutMs: 0 }, 'bad-limits'],
    ['no gas', [], { maxGas: -1n }, 'bad-usage'],
    ['no signal', [], { signal: {} }, 'bad-usage'],
    ['no expectation', [], { expect: { task: 'bafy' } }, 'bad-usage'],
    ['no options', [], 5, 'bad-usage'],
  ])('%s is refused at once', (_, given, options, code) => {
    let thrown: unknown
    try {
      verifierOf().verifyMany(given as [], options as VerifyManyOptions)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ name: 'Fault', code })
  })
})

describe('a CAR of many receipts', () => {
  test('each root is a claim', async () => {
    const car = await exportCar(
      bench.store,
      sums.map(({ cid }) => cid),
    )
    const results = await all(
      createVerifier({ store: createMemoryStore(), engine: inline }).verifyMany(claimsInCar(car)),
    )
    expect(outcomes(results)).toEqual(Array(10).fill('reproduced'))
    expect(results.map(({ given }) => given.claim.toString()).sort()).toEqual(
      sums.map(({ cid }) => cid.toString()).sort(),
    )
  })

  test('a root that is no receipt is a fault of its own; a CAR beyond the bounds ends all', async () => {
    const car = await exportCar(bench.store, [sums[0]!.task, sums[0]!.cid])
    const verifier = createVerifier({ store: createMemoryStore(), engine: inline })
    expect(outcomes(await all(verifier.verifyMany(claimsInCar(car))))).toEqual(['bad-receipt', 'reproduced'])
    for (const bound of [{ maxBytes: car.length - 1 }, { maxBlocks: 2 }])
      await expect(all(verifier.verifyMany(claimsInCar(car, bound)))).rejects.toMatchObject({ code: 'too-large' })
  })
})

describe('on threads', () => {
  const engine = createThreadEngine({ workerUrl: WORKER, threads: 2 })
  afterAll(() => engine.close())

  test('an engine says how many jobs it computes at once', async () => {
    const processes = createProcessEngine({ processes: 3 })
    expect([inline.concurrency, engine.concurrency, processes.concurrency]).toEqual([1, 2, 3])
    await processes.close()
  })

  test('true and false claims are told apart', async () => {
    const claims = Array.from({ length: 200 }, (_, i) => (i % 7 === 0 ? lie(sums[i % 10]!) : sums[i % 10]!.cid))
    const results = await all(verifierOf(engine).verifyMany(claims))
    expect(outcomes(results)).toEqual(claims.map((_, i) => (i % 7 === 0 ? 'refuted' : 'reproduced')))
  })

  test('a guest that runs on ends its own claim', async () => {
    const made = await bench.run(WATS.loop, {}, { gas: 10n ** 6n, pages: 1 })
    const endless = {
      ...made.receipt,
      meta: { ...made.receipt.meta, limits: { gas: 2n ** 62n, pages: 1 }, gasUsed: 2n ** 62n },
    }
    const claims = [endless, ...sums.map(({ cid }) => cid)]
    const results = await all(verifierOf(engine).verifyMany(claims, { maxGas: 2n ** 62n, timeoutMs: 1000 }))
    expect(outcomes(results)).toEqual(['timeout', ...Array<string>(10).fill('reproduced')])
  })
})

test('limits of all claims can be expected (RECEIPT-18)', async () => {
  const options = { expect: { limits: { ...LIMITS, gas: 5n } } }
  const results = await all(verifierOf().verifyMany([sums[0]!.cid], options))
  expect(results).toMatchObject([{ verdict: 'undecided', reason: 'limits' }])
})
