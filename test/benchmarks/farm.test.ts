/** The simulation of farms decides as the farm does, and finds what can be computed. */
import { describe, expect, test } from 'vitest'
import { FARM, POLICIES } from '../../benchmarks/farm/scenarios.ts'
import { simulate, type Setup } from '../../benchmarks/farm/simulate.ts'
import { confirmationsOf, isSureOf } from '../../benchmarks/farm/trial.ts'
import type { Worker } from '../../benchmarks/farm/workers.ts'
import { confirmationsFor, DEFAULT_POLICY, firstLanes, NO_HISTORY, type History } from '../../src/farm/policy.ts'
import { Random } from '../support/random.ts'

const after = (streak: number): History => ({ ...NO_HISTORY, streak, agreed: streak })
const worker = (history: History): Worker => ({ history }) as Worker
const seed = new Uint8Array(32).fill(7)

const of = (setup: Partial<Setup>) =>
  simulate({ rules: FARM, workers: 500, tasks: 50_000, liars: undefined, percent: 5, ...setup })

describe('it decides as the farm', () => {
  test.each([0, 9, 10, 11, 20, 100, 5_000])('how many workers must agree after %d agreements', streak => {
    const count = 4_000
    const random = new Random(3)
    const history = after(streak)
    let [farm, ours] = [0, 0]
    for (let i = 0; i < count; i++) {
      farm += confirmationsFor('worker', history, { seed, job: `job ${i}` }, DEFAULT_POLICY)
      ours += confirmationsOf(worker(history), DEFAULT_POLICY, random)
    }
    // Four standard deviations of the difference of two binomial variables.
    const share = farm / count - 1
    expect(Math.abs(farm - ours)).toBeLessThanOrEqual(4 * Math.sqrt(2 * count * share * (1 - share)) + 1)
  })

  test.each([
    [[9], false],
    [[10], true],
    [[10, 50], true],
    [[50, 9, 50], false],
    [[], false],
  ])('whether a job is put on a lane alone: %j', (streaks, alone) => {
    const workers = streaks.map(after)
    // Lanes without workers are never the first ones.
    const lanes = [
      { lane: 'a', workers },
      { lane: 'b', workers: [NO_HISTORY], load: 5 },
      { lane: 'c', workers: [NO_HISTORY], load: 9 },
    ]
    const asked = firstLanes(lanes, { seed, job: 'job' }, DEFAULT_POLICY)
    expect(asked.length === 1).toBe(alone)
    expect(isSureOf(workers.map(worker), DEFAULT_POLICY)).toBe(alone)
  })
})

test('the same seed gives the same outcome, and another seed another one', () => {
  expect(of({ liars: 'alone' })).toEqual(of({ liars: 'alone' }))
  expect(of({ liars: 'alone', seed: 2 })).not.toEqual(of({ liars: 'alone' }))
})

describe('what can be computed is found', () => {
  const [one, two] = POLICIES

  test('one replica: the share of liars times the share of their answers', () => {
    expect(of({ rules: one!, liars: 'alone', tasks: 200_000 }).wrong).toBeGreaterThan(4_500)
    expect(of({ rules: one!, liars: 'alone', tasks: 200_000 }).wrong).toBeLessThan(5_500)
  })

  test('two that agree: liars alone never do, and liars together with the square of their share', () => {
    expect(of({ rules: two!, liars: 'alone' }).wrong).toBe(0)
    const { wrong } = of({ rules: two!, liars: 'together', tasks: 400_000 })
    expect(wrong).toBeGreaterThan(180)
    expect(wrong).toBeLessThan(320)
    expect(of({ rules: two!, liars: undefined }).runs).toBeCloseTo(2.02, 2)
  })

  test('a farm of honest workers accepts nothing false and charges nobody, whatever the policy', () => {
    for (const rules of POLICIES) expect(of({ rules })).toMatchObject({ wrong: 0, charged: 0 })
  })

  test('with a referee no honest worker is charged, and all liars that lie alone are found', () => {
    for (const liars of ['alone', 'together', 'cautious'] as const) expect(of({ liars }).charged).toBe(0)
    expect(of({ liars: 'alone' }).found.share).toBe(1)
  })

  test('a farm that forgets lies accepts more false receipts', () => {
    const setup = { liars: 'alone', tasks: 100_000 } as const
    expect(of({ ...setup, forgets: true }).wrong).toBeGreaterThan(2 * of(setup).wrong)
  })

  test('an old farm of honest workers costs less than 15 % more runs', () => {
    expect(of({ workers: 100, tasks: 200_000 }).lateRuns).toBeLessThan(1.15)
  })

  test('too few lanes are no farm', () => expect(() => of({ lane: 500 })).toThrow('too few lanes'))
})
