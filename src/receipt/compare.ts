/** Compares several claims about one task, without running it (docs/spec/receipt.md, RECEIPT-29). */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { badUsage, count, fields, givenList, givenText } from '../base/usage.ts'
import type { Mismatch, Receipt, RunLimits } from '../interface.ts'
import { confidences, givenProbability, LIE_PROBABILITY } from './confidence.ts'
import { mismatches } from './mismatches.ts'
import { encodeReceipt, givenReceipt } from './receipt.ts'

/** The statement of an executor about a task: a receipt, or a fault if it could not determine the outcome. */
export type ExecutorClaim = ReceiptClaim | FaultClaim

/** A receipt that an executor states. */
export interface ReceiptClaim {
  /** The name of the executor, such as its DID. Claims with the same name belong to one executor. */
  readonly by: string
  /** The receipt. */
  readonly receipt: Receipt
}

/**
 * An executor that could not determine the outcome. This says nothing about the task, and nothing against the executor.
 */
export interface FaultClaim {
  /** The name of the executor. */
  readonly by: string
  /** The fault of the executor: a `Fault`, or the description of a fault that a remote executor has sent. */
  readonly fault: {
    /** The code of the fault. */
    readonly code: string
    /** A description for people. */
    readonly message: string
  }
}

/** The rules of a comparison. */
export interface CompareOptions {
  /**
   * The number of executors that must agree for a quorum, at least 1. Default: more than half of the executors that
   * state a receipt in the contest.
   */
  readonly quorum?: number
  /**
   * The assumed probability that an executor states a false receipt, above 0 and below 1. Only `confidence` depends on
   * it. Default: 0.1.
   */
  readonly lieProbability?: number
}

/** The claims that state the same receipt, byte for byte. */
export interface Agreement {
  /** The receipt that the claims state. */
  readonly receipt: Receipt
  /** The CID of the receipt. */
  readonly cid: CID
  /** The indexes of the claims in the given list. */
  readonly claims: readonly number[]
  /** The executors that state it. Each occurs once, in the order of their first claims. */
  readonly by: readonly string[]
  /** The number of these executors that state no other receipt in the contest. */
  readonly votes: number
  /**
   * The probability that this receipt is true. It assumes that each executor lies with `lieProbability`, independently
   * of the others, and that all liars may have agreed on one false receipt.
   *
   * With r = (1 − p) ÷ p, it is r^votes ÷ (1 + Σ r^votes of all groups). It is wrong for executors that cooperate, and
   * it is no proof.
   */
  readonly confidence: number
  /** The fields in which the receipt differs from that of the first group. Empty for the first group. */
  readonly differs: readonly Mismatch[]
}

/** The claims under one profile and one pair of limits. Only these claims must agree. */
export interface Contest {
  /** The profile of all claims in the contest. */
  readonly profile: CID
  /** The limits of all claims in the contest. */
  readonly limits: RunLimits
  /**
   * The relation between the groups:
   *
   * - `unanimous`: all claims agree. A single claim is unanimous, too.
   * - `majority`: the first group has more than half of the votes.
   * - `plurality`: the first group has more votes than any other, but not more than half of all.
   * - `tie`: the second group has as many votes as the first one.
   */
  readonly standing: 'unanimous' | 'majority' | 'plurality' | 'tie'
  /** The quorum. */
  readonly quorum: {
    /** The number of votes that are needed. */
    readonly needed: number
    /** The number of executors that have stated a receipt. */
    readonly of: number
    /** True if the first group has a quorum. */
    readonly reached: boolean
  }
  /**
   * The groups. Groups with more votes come first. Groups with equal numbers of votes are in the order of their first
   * claims.
   */
  readonly groups: readonly Agreement[]
  /**
   * The executors that state several receipts in this contest. At most one of these receipts is true, and none counts
   * as a vote.
   */
  readonly equivocal: readonly string[]
}

/** The result of comparing claims about one task. */
export interface Comparison {
  /** The task of all receipts. It is undefined if all claims are faults. */
  readonly ran: CID | undefined
  /** The contests, in the order of their first claims. */
  readonly contests: readonly Contest[]
  /** The executors that could not determine the outcome. They count neither for nor against anybody. */
  readonly faulted: readonly FaultClaim[]
}

/**
 * Compares claims about one task with one another, without running the task. Each claim is the receipt or the fault of
 * a named executor. Receipts without names are also accepted: each counts as the receipt of another executor, whose
 * name is the index in the list.
 *
 * Agreement is no proof. Use `verify` or `optimistic` to run the task again.
 *
 * @throws Fault bad-receipt if there are no claims, if a receipt is not valid, or if the receipts are about different
 *   tasks; bad-usage
 */
