/** What the claims that have come so far are enough for (docs/spec/receipt.md, RECEIPT-30). */
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

/** What the executors were asked for. */
export interface Asked {
  /** The task. */
  readonly task: CID
  /** The profile, by the CID of its document. */
  readonly profile: CID
  /** The limits. */
  readonly limits: RunLimits
}

/** A receipt of something else than was asked for. It says nothing about the task, and nothing against the executor. */
export interface UnaskedClaim {
  /** The executor. */
  readonly by: string
  /** The CID of the receipt. */
  readonly receipt: CID
  /** The first field that is not as it was asked for. */
  readonly field: string
}

/** The claims that count neither for nor against anybody. */
export interface SetAside {
  /** Executors that could not tell, and those whose claim is no valid receipt (fault `bad-receipt`). */
  readonly faulted: readonly FaultClaim[]
  /** Receipts of something else. */
  readonly unasked: readonly UnaskedClaim[]
}

/**
 * What claims are enough for. `accept`: enough executors state one receipt, and nobody another one. `wait`: so far nobody
 * contradicts, and `missing` more executors have to agree. `contradiction`: executors state different receipts, so that at most
 * one of them is true, and the task has to be run again.
 */
export type Decision = SetAside &
  (
    | { readonly decision: 'accept'; readonly agreement: Agreement }
    | { readonly decision: 'wait'; readonly missing: number }
    | { readonly decision: 'contradiction'; readonly groups: readonly Agreement[] }
  )

/** What is decided about. */
export interface DecideOptions {
  /** What the executors were asked for. */
  readonly asked: Asked
  /** The number of executors that must state the same receipt, at least 1. */
  readonly confirmations: number
}

/**
 * Decides what claims about one task are enough for. It is a function of its arguments and runs nothing. `optimistic` uses it while
 * claims arrive. Use it for claims that come later, too: a contradiction of an accepted receipt shows here.
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
  // All are about one task, under one profile and one pair of limits.
  const { groups } = compare(answers).contests[0]!
  const [first] = groups
  if (groups.length > 1) return { ...aside, decision: 'contradiction', groups }
  const missing = confirmations - first!.votes
  return missing <= 0 ? { ...aside, decision: 'accept', agreement: first! } : { ...aside, decision: 'wait', missing }
}

/** What was asked for, checked. Throws Fault('bad-usage') or Fault('bad-limits'). */
export function readAsked(asked: Asked): Asked {
  const { task, profile, limits } = fields(asked, 'asked')
  return {
    task: givenCid(task, 'asked.task'),
    profile: givenCid(profile, 'asked.profile'),
    limits: checkLimits(limits),
  }
}

/** The first field in which a receipt is not about what was asked. */
function strays({ ran, meta }: Receipt, { task, profile, limits }: Asked): string | undefined {
  if (!ran.equals(task)) return 'ran'
  if (!meta.profile.equals(profile)) return 'meta.profile'
  if (meta.limits.gas !== limits.gas) return 'meta.limits.gas'
  return meta.limits.pages === limits.pages ? undefined : 'meta.limits.pages'
}
