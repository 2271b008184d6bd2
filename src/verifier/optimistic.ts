/** Accepts a receipt on which several executors agree. Only if they contradict one another, the task is run again. */
import type { CID } from 'multiformats/cid'
import { deadline, type Deadline } from '../base/deadline.ts'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { count, fields, givenItems, withMethods } from '../base/usage.ts'
import type { Mismatch, Receipt, Verdict } from '../interface.ts'
import type { Agreement, ExecutorClaim } from '../receipt/compare.ts'
import { mismatches } from '../receipt/mismatches.ts'
import { asTheyFinish } from './as-they-finish.ts'
import { decide, readAsked, type Asked, type SetAside } from './decide.ts'
import type { Verifier } from './verifier.ts'

/** The options of an optimistic policy. */
export interface OptimisticOptions {
  /**
   * The number of executors that must state the same receipt, at least 1. With 1, the first receipt is accepted without
   * any comparison.
   */
  readonly confirmations: number
  /**
   * The referee, which runs the task again after a contradiction. It can be a verifier with a store that has the blocks
   * of the task.
   */
  readonly referee: Pick<Verifier, 'verify'>
}

/** An executor that has stated a false receipt. */
export interface Liar {
  /** The executor. */
  readonly by: string
  /** The CID of the false receipt. */
  readonly receipt: CID
  /**
   * The fields in which it differs from the true receipt. If the true receipt is not known, those in which it differs
   * from the run of the referee.
   */
  readonly differs: readonly Mismatch[]
}

/** A receipt about which the referee could not decide: its verdict is `undecided`, or it has ended with a fault. */
export type Doubt = { readonly receipt: CID } & ({ readonly verdict: Verdict } | { readonly fault: Fault })

/**
 * The end of a task:
 *
 * - `confirmed`: enough executors state this receipt, and no executor states another one. The task was not run again.
 * - `refereed`: executors contradicted one another, and the referee has reproduced this receipt.
 * - `refuted`: executors contradicted one another, and the referee has refuted all of their receipts.
 * - `undecided`: no receipt could be accepted. Either the claims ended before enough executors agreed (`why` is
 *   `confirmations`), or the referee could not decide (`referee`). `retryable` is true if asking the referee again may
 *   help.
 *
 * An executor is named as a liar in two cases only: the referee has refuted its receipt, or has reproduced a receipt
 * that contradicts it.
 */
export type Settlement = SetAside & { readonly liars: readonly Liar[] } & (
    | {
        readonly settled: 'confirmed' | 'refereed'
        readonly receipt: Receipt
        readonly cid: CID
        readonly by: readonly string[]
      }
    | { readonly settled: 'refuted' }
    | { readonly settled: 'undecided'; readonly why: 'confirmations'; readonly missing: number }
    | {
        readonly settled: 'undecided'
        readonly why: 'referee'
        readonly doubts: readonly Doubt[]
        readonly retryable: boolean
      }
  )

/** Settles tasks with the claims of executors. */
export interface Optimistic {
  /**
   * Reads claims about one task until they suffice, and returns the settlement. Then the source is closed, and later
   * claims are not read. A fault of an executor is set aside and is never a lie. `signal` and `timeoutMs` also end the
   * waiting for claims.
   *
   * @throws Fault aborted, timeout, bad-usage, bad-limits, and the errors of the source of the claims
   */
  settle(
    claims: Iterable<ExecutorClaim> | AsyncIterable<ExecutorClaim>,
    asked: Asked,
    options?: Deadline,
  ): Promise<Settlement>
}

/**
 * A policy that trusts executors until they contradict one another. It accepts a receipt if `confirmations` executors
 * state it, and no executor states another one for the same task, profile and limits. After a contradiction, the
 * referee runs the task again, and the executors that stated another receipt are named as liars.
 *
 * @throws Fault bad-usage
 */
export function optimistic(options: OptimisticOptions): Optimistic {
  const { confirmations, referee } = fields(options, 'options')
  count(confirmations, 'confirmations', 1)
  withMethods(referee, 'referee', ['verify'])
  return {
    async settle(claims, asked, options = {}) {
      const question = readAsked(asked)
      givenItems(claims, 'claims')
      const { signal: given, timeoutMs } = fields(options, 'options')
      const { signal, clear } = deadline(given, timeoutMs)
      try {
        const read: ExecutorClaim[] = []
        const one = async (claim: ExecutorClaim): Promise<ExecutorClaim> => claim
        for await (const claim of asTheyFinish(claims, one, { concurrency: 1, signal })) {
          read.push(claim)
          const decision = decide(read, { asked: question, confirmations })
          const { faulted, unasked } = decision
          if (decision.decision === 'accept') {
            const { receipt, cid, by } = decision.agreement
            return { settled: 'confirmed', receipt, cid, by, liars: [], faulted, unasked }
          }
          if (decision.decision === 'contradiction')
            return { ...(await askReferee(decision.groups, question, referee, signal)), faulted, unasked }
        }
        const { faulted, unasked, ...last } = decide(read, { asked: question, confirmations })
        const missing = last.decision === 'wait' ? last.missing : 0
        return { settled: 'undecided', why: 'confirmations', missing, liars: [], faulted, unasked }
      } finally {
        clear()
      }
    },
  }
}

type Ruling<S = Settlement> = S extends Settlement ? Omit<S, keyof SetAside> : never

/**
 * Runs the task again until the referee has reproduced one of the contradicting receipts. All others are then false.
 */
async function askReferee(
  groups: readonly Agreement[],
  asked: Asked,
  referee: Pick<Verifier, 'verify'>,
  signal: AbortSignal,
): Promise<Ruling> {
  const refuted: { readonly group: Agreement; readonly differs: readonly Mismatch[] }[] = []
  const doubts: Doubt[] = []
  for (const group of groups) {
    const { receipt, cid, by } = group
    try {
      const verdict = await referee.verify(receipt, { expect: asked, signal })
      if (verdict.verdict === 'reproduced') {
        const others = groups.filter(other => other !== group)
        const liars = others.flatMap(other => liarsOf(other, mismatches(other.receipt, receipt)))
        return { settled: 'refereed', receipt, cid, by, liars }
      }
      if (verdict.verdict === 'refuted') refuted.push({ group, differs: verdict.mismatches })
      else doubts.push({ receipt: cid, verdict })
    } catch (error) {
      throwIfAborted(signal)
      if (!(error instanceof Fault)) throw error
      doubts.push({ receipt: cid, fault: error })
    }
  }
  const liars = refuted.flatMap(({ group, differs }) => liarsOf(group, differs))
  if (doubts.length === 0) return { settled: 'refuted', liars }
  const retryable = doubts.some(doubt => 'fault' in doubt && doubt.fault.retryable)
  return { settled: 'undecided', why: 'referee', doubts, retryable, liars }
}

function liarsOf({ by, cid }: Agreement, differs: readonly Mismatch[]): Liar[] {
  return by.map(executor => ({ by: executor, receipt: cid, differs }))
}
