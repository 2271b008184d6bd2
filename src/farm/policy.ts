/**
 * Adaptive replication, as in BOINC: how many workers have to agree on a job, on which lanes it runs, and how a worker
 * earns and loses trust (docs/spec/farm.md, FARM-9 and FARM-10). All functions are pure.
 */
import { count, fields } from '../base/usage.ts'
import { Fault } from '../base/fault.ts'
import { draw } from './draw.ts'

/** The numbers of a policy. */
export interface Policy {
  /** The number of workers that must agree when a job is replicated, at least 1. Default: 2. */
  readonly replicas: number
  /** The greatest number of replicas of one job, from `replicas` on. Default: 5. */
  readonly maxReplicas: number
  /**
   * The number of consecutive agreements from which a worker is trusted that was never found lying. Each lie multiplies
   * it by ten. `Infinity` replicates every job. With 0, no worker has to earn its trust, not even after a lie, and an
   * answer is checked with the probability `leastCheck`. Default: 10.
   */
  readonly trustAfter: number
  /** The least probability, from 0 to 1, with which an answer of a trusted worker is checked. Default: 0.01. */
  readonly leastCheck: number
}

/** The policy of a farm for which none is given. */
export const DEFAULT_POLICY: Policy = Object.freeze({ replicas: 2, maxReplicas: 5, trustAfter: 10, leastCheck: 0.01 })

/** What judgements have said of a worker so far. */
export interface History {
  /** The number of agreements since the last lie, or since the beginning. */
  readonly streak: number
  /** The number of answers with which another worker or the referee agreed. */
  readonly agreed: number
  /** The number of answers that were accepted without a second one. They earn no trust. */
  readonly alone: number
  /** The number of answers of which the referee has shown that they are false. */
  readonly lies: number
  /** The number of jobs that ended with a fault. They say nothing against the worker. */
  readonly faults: number
}

/** The history of a worker of which nothing is known. */
export const NO_HISTORY: History = Object.freeze({ streak: 0, agreed: 0, alone: 0, lies: 0, faults: 0 })

/**
 * What a judgement says of the answer of one worker:
 *
 * - `agreed`: another worker, or the referee, has come to the same receipt.
 * - `alone`: the answer was accepted without a second one.
 * - `lied`: the referee has refuted the answer, or reproduced another one.
 * - `fault`: the worker could not determine the outcome, or its answer could not be judged.
 */
export type Ruling = 'agreed' | 'alone' | 'lied' | 'fault'

/** A lane, as the policy sees it. */
export interface LaneView {
  /** The name of the lane. */
  readonly lane: string
  /** The histories of the workers that serve the lane now. */
  readonly workers: readonly History[]
  /** The number of jobs that wait or run on the lane. Default: 0. */
  readonly load?: number
}

/** What the decisions about a job depend on, besides the histories. */
export interface Toss {
  /** Secret bytes of the judge. Workers that know them can foretell which answers are checked. */
  readonly seed: Uint8Array
  /** The id of the job. */
  readonly job: string
}

/**
 * Completes a policy with the defaults.
 *
 * @throws Fault bad-usage for a number out of range
 */
export function givenPolicy(policy: Partial<Policy> = {}): Policy {
  const all = { ...DEFAULT_POLICY, ...fields(policy, 'policy') }
  count(all.replicas, 'policy.replicas', 1)
  count(all.maxReplicas, 'policy.maxReplicas', all.replicas)
  count(all.trustAfter, 'policy.trustAfter')
  if (!(all.leastCheck >= 0 && all.leastCheck <= 1))
    throw new Fault('bad-usage', 'policy.leastCheck must be a number from 0 to 1', { argument: 'policy.leastCheck' })
  return Object.freeze(all)
}

/**
 * Returns the history of a worker after a judgement. A lie takes all trust away, and makes it harder to earn again
 * (`trustThreshold`). A fault changes no trust.
 */
