/** The policies and the workers that the suite `farm` simulates. */
import { DEFAULT_POLICY, givenPolicy } from '../../src/farm/policy.ts'
import type { Setup } from './simulate.ts'
import type { Rules } from './trial.ts'

/** The number of workers, and how many of a hundred lie. */
export const WORKERS = 10_000
export const LIARS_PERCENT = 5
/** The number of tasks for each worker. */
export const TASKS_EACH = 100

export interface NamedRules extends Rules {
  readonly name: string
}

/** The farm judges by the last of these. */
export const POLICIES: readonly NamedRules[] = [
  { name: 'one replica', policy: givenPolicy({ replicas: 1, trustAfter: 0, leastCheck: 0 }), atSplit: 'ask' },
  { name: 'two that agree', policy: givenPolicy({ replicas: 2, trustAfter: Infinity }), atSplit: 'refuse' },
  { name: 'two of three', policy: givenPolicy({ replicas: 2, maxReplicas: 3, trustAfter: Infinity }), atSplit: 'ask' },
  { name: 'adaptive', policy: DEFAULT_POLICY, atSplit: 'ask' },
  { name: 'adaptive with a referee', policy: DEFAULT_POLICY, atSplit: 'referee' },
]

export const FARM = POLICIES.at(-1)!

export interface Scenario extends Pick<Setup, 'liars'> {
  readonly name: string
}

export const SCENARIOS: readonly Scenario[] = [
  { name: 'nobody lies', liars: undefined },
  { name: 'alone, one answer in ten', liars: 'alone' },
  { name: 'together, one task in ten', liars: 'together' },
  { name: 'together, where it seems safe', liars: 'cautious' },
]

/** What else a farm could do, against the scenarios in which liars have the most success. */
export interface Change extends Partial<Setup> {
  readonly name: string
}

const trusting = (trustAfter: number): Rules => ({
  policy: givenPolicy({ trustAfter }),
  atSplit: 'referee',
})

export const CHANGES: readonly Change[] = [
  { name: 'the farm as it is' },
  { name: 'after a lie, trust is earned again as by a newcomer', forgets: true },
  { name: 'liars that are found come back under a new name', comesAnew: true },
  { name: 'trust after 20 agreements', rules: trusting(20) },
  { name: 'trust after 50 agreements', rules: trusting(50) },
  { name: 'three that agree', rules: { ...FARM, policy: givenPolicy({ replicas: 3 }) } },
  { name: 'at a lie, answers since the last check are run again', looksBack: true },
]

/** Honest farms: how many workers share a lane, and after how many answers a worker leaves. */
export const HONEST: readonly { readonly lane: number; readonly life: number | undefined }[] = [
  { lane: 1, life: undefined },
  { lane: 1, life: 1000 },
  { lane: 1, life: 100 },
  { lane: 10, life: 1000 },
  { lane: 100, life: 1000 },
  { lane: 100, life: undefined },
]
