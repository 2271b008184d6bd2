/**
 * The trial of one job in a simulated farm. It asks as the farm's judge does (docs/spec/farm.md): at first one lane or `replicas`
 * of them, then more at a fault, for a check and at a split, where its referee runs the task again.
 */
import { checkProbability, isTrusted, type Policy, type Ruling } from '../../src/farm/policy.ts'
import type { Random } from '../../test/support/random.ts'
import { answerOf, RIGHT, type Answer, type Worker } from './workers.ts'

/** How a farm judges. */
export interface Rules {
  readonly policy: Policy
  /**
   * What happens if workers give different answers: `refuse` accepts none, `ask` asks more workers until enough agree, and
   * `referee` has somebody run the task again whom the farm trusts.
   */
  readonly atSplit: 'refuse' | 'ask' | 'referee'
}

/** What a trial came to. */
export interface Verdict {
  /** Undefined if nothing was accepted. */
  readonly accepted: Answer | undefined
  /** The runs of the task, faults and the referee's included. */
  readonly runs: number
  /** The time until it was settled, in units of one run. Replicas that are asked at once run at once. */
  readonly time: number
  readonly rulings: readonly (readonly [worker: Worker, ruling: Ruling])[]
}

/** The parts of the farm that a trial needs. */
export interface Bench {
  readonly rules: Rules
  readonly random: Random
  /** A worker of a lane that was not asked yet. */
  pick(asked: readonly Worker[]): Worker
  /** True if all workers of a lane are trusted. */
  isSure(lane: number): boolean
}

/** One run in this number of runs ends with a fault, such as the death of the worker. */
const FAULTS_ONE_IN = 100
/** The time of a run of a slow worker. */
const SLOW = 10

interface Reply {
  readonly worker: Worker
  readonly answer: Answer
}

/** Tries a job. */
export function tried(bench: Bench): Verdict {
  const { random, rules } = bench
  const { policy, atSplit } = rules
  const isTempting = random.once(10)
  const asked: Worker[] = []
  const replies: Reply[] = []
  // Each worker is asked once, so it has one ruling.
  const rulings: [Worker, Ruling][] = []
  const unsettled = (): Verdict => ({ accepted: undefined, runs, time, rulings })
  let time = 0
  let runs = 0

  /** Asks `count` workers at once, or as many as the policy still allows. The first of them may be given. */
  const ask = (count: number, given?: Worker): void => {
    const wanted = Math.min(count, policy.maxReplicas - asked.length)
    const some: Worker[] = []
    for (let i = 0; i < wanted; i++) {
      const worker = i === 0 && given !== undefined ? given : bench.pick(asked)
      asked.push(worker)
      some.push(worker)
    }
    let longest = 0
    for (const worker of some) {
      runs++
      longest = Math.max(longest, worker.isSlow ? SLOW : 1)
      if (random.once(FAULTS_ONE_IN)) {
        rulings.push([worker, 'fault'])
        continue
      }
      const answer = answerOf(worker, { isTempting, asked }, policy, random)
      worker.answers++
      if (answer !== RIGHT) worker.firstLie ??= worker.answers
      replies.push({ worker, answer })
    }
    time += longest
  }

  const first = bench.pick(asked)
  const isSure = bench.isSure(first.lane)
  ask(isSure ? 1 : policy.replicas, first)
  while (replies.length === 0 && asked.length < policy.maxReplicas) ask(1)
  if (replies.length === 0) return unsettled()
  const confirmations = isSure ? confirmationsOf(replies[0]!.worker, policy, random) : policy.replicas

  for (;;) {
    const [one] = replies
    const isSplit = replies.some(({ answer }) => answer !== one!.answer)
    if (isSplit && atSplit === 'referee') return refereed()
    if (isSplit && atSplit === 'refuse') return unsettled()
    const enough = replies.find(({ answer }) => countOf(answer) >= confirmations)
    if (enough !== undefined) return settled(enough.answer)
    if (asked.length >= policy.maxReplicas) return unsettled()
    ask(isSplit ? 1 : confirmations - replies.length)
  }

  function countOf(answer: Answer): number {
    let count = 0
    for (const reply of replies) if (reply.answer === answer) count++
    return count
  }

  /** The answer that enough workers gave. Those that gave another one are charged. */
  function settled(accepted: Answer): Verdict {
    for (const { worker, answer } of replies)
      rulings.push([worker, answer !== accepted ? 'lied' : confirmations === 1 ? 'alone' : 'agreed'])
    return { accepted, runs, time, rulings }
  }

  /** The referee knows the right answer. It needs a worker that gave it, or asks for more. */
  function refereed(): Verdict {
    ask(1)
    runs++
    time++
    while (!replies.some(({ answer }) => answer === RIGHT) && asked.length < policy.maxReplicas) ask(1)
    for (const { worker, answer } of replies) rulings.push([worker, answer === RIGHT ? 'agreed' : 'lied'])
    const isThere = replies.some(({ answer }) => answer === RIGHT)
    return { accepted: isThere ? RIGHT : undefined, runs, time, rulings }
  }
}

/**
 * The number of workers that must agree, as `confirmationsFor` of the farm says. Its number from a secret seed is replaced by a
 * pseudorandom one, which takes a thousandth of the time.
 */
export function confirmationsOf({ history }: Worker, policy: Policy, random: Random): number {
  return random.u32() / 2 ** 32 < checkProbability(history, policy) ? policy.replicas : 1
}

/** True if the farm puts a job on one lane alone, as `firstLanes` of the farm says of a lane with these workers. */
export function isSureOf(workers: readonly Worker[], policy: Policy): boolean {
  return workers.length > 0 && workers.every(({ history }) => isTrusted(history, policy))
}
