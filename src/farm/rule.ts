/** The ruling on the receipts that workers gave for a job. The referee runs the task again only where it is needed. */
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import type { Mismatch } from '../interface.ts'
import { optimistic, type Liar } from '../verifier/optimistic.ts'
import type { Verifier } from '../verifier/verifier.ts'
import type { ReceiptReply } from './ask.ts'
import type { FarmJob } from './job.ts'
import { short } from './short.ts'
import type { FarmSettlement } from './transcript.ts'

/** The greatest number of paths that are kept of a false receipt, and of characters of a path. */
const MAX_DIFFERS = 16
const MAX_PATH = 200

/** A worker that has lied, and its false receipt. */
export interface FarmLiar {
  readonly by: string
  readonly receipt: CID
  /** The paths of the first fields in which it differs. */
  readonly differs: readonly string[]
}

/**
 * The ruling on receipts. Without `accepted`, no receipt is accepted: all were refuted, or the referee could not
 * decide, and `why` says so.
 */
export type FarmRuling = { readonly liars: readonly FarmLiar[] } & (
  | {
      readonly settled: Exclude<FarmSettlement, 'unsettled'>
      readonly accepted: ReceiptReply
      /** The workers that gave the accepted receipt. */
      readonly by: readonly string[]
    }
  | { readonly settled: 'unsettled'; readonly why?: string }
)

/**
 * Rules on receipts, of which there is at least one. `confirmations` is the number of workers that must agree. If fewer
 * gave a receipt, the referee takes the place of those that are missing.
 *
 * @throws Fault aborted, timeout
 */
export async function rule(
  receipts: readonly ReceiptReply[],
  job: FarmJob,
  confirmations: number,
  referee: Pick<Verifier, 'verify'>,
  signal: AbortSignal,
): Promise<FarmRuling> {
  const claims = receipts.map(({ by, receipt }) => ({ by, receipt }))
  const settlement = await optimistic({ confirmations, referee }).settle(claims, job, { signal })
  const liars = settlement.liars.map(liarOf)
  switch (settlement.settled) {
    case 'confirmed':
    case 'refereed': {
      const accepted = receipts.find(({ block }) => block.cid.equals(settlement.cid))!
      const isAlone = settlement.settled === 'confirmed' && settlement.by.length === 1
      return { settled: isAlone ? 'alone' : settlement.settled, accepted, by: settlement.by, liars }
    }
    case 'refuted':
      return { settled: 'unsettled', liars }
    case 'undecided':
      if (settlement.why === 'confirmations') return underReferee(receipts, job, referee, signal)
      return { settled: 'unsettled', why: reasonOf(settlement.doubts[0]!), liars }
  }
}

/** The ruling on receipts that agree, and of which there are too few. */
async function underReferee(
  receipts: readonly ReceiptReply[],
  job: FarmJob,
  referee: Pick<Verifier, 'verify'>,
  signal: AbortSignal,
): Promise<FarmRuling> {
  const [accepted] = receipts as [ReceiptReply]
  const by = [...new Set(receipts.map(reply => reply.by))]
  try {
    const verdict = await referee.verify(accepted.receipt, { expect: job, signal })
    if (verdict.verdict === 'reproduced') return { settled: 'refereed', accepted, by, liars: [] }
    if (verdict.verdict === 'undecided')
      return { settled: 'unsettled', why: `the referee is undecided (${verdict.reason})`, liars: [] }
    const differs = pathsOf(verdict.mismatches)
    return {
      settled: 'unsettled',
      liars: by.map(worker => ({ by: worker, receipt: accepted.block.cid, differs })),
    }
  } catch (error) {
    throwIfAborted(signal)
    if (!(error instanceof Fault)) throw error
    return { settled: 'unsettled', why: reasonOf({ fault: error }), liars: [] }
  }
}

function liarOf({ by, receipt, differs }: Liar): FarmLiar {
  return { by, receipt, differs: pathsOf(differs) }
}

/** The paths of the first fields that differ. A large result may differ in each of its parts, and a transcript is bounded. */
function pathsOf(found: readonly Mismatch[]): readonly string[] {
  return found.slice(0, MAX_DIFFERS).map(({ field }) => short(field, MAX_PATH))
}

function reasonOf(doubt: { readonly fault: Fault } | { readonly verdict: { readonly verdict: string } }): string {
  return 'fault' in doubt
    ? `the referee ended with the fault ${doubt.fault.code}: ${doubt.fault.message}`
    : `the referee is ${doubt.verdict.verdict}`
}
