/** Decides whether the claims that have arrived suffice to accept a receipt (docs/spec/receipt.md, RECEIPT-30). */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { count, fields } from '../base/usage.ts'
import type { Receipt, RunLimits } from '../interface.ts'
import {
  compare,
  givenClaims,
  type Agreement,
  type ExecutorClaim,
  type FaultClaim,
  type ReceiptClaim,
} from '../receipt/compare.ts'
import { checkLimits, decodeReceipt, encodeReceipt } from '../receipt/receipt.ts'

/** The request that the executors got. */
export interface Asked {
  /** The task. */
  readonly task: CID
  /** The CID of the profile. */
  readonly profile: CID
  /** The limits. */
  readonly limits: RunLimits
}

/** A receipt that does not belong to the request. It says nothing about the task, and nothing against the executor. */
export interface UnaskedClaim {
  /** The executor. */
  readonly by: string
  /** The CID of the receipt. */
  readonly receipt: CID
  /** The first field that differs from the request. */
  readonly field: string
}

/** The claims that count neither for nor against any executor. */
export interface SetAside {
  /**
   * The executors that could not determine the outcome, and those whose claim is not a valid receipt (fault
   * `bad-receipt`).
   */
  readonly faulted: readonly FaultClaim[]
  /** The receipts that do not belong to the request. */
  readonly unasked: readonly UnaskedClaim[]
}

/**
 * The decision about the claims so far:
 *
 * - `accept`: enough executors state the same receipt, and no executor states another one.
 * - `wait`: no executor contradicts another one so far, and `missing` more executors have to agree.
 * - `contradiction`: executors state different receipts. At most one of these is true, and the task has to be run
 *   again.
 */
export type Decision = SetAside &
  (
    | { readonly decision: 'accept'; readonly agreement: Agreement }
    | { readonly decision: 'wait'; readonly missing: number }
    | { readonly decision: 'contradiction'; readonly groups: readonly Agreement[] }
  )

/** The options of a decision. */
export interface DecideOptions {
  /** The request that the executors got. */
  readonly asked: Asked
  /** The number of executors that must state the same receipt, at least 1. */
  readonly confirmations: number
}

/**
 * Decides whether the claims about one task suffice. It is a pure function and runs no task. `optimistic` calls it
 * while claims arrive. Call it also with claims that arrive later, since they may contradict a receipt that was
 * accepted.
 *
 * @throws Fault bad-usage, bad-limits
 */
export function decide(claims: readonly ExecutorClaim[], options: DecideOptions): Decision {
  const { asked, confirmations } = fields(options, 'options')
  count(confirmations, 'confirmations', 1)
  const question = readAsked(asked)
  const answers: ReceiptClaim[] = []
  const faulted: FaultClaim[] = []
  const unasked: UnaskedClaim[] = []
  for (const claim of givenClaims(claims)) {
    if ('fault' in claim) {
      faulted.push(claim)
      continue
    }
    const { by } = claim
    try {
      const { cid, bytes } = encodeReceipt(claim.receipt)
      const receipt = decodeReceipt(bytes)
      const field = strays(receipt, question)
      if (field === undefined) answers.push({ by, receipt })
      else unasked.push({ by, receipt: cid, field })
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      faulted.push({ by, fault: error })
    }
  }
  const aside = { faulted, unasked }
  if (answers.length === 0) return { ...aside, decision: 'wait', missing: confirmations }
  // All receipts are about one task, under one profile and one pair of limits. So there is one contest.
  const { groups } = compare(answers).contests[0]!
  const [first] = groups
  if (groups.length > 1) return { ...aside, decision: 'contradiction', groups }
  const missing = confirmations - first!.votes
  return missing <= 0 ? { ...aside, decision: 'accept', agreement: first! } : { ...aside, decision: 'wait', missing }
}

/**
 * Checks a request, and returns it with CIDs.
 *
 * @throws Fault bad-usage, bad-limits
 */
export function readAsked(asked: Asked): Asked {
  const { task, profile, limits } = fields(asked, 'asked')
  return {
    task: givenCid(task, 'asked.task'),
    profile: givenCid(profile, 'asked.profile'),
    limits: checkLimits(limits),
  }
}

/** Returns the first field of a receipt that differs from the request, or undefined if it belongs to the request. */
function strays({ ran, meta }: Receipt, { task, profile, limits }: Asked): string | undefined {
  if (!ran.equals(task)) return 'ran'
  if (!meta.profile.equals(profile)) return 'meta.profile'
  if (meta.limits.gas !== limits.gas) return 'meta.limits.gas'
  return meta.limits.pages === limits.pages ? undefined : 'meta.limits.pages'
}
