/** The policy: who is checked, where jobs run, and what judgements make of a worker. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  afterRuling,
  checkProbability,
  confirmationsFor,
  DEFAULT_POLICY,
  firstLanes,
  givenPolicy,
  isTrusted,
  NO_HISTORY,
  nextLane,
  trustThreshold,
  type History,
  type LaneView,
} from '../../src/farm/policy.ts'

const seed = new Uint8Array(32).fill(1)
const trusted = (streak: number): History => ({ ...NO_HISTORY, streak, agreed: streak })
const lane = (name: string, workers: readonly History[], load = 0): LaneView => ({ lane: name, workers, load })

describe('the history of a worker (FARM-10)', () => {
  test('an agreement adds to the streak, a lie takes it away, a fault and a lone answer change it in no way', () => {
    const rulings = ['agreed', 'agreed', 'alone', 'fault', 'agreed', 'lied', 'agreed'] as const
    expect(rulings.reduce(afterRuling, NO_HISTORY)).toEqual({ streak: 1, agreed: 4, alone: 1, lies: 1, faults: 1 })
    expect(rulings.map((_, i) => rulings.slice(0, i + 1).reduce(afterRuling, NO_HISTORY).streak)).toEqual([
      1, 2, 2, 2, 3, 0, 1,
    ])
  })

  test.each([
    [0, 1],
    [9, 1],
    [10, 1],
    [20, 0.5],
    [100, 0.1],
    [1000, 0.01],
    [1_000_000, 0.01],
  ])('after %s agreements an answer is checked with the probability %s (FARM-9)', (streak, probability) => {
    expect(checkProbability(trusted(streak), DEFAULT_POLICY)).toBe(probability)
  })

  test('the probability never rises with the streak, and is never less than the least', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(100_000), (a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map(n => checkProbability(trusted(n), DEFAULT_POLICY))
        expect(less).toBeGreaterThanOrEqual(more!)
        expect(more).toBeGreaterThanOrEqual(DEFAULT_POLICY.leastCheck)
      }),
    )
  })
})

describe('the agreements from which a worker is trusted (FARM-9)', () => {
  const trustAfter = fc.oneof(fc.nat(1000), fc.maxSafeNat(), fc.constant(Infinity))
  const lies = fc.oneof(fc.nat(20), fc.maxSafeNat())
  const liar = (lies: number, streak: number): History => ({ ...NO_HISTORY, streak, agreed: streak, lies })

  test.each([
    [0, 10, 10],
    [1, 10, 100],
    [2, 10, 1000],
    [14, 10, 1e15],
    [15, 10, Number.MAX_SAFE_INTEGER],
    [16, 1, Number.MAX_SAFE_INTEGER],
    [Number.MAX_SAFE_INTEGER, 1, Number.MAX_SAFE_INTEGER],
    [0, 0, 0],
    [400, 0, 0],
    [0, Infinity, Infinity],
    [1, Infinity, Infinity],
  ])('after %s lies, with trustAfter %s, they are %s', (lies, trustAfter, threshold) => {
    expect(trustThreshold({ lies }, { trustAfter })).toBe(threshold)
  })

  test('never fall with the lies or with trustAfter, and are a safe whole number unless trustAfter is Infinity', () => {
    fc.assert(
      fc.property(lies, lies, trustAfter, trustAfter, (a, b, c, d) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)]
        const [low, high] = [Math.min(c, d), Math.max(c, d)]
        const threshold = trustThreshold({ lies: few }, { trustAfter: low })
        expect(threshold).toBeGreaterThanOrEqual(low)
        expect(trustThreshold({ lies: many }, { trustAfter: low })).toBeGreaterThanOrEqual(threshold)
        expect(trustThreshold({ lies: few }, { trustAfter: high })).toBeGreaterThanOrEqual(threshold)
        expect(low === Infinity ? threshold === Infinity : Number.isSafeInteger(threshold)).toBe(true)
      }),
    )
  })

  test('of two workers with equal streaks, the one with more lies is checked at least as often', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), fc.nat(100_000), (a, b, streak) => {
        const [few, many] = [Math.min(a, b), Math.max(a, b)].map(n => liar(n, streak))
        expect(checkProbability(many!, DEFAULT_POLICY)).toBeGreaterThanOrEqual(checkProbability(few!, DEFAULT_POLICY))
        expect(checkProbability(many!, DEFAULT_POLICY)).toBeLessThanOrEqual(1)
      }),
    )
  })

  test('are ten times as many after a lie, by the rulings alone', () => {
    const lied = (['agreed', 'lied'] as const).reduce(afterRuling, NO_HISTORY)
    const after = (count: number): History =>
      Array.from({ length: count }, () => 'agreed' as const).reduce(afterRuling, lied)
    expect(isTrusted(after(99), DEFAULT_POLICY)).toBe(false)
    expect(isTrusted(after(100), DEFAULT_POLICY)).toBe(true)
    expect(checkProbability(after(200), DEFAULT_POLICY)).toBe(0.5)
    expect(firstLanes([lane('a', [after(99)]), lane('b', [])], { seed, job: 'job' }, DEFAULT_POLICY)).toHaveLength(2)
    expect(firstLanes([lane('a', [after(100)]), lane('b', [])], { seed, job: 'job' }, DEFAULT_POLICY)).toEqual(['a'])
  })
})

describe('the number of workers that must agree (FARM-9)', () => {
  const count = (history: History, jobs = 2000): number =>
    Array.from({ length: jobs }, (_, i) =>
      confirmationsFor('w', history, { seed, job: `j${i}` }, DEFAULT_POLICY),
    ).filter(n => n === 2).length

  test('is that of a replicated job until the worker is trusted', () => {
    expect(count(trusted(9))).toBe(2000)
    expect(count(trusted(10))).toBe(2000)
  })

  test('is drawn with the probability of a check afterwards', () => {
    expect(count(trusted(100)) / 2000).toBeCloseTo(0.1, 1)
    expect(count(trusted(1000), 20_000) / 20_000).toBeCloseTo(0.01, 2)
  })

  test('follows from the seed, the job and the worker, and cannot be foretold without the seed', () => {
    const of = (worker: string, job: string, key: Uint8Array): number =>
      confirmationsFor(worker, trusted(20), { seed: key, job }, DEFAULT_POLICY)
    const jobs = Array.from({ length: 400 }, (_, i) => `job ${i}`)
    const drawn = jobs.map(job => of('w', job, seed))
    expect(jobs.map(job => of('w', job, seed))).toEqual(drawn)
    for (const others of [
      jobs.map(job => of('v', job, seed)),
      jobs.map(job => of('w', job, new Uint8Array(32).fill(2))),
    ]) {
      const equal = others.filter((n, i) => n === drawn[i]).length
      expect(equal).toBeGreaterThan(140)
      expect(equal).toBeLessThan(260)
    }
  })
})

describe('the lanes of a job (FARM-9)', () => {
  const toss = { seed, job: 'job' }

  test('are as many as must agree, each once, unless all workers of the first one are trusted', () => {
    const untrusted = ['a', 'b', 'c'].map(name => lane(name, [trusted(3)]))
    expect(new Set(firstLanes(untrusted, toss, DEFAULT_POLICY)).size).toBe(2)
    const known = ['a', 'b', 'c'].map(name => lane(name, [trusted(50), trusted(10)]))
    expect(firstLanes(known, toss, DEFAULT_POLICY)).toHaveLength(1)
    const mixed = ['a', 'b', 'c'].map(name => lane(name, [trusted(50), trusted(9)]))
    expect(firstLanes(mixed, toss, DEFAULT_POLICY)).toHaveLength(2)
    expect(firstLanes([lane('a', [])], toss, DEFAULT_POLICY)).toEqual(['a'])
    expect(firstLanes([], toss, DEFAULT_POLICY)).toEqual([])
  })

  test('are the same for every judge, and spread over all lanes by the job', () => {
    const lanes = ['a', 'b', 'c', 'd'].map(name => lane(name, [trusted(50)]))
    const chosen = Array.from({ length: 400 }, (_, i) => firstLanes(lanes, { seed, job: `${i}` }, DEFAULT_POLICY)[0]!)
    const byOther = Array.from(
      { length: 400 },
      (_, i) => firstLanes(lanes.toReversed(), { seed: new Uint8Array(32), job: `${i}` }, DEFAULT_POLICY)[0]!,
    )
    expect(byOther).toEqual(chosen)
    for (const { lane: name } of lanes) expect(chosen.filter(one => one === name).length).toBeGreaterThan(60)
  })

  test('are first those with less to do for each worker, and last those without workers', () => {
    const lanes = [lane('a', [trusted(1)], 4), lane('b', [trusted(1), trusted(1)], 5), lane('c', [], 0)]
    expect(firstLanes(lanes, toss, { ...DEFAULT_POLICY, replicas: 3 })).toEqual(['b', 'a', 'c'])
  })

  test('one more is a lane that was not used', () => {
    const lanes = ['a', 'b', 'c'].map(name => lane(name, [trusted(1)]))
    const first = firstLanes(lanes, toss, DEFAULT_POLICY)
    const next = nextLane(lanes, first, toss)!
    expect([...first, next].sort()).toEqual(['a', 'b', 'c'])
    expect(nextLane(lanes, ['a', 'b', 'c'], toss)).toBe(undefined)
  })
})

test.each([{ replicas: 0 }, { replicas: 6 }, { trustAfter: -1 }, { leastCheck: 2 }, { leastCheck: NaN }])(
  'a policy with %j is refused',
  policy => {
    expect(() => givenPolicy(policy)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  },
)