export function afterRuling(history: History, ruling: Ruling): History {
  switch (ruling) {
    case 'agreed':
      return { ...history, streak: history.streak + 1, agreed: history.agreed + 1 }
    case 'alone':
      return { ...history, alone: history.alone + 1 }
    case 'lied':
      return { ...history, streak: 0, lies: history.lies + 1 }
    case 'fault':
      return { ...history, faults: history.faults + 1 }
  }
}

/** From this number of lies on, the threshold is at its bound: 10¹⁶ is above `Number.MAX_SAFE_INTEGER`. */
const MAX_LIES_COUNTED = 16

/**
 * Returns the number of consecutive agreements from which a worker with this history is trusted: `trustAfter`, times
 * ten for each lie. For example, a worker that was found lying twice needs 1000 agreements where a new one needs 10.
 * The number is at most `Number.MAX_SAFE_INTEGER`, unless `trustAfter` is `Infinity`.
 */
export function trustThreshold({ lies }: Pick<History, 'lies'>, { trustAfter }: Pick<Policy, 'trustAfter'>): number {
  if (trustAfter === Infinity) return Infinity
  return Math.min(trustAfter * 10 ** Math.min(lies, MAX_LIES_COUNTED), Number.MAX_SAFE_INTEGER)
}

/** Returns true if a worker has earned trust: only a share of its answers is checked. */
export function isTrusted(history: History, policy: Policy): boolean {
  return history.streak >= trustThreshold(history, policy)
}

/**
 * Returns the probability with which an answer of a worker is checked: 1 until it is trusted, then its threshold of
 * trust divided by its consecutive agreements, and never less than `leastCheck`. For example, if the threshold is 10,
 * every answer is still checked after 10 agreements, and every tenth one after 100.
 */
export function checkProbability(history: History, policy: Policy): number {
  if (!isTrusted(history, policy)) return 1
  return Math.max(policy.leastCheck, history.streak === 0 ? 0 : trustThreshold(history, policy) / history.streak)
}

/**
 * Returns the number of workers that must agree on a job that a worker has answered: 1 if its answer is accepted alone,
 * else `replicas`. The judge asks this after the answer has come. So a worker that sees its job on no other lane does
 * not know whether it will be checked.
 */
export function confirmationsFor(worker: string, history: History, { seed, job }: Toss, policy: Policy): number {
  return draw(seed, 'check', job, worker) < checkProbability(history, policy) ? policy.replicas : 1
}

/**
 * Returns the lanes on which a job is put at first, each of them once. If all workers of the first lane are trusted,
 * the job is put there alone. Otherwise it is put on `replicas` lanes, or on all if there are fewer.
 */
export function firstLanes(lanes: readonly LaneView[], toss: Toss, policy: Policy): readonly string[] {
  const order = laneOrder(lanes, toss.job)
  const [first] = order
  const isSure = first !== undefined && first.workers.length > 0 && first.workers.every(one => isTrusted(one, policy))
  return order.slice(0, isSure ? 1 : policy.replicas).map(({ lane }) => lane)
}

/** Returns the lane for one more replica of a job, or undefined if all lanes were used. */
export function nextLane(lanes: readonly LaneView[], used: Iterable<string>, toss: Toss): string | undefined {
  const taken = new Set(used)
  return laneOrder(
    lanes.filter(({ lane }) => !taken.has(lane)),
    toss.job,
  )[0]?.lane
}

/**
 * Orders lanes for a job: those with workers first, then those with fewer jobs for each worker, counted in whole jobs.
 * Lanes that are equal in this are in an order that follows from the id of the job. So several judges with the same job
 * choose the same lanes, and the queue has to keep one replica only.
 */
function laneOrder(lanes: readonly LaneView[], job: string): readonly LaneView[] {
  const keyed = lanes.map(view => ({
    view,
    load: view.workers.length === 0 ? Infinity : Math.floor((view.load ?? 0) / view.workers.length),
    place: draw(NO_SEED, 'lane', job, view.lane),
  }))
  const compareLoad = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1)
  return keyed.sort((a, b) => compareLoad(a.load, b.load) || a.place - b.place).map(({ view }) => view)
}

/** The order of lanes is no secret, so it needs no seed. */
const NO_SEED = new Uint8Array(0)
