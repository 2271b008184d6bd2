/** Receipts that are accepted because executors agree, and the referee who decides where they do not. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { Receipt, Verdict } from '../../src/interface.ts'
import type { ExecutorClaim } from '../../src/receipt/compare.ts'
import { decide, type Asked } from '../../src/verifier/decide.ts'
import { optimistic, type OptimisticOptions, type Settlement } from '../../src/verifier/optimistic.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { Random } from '../support/random.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

const engine = createInlineEngine()
const bench = new Bench(engine)
const verifier = createVerifier({ store: bench.store, engine })
const timeout = new Fault('timeout', 'the time allowed has passed')

let honest: Receipt
let other: Receipt
let asked: Asked
beforeAll(async () => {
  honest = (await bench.run(WATS.add, { params: [40n, 2n] })).receipt
  other = (await bench.run(WATS.add, { params: [1n, 2n] })).receipt
  asked = { task: honest.ran, profile: honest.meta.profile, limits: LIMITS }
})

const falseOf = (receipt: Receipt, sum = 43n): Receipt => ({ ...receipt, out: { ok: [sum] } })
const states = (by: string, receipt: Receipt): ExecutorClaim => ({ by, receipt })
const faults = (by: string): ExecutorClaim => ({ by, fault: timeout })
const liars = ({ liars }: Settlement): string[] => liars.map(({ by }) => by)

/** A referee that counts what it is asked, and says what the test says. */
function referee(
  verdict: (receipt: Receipt) => Verdict | Promise<Verdict>,
): OptimisticOptions['referee'] & { asked: number } {
  return {
    asked: 0,
    async verify(claim) {
      this.asked++
      return verdict(claim as Receipt)
    },
  }
}

/** A referee that must not be asked. */
const nobody = referee(() => expect.unreachable('the referee is asked'))

describe('what claims are enough for (RECEIPT-30)', () => {
  const decided = (claims: ExecutorClaim[], confirmations = 2): unknown => {
    const { decision, ...rest } = decide(claims, { asked, confirmations })
    if ('agreement' in rest) return [decision, rest.agreement.by]
    return 'groups' in rest ? [decision, rest.groups.map(({ by }) => by)] : [decision, rest.missing]
  }

  test('nothing is missing as many as are needed', () => expect(decided([], 3)).toEqual(['wait', 3]))

  test('one confirms, the other is waited for', () => expect(decided([states('ann', honest)])).toEqual(['wait', 1]))

  test('as many as are needed agree', () =>
    expect(decided([states('ann', honest), states('ben', honest)])).toEqual(['accept', ['ann', 'ben']]))

  test('one executor counts once, however often it says so', () =>
    expect(decided([states('ann', honest), states('ann', honest), states('ann', honest)])).toEqual(['wait', 1]))

  test('one who says something else is a contradiction, whoever is more', () =>
    expect(decided([states('ann', honest), states('ben', falseOf(honest)), states('cat', honest)])).toEqual([
      'contradiction',
      [['ann', 'cat'], ['ben']],
    ]))

  test('so is one who says two things', () =>
    expect(decided([states('ann', honest), states('ann', falseOf(honest))])).toEqual([
      'contradiction',
      [['ann'], ['ann']],
    ]))

  test('faults and what was not asked for count neither way, and are told', () => {
    const dearer = { ...honest, meta: { ...honest.meta, limits: { ...LIMITS, gas: LIMITS.gas + 1n } } }
    const roomier = { ...honest, meta: { ...honest.meta, limits: { ...LIMITS, pages: LIMITS.pages + 1 } } }
    const elsewhere = { ...honest, meta: { ...honest.meta, profile: honest.ran } }
    const claims = [
      states('ann', honest),
      faults('ben'),
      states('cat', other),
      states('dan', dearer),
      states('eve', roomier),
      states('fay', elsewhere),
      states('gus', { ...honest, note: 'trust me' } as Receipt),
      states('hal', { ...honest, meta: { ...honest.meta, gasUsed: LIMITS.gas + 1n } }),
    ]
    expect(decided(claims)).toEqual(['wait', 1])
    const { faulted, unasked } = decide(claims, { asked, confirmations: 2 })
    expect(faulted.map(({ by, fault }) => [by, fault.code])).toEqual([
      ['ben', 'timeout'],
      ['gus', 'bad-receipt'],
      ['hal', 'bad-receipt'],
    ])
    expect(unasked.map(({ by, field }) => [by, field])).toEqual([
      ['cat', 'ran'],
      ['dan', 'meta.limits.gas'],
      ['eve', 'meta.limits.pages'],
      ['fay', 'meta.profile'],
    ])
  })

  test.each<[string, () => unknown, string]>([
    ['no confirmation', () => decide([], { asked, confirmations: 0 }), 'bad-usage'],
    ['no task', () => decide([], { asked: { ...asked, task: 'bafy' as never }, confirmations: 1 }), 'bad-usage'],
    [
      'no limits',
      () => decide([], { asked: { ...asked, limits: { gas: -1n, pages: 1 } }, confirmations: 1 }),
      'bad-limits',
    ],
    ['no claim', () => decide([{ by: 'ann' } as never], { asked, confirmations: 1 }), 'bad-usage'],
    ['no referee', () => optimistic({ confirmations: 1, referee: {} as never }), 'bad-usage'],
    ['half a confirmation', () => optimistic({ confirmations: 0.5, referee: verifier }), 'bad-usage'],
  ])('%s is refused', (_, call, code) => {
    let thrown: unknown
    try {
      call()
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ name: 'Fault', code })
  })
})

