/** Accepts what several executors agree on, and runs a task again only where they contradict one another. */
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

/** When claims are accepted, and who decides where they contradict one another. */
export interface OptimisticOptions {
  /** The number of executors that must state the same receipt, at least 1. With 1, the first receipt is accepted unseen. */
  readonly confirmations: number
  /** Runs the task again at a contradiction, such as a verifier with a store that has the task's blocks. */
  readonly referee: Pick<Verifier, 'verify'>
}

/** An executor that has stated a false receipt. */
export interface Liar {
  /** The executor. */
  readonly by: string
  /** The CID of the false receipt. */
  readonly receipt: CID
  /** The fields in which it differs from the true receipt, or from what the referee has found. */
  readonly differs: readonly Mismatch[]
}

/** A receipt about which the referee could not tell: its verdict is `undecided`, or it has ended in a fault. */
export type Doubt = { readonly receipt: CID } & ({ readonly verdict: Verdict } | { readonly fault: Fault })

/**
 * What has become of a task. `confirmed`: enough executors state this receipt, nobody another one, and nothing was run. `refereed`:
 * executors contradicted one another, and the referee has reproduced this receipt. `refuted`: they did, and the referee has
 * refuted every receipt. `undecided`: the claims ended before enough had agreed (`why` is `confirmations`), or the referee could
 * not tell (`referee`). `retryable` says whether asking the referee again may help.
 *
 * Only those are named as liars whose receipt the referee has refuted, or which contradicts a receipt that it has reproduced.
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

/** Settles tasks by the claims of executors. */
export interface Optimistic {
  /**
   * Reads claims about one task until they are enough, and says what has become of it. Claims that come after that are not read,
   * and the source is closed. A fault of an executor is set aside and is never a lie. `signal` and `timeoutMs` give up, waiting for
   * claims included.
   *
   * @throws Fault aborted, timeout, bad-usage, bad-limits, and what the source of the claims throws
   */
  settle(
    claims: Iterable<ExecutorClaim> | AsyncIterable<ExecutorClaim>,
    asked: Asked,
    options?: Deadline,
  ): Promise<Settlement>
}

/**
 * A policy that trusts executors until they contradict one another. It accepts a receipt when `confirmations` executors state it and
 * nobody states another one for the same task, profile and limits. At a contradiction the referee runs the task again, and
 * whoever stated something else is named. Throws Fault('bad-usage').
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

/** Runs the task again until one of the contradicting receipts is reproduced. All others are false then. */
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