export function compare(
  claims: readonly ExecutorClaim[] | readonly Receipt[],
  options: CompareOptions = {},
): Comparison {
  const { quorum, lieProbability = LIE_PROBABILITY } = fields(options, 'options')
  count(quorum, 'quorum', 1)
  const rules = { quorum, lieProbability: givenProbability(lieProbability, 'lieProbability') }
  const given = givenClaims(claims)
  if (given.length === 0) throw new Fault('bad-receipt', 'there is no receipt to compare: give one or more')
  const stated = given.flatMap((claim, index) => ('receipt' in claim ? [statedOf(claim, index)] : []))
  const [first] = stated
  const contests = new Map<string, Stated[]>()
  for (const one of stated) {
    const { index, receipt } = one
    if (!receipt.ran.equals(first!.receipt.ran)) {
      const message = `receipts of different tasks cannot be compared: ${first!.index} is of ${first!.receipt.ran}, ${index} of ${receipt.ran}`
      throw new Fault('bad-receipt', message, { field: 'ran', index })
    }
    const { profile, limits } = receipt.meta
    addTo(contests, `${profile} ${limits.gas} ${limits.pages}`, one)
  }
  return {
    ran: first?.receipt.ran,
    contests: [...contests.values()].map(contest => contestOf(contest, rules)),
    faulted: given.filter(claim => 'fault' in claim),
  }
}

/**
 * Checks the claims, and gives each a name.
 *
 * @throws Fault bad-usage
 */
export function givenClaims(claims: readonly ExecutorClaim[] | readonly Receipt[]): ExecutorClaim[] {
  const list = givenList<ExecutorClaim | Receipt>(claims, 'claims')
  const nameless = list.every(claim => !('by' in fields(claim, 'a claim')))
  return list.map((claim, index) => {
    if (nameless) return { by: String(index), receipt: claim as Receipt }
    const { by, receipt, fault } = claim as ReceiptClaim & FaultClaim
    givenText(by, `claims[${index}].by`)
    if ((receipt === undefined) === (fault === undefined))
      throw badUsage(`claims[${index}]`, 'a claim with either a receipt or a fault', claim)
    return receipt !== undefined ? { by, receipt } : { by, fault: fields(fault, `claims[${index}].fault`) }
  })
}

/** The options, after they were checked. */
interface Rules {
  readonly quorum: number | undefined
  readonly lieProbability: number
}

interface Stated extends ReceiptClaim {
  readonly index: number
  readonly cid: CID
}

function statedOf({ by, receipt: given }: ReceiptClaim, index: number): Stated {
  const receipt = givenReceipt(given, `claims[${index}]`)
  return { by, index, receipt, cid: encodeReceipt(receipt).cid }
}

function contestOf(claims: readonly Stated[], { quorum, lieProbability }: Rules): Contest {
  const byReceipt = new Map<string, Stated[]>()
  const byExecutor = new Map<string, Set<string>>()
  for (const claim of claims) {
    const key = claim.cid.toString()
    addTo(byReceipt, key, claim)
    byExecutor.set(claim.by, (byExecutor.get(claim.by) ?? new Set()).add(key))
  }
  const isEquivocal = (executor: string): boolean => byExecutor.get(executor)!.size > 1
  const groups = [...byReceipt.values()]
    .map(group => {
      const by = [...new Set(group.map(claim => claim.by))]
      return { group, by, votes: by.filter(executor => !isEquivocal(executor)).length }
    })
    .sort((a, b) => b.votes - a.votes)
  const votes = groups.map(group => group.votes)
  const confidence = confidences(votes, lieProbability)
  const leader = groups[0]!.group[0]!.receipt
  const needed = quorum ?? Math.floor(byExecutor.size / 2) + 1
  const reached = votes[0]! >= needed && votes[0]! > (votes[1] ?? 0)
  const { profile, limits } = leader.meta
  return {
    profile,
    limits,
    standing: standing(votes),
    quorum: { needed, of: byExecutor.size, reached },
    groups: groups.map(({ group, by, votes }, index) => ({
      receipt: group[0]!.receipt,
      cid: group[0]!.cid,
      claims: group.map(claim => claim.index),
      by,
      votes,
      confidence: confidence[index]!,
      differs: mismatches(group[0]!.receipt, leader),
    })),
    equivocal: [...byExecutor.keys()].filter(isEquivocal),
  }
}

/** Returns the standing of a contest. The arguments are the numbers of votes of its groups, the greatest one first. */
function standing([first = 0, second, ...others]: readonly number[]): Contest['standing'] {
  if (second === undefined) return 'unanimous'
  if (first === second) return 'tie'
  return first > others.reduce((sum, votes) => sum + votes, second) ? 'majority' : 'plurality'
}

function addTo<T>(groups: Map<string, T[]>, key: string, claim: T): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [claim])
  else group.push(claim)
}