describe('settling a task (RECEIPT-30)', () => {
  const settle = (
    claims: Iterable<ExecutorClaim> | AsyncIterable<ExecutorClaim>,
    arbiter: OptimisticOptions['referee'] = verifier,
    confirmations = 2,
  ): Promise<Settlement> => optimistic({ confirmations, referee: arbiter }).settle(claims, asked)

  test('nothing runs where executors agree, and no further claim is read', async () => {
    let closed = false
    async function* claims(): AsyncGenerator<ExecutorClaim> {
      try {
        yield faults('dan')
        yield states('ann', honest)
        await sleep(5)
        yield states('ben', honest)
        expect.unreachable('a further claim is read')
      } finally {
        closed = true
      }
    }
    const settled = await settle(claims(), nobody)
    expect(settled).toMatchObject({ settled: 'confirmed', by: ['ann', 'ben'], liars: [], faulted: [{ by: 'dan' }] })
    await sleep(1)
    expect(closed).toBe(true)
  })

  test.each([
    ['first', () => [states('cat', falseOf(honest)), states('ann', honest)]],
    ['second', () => [states('ann', honest), states('cat', falseOf(honest))]],
  ])('at a contradiction the task is run again, and who lied is named: the %s', async (_, claims) => {
    const settled = await settle(claims())
    expect(settled).toMatchObject({ settled: 'refereed', receipt: { out: { ok: [42n] } }, by: ['ann'] })
    expect(settled.liars).toMatchObject([
      { by: 'cat', differs: [{ field: 'out.ok[0]', claimed: 43n, reproduced: 42n }] },
    ])
  })

  test('a majority of liars does not help them', async () => {
    const lie = falseOf(honest)
    const settled = await settle([states('cat', lie), states('dan', lie), states('ann', honest)], verifier, 3)
    expect(settled).toMatchObject({ settled: 'refereed', by: ['ann'] })
    expect(liars(settled)).toEqual(['cat', 'dan'])
  })

  test('where all lie, all are named, and nothing is accepted', async () => {
    const settled = await settle([states('ann', falseOf(honest, 1n)), states('ben', falseOf(honest, 2n))])
    expect(settled).not.toHaveProperty('receipt')
    expect(settled.settled).toBe('refuted')
    expect(liars(settled)).toEqual(['ann', 'ben'])
  })

  test('one who says two things lies once', async () => {
    const settled = await settle([states('cat', falseOf(honest)), states('cat', honest)])
    expect(settled).toMatchObject({ settled: 'refereed', by: ['cat'], liars: [{ by: 'cat' }] })
  })

  test('the referee is told what was asked for', async () => {
    let seen: unknown
    const strict = { verify: verifier.verify, asked: 0 }
    strict.verify = (claim, options) => {
      seen = options?.expect
      return verifier.verify(claim, options)
    }
    await settle([states('ann', honest), states('cat', falseOf(honest))], strict)
    expect(seen).toEqual(asked)
  })

  test.each<[string, Fault, boolean]>([
    ['may help', new Fault('block-missing', 'no block'), true],
    ['does not help', new Fault('too-large', 'a large module'), false],
  ])('a referee that faults names nobody; asking again %s', async (_, fault, retryable) => {
    const failing = referee(() => Promise.reject(fault))
    const settled = await settle([states('ann', honest), states('cat', falseOf(honest))], failing)
    expect(settled).toMatchObject({ settled: 'undecided', why: 'referee', retryable, liars: [] })
    expect(settled).toMatchObject({ doubts: [{ fault }, { fault }] })
  })

  test('a referee without the blocks of the task names nobody', async () => {
    const elsewhere = createVerifier({ store: createMemoryStore(), engine })
    const settled = await settle([states('ann', honest), states('cat', falseOf(honest))], elsewhere)
    expect(settled).toMatchObject({ settled: 'undecided', why: 'referee', retryable: true, liars: [] })
  })

  test('a receipt beyond the bounds of the referee is false if another one is reproduced', async () => {
    const dear = { ...honest, meta: { ...honest.meta, gasUsed: honest.meta.gasUsed + 1n } }
    const bounded = createVerifier({ store: bench.store, engine, maxGas: honest.meta.gasUsed })
    const settled = await settle([states('cat', dear), states('ann', honest)], bounded)
    expect(settled).toMatchObject({
      settled: 'refereed',
      by: ['ann'],
      liars: [{ by: 'cat', differs: [{ field: 'meta.gasUsed' }] }],
    })
    const both = await settle([states('cat', dear), states('dan', falseOf(dear))], bounded)
    expect(both).toMatchObject({ settled: 'undecided', retryable: false, liars: [] })
    expect(both).toMatchObject({ doubts: [{ verdict: { reason: 'gas' } }, { verdict: { reason: 'gas' } }] })
  })

  test('what is refuted stays refuted where the referee cannot tell about the others', async () => {
    const arbiter = referee(claim => {
      if ('ok' in claim.out && (claim.out.ok as readonly bigint[])[0] === 1n)
        return { verdict: 'refuted', mismatches: [{ field: 'out.ok[0]', claimed: 1n, reproduced: 42n }] }
      throw timeout
    })
    const settled = await settle([states('ann', falseOf(honest, 1n)), states('ben', falseOf(honest, 2n))], arbiter)
    expect(settled).toMatchObject({ settled: 'undecided', doubts: [{ fault: timeout }] })
    expect(liars(settled)).toEqual(['ann'])
  })

  test('claims that end too early leave it open', async () => {
    expect(await settle([faults('ann'), states('ben', honest), faults('cat')], nobody)).toMatchObject({
      settled: 'undecided',
      why: 'confirmations',
      missing: 1,
      faulted: [{ by: 'ann' }, { by: 'cat' }],
    })
    expect(await settle([], nobody)).toMatchObject({ settled: 'undecided', why: 'confirmations', missing: 2 })
  })

  test('a bug of the referee is thrown', async () => {
    const broken = referee(() => Promise.reject(new TypeError('x is not a function')))
    await expect(settle([states('ann', honest), states('cat', falseOf(honest))], broken)).rejects.toThrow(TypeError)
  })

  test('waiting for claims and for the referee can be given up', async () => {
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) }
    const policy = optimistic({ confirmations: 2, referee: verifier })
    await expect(policy.settle(silent, asked, { timeoutMs: 20 })).rejects.toMatchObject({ code: 'timeout' })
    const controller = new AbortController()
    const slow: OptimisticOptions['referee'] = {
      verify: (_, options) => {
        controller.abort()
        return Promise.reject(new Fault('aborted', String(options!.signal!.aborted)))
      },
    }
    const settling = optimistic({ confirmations: 2, referee: slow }).settle(
      [states('ann', honest), states('cat', falseOf(honest))],
      asked,
      { signal: controller.signal },
    )
    await expect(settling).rejects.toMatchObject({ code: 'aborted' })
  })
})

/** How a liar alters a receipt. */
const LIES: readonly ((receipt: Receipt) => Receipt)[] = [
  receipt => falseOf(receipt, 1_000_000n),
  ({ meta, ...receipt }) => ({ ...receipt, meta: { ...meta, gasUsed: meta.gasUsed + 1n } }),
  ({ meta, ...receipt }) => ({ ...receipt, meta: { ...meta, gasUsed: meta.gasUsed - 1n } }),
  ({ meta, ...receipt }) => ({ ...receipt, meta: { ...meta, peakPages: meta.peakPages + 1 } }),
  receipt => ({ ...receipt, out: { error: { kind: 'trap', code: 'unreachable' } } }),
]

test('of three executors, one that lies on a tenth of 200 tasks is named every time; one that faults never is', async () => {
  const random = new Random(14)
  const policy = optimistic({ confirmations: 3, referee: verifier })
  const lied = new Set(random.shuffled(Array.from({ length: 200 }, (_, i) => i)).slice(0, 20))
  const outcomes = { confirmed: 0, refereed: 0, refuted: 0, undecided: 0 }
  for (let i = 0; i < 200; i++) {
    const { receipt } = await bench.run(WATS.add, { params: [BigInt(i), BigInt(random.below(1000))] })
    const claims = ['ann', 'ben', 'cat'].map(by =>
      states(by, by === 'cat' && lied.has(i) ? random.pick(LIES)(receipt) : receipt),
    )
    if (random.once(3)) claims.push(faults('dan'))
    const question = { task: receipt.ran, profile: receipt.meta.profile, limits: LIMITS }
    const settled = await policy.settle(random.shuffled(claims), question)
    outcomes[settled.settled]++
    expect(liars(settled), `task ${i}`).toEqual(lied.has(i) ? ['cat'] : [])
    expect(settled, `task ${i}`).toMatchObject({ receipt })
  }
  expect(outcomes).toEqual({ confirmed: 180, refereed: 20, refuted: 0, undecided: 0 })
})
