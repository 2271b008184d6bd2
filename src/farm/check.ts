/** Checks transcripts, without the farm and its queue (docs/spec/farm.md, FARM-14). */
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { fields, withMethods } from '../base/usage.ts'
import { getBlock } from '../content/block.ts'
import { openEnvelope } from '../envelope/open.ts'
import type { Abortable, BlockStore, Receipt } from '../interface.ts'
import { decide } from '../verifier/decide.ts'
import type { Verifier } from '../verifier/verifier.ts'
import { decodeTranscript, type ReceiptEvidence, type Transcript } from './transcript.ts'

/** One statement of a transcript, and whether it holds. */
export interface TranscriptFinding {
  /** The statement. */
  readonly what: string
  /** True if it holds. */
  readonly holds: boolean
  /** The reason why it does not hold. */
  readonly why?: string
}

/** The result of checking a transcript. */
export interface TranscriptCheck {
  /** The transcript. */
  readonly transcript: Transcript
  /** The statements, in the order: signatures, settlement, receipts. */
  readonly findings: readonly TranscriptFinding[]
  /** True if all statements hold. */
  readonly holds: boolean
}

interface Opened {
  readonly evidence: ReceiptEvidence
  readonly receipt: Receipt
}

/**
 * Checks a transcript: the signature of each worker, that the settlement follows from the answers, and, by running the
 * task again, that the accepted receipt is true and the receipts of liars are false. The store must have the blocks of
 * the transcript's CAR.
 *
 * @throws Fault bad-receipt if it is no transcript; block-missing, and those of `verify` if this host cannot decide
 */
export async function checkTranscript(
  store: Pick<BlockStore, 'get'>,
  cid: CID,
  verifier: Pick<Verifier, 'verify'>,
  options: Abortable = {},
): Promise<TranscriptCheck> {
  withMethods(store, 'store', ['get'])
  withMethods(verifier, 'verifier', ['verify'])
  const { signal } = fields(options, 'options')
  const transcript = decodeTranscript(await getBlock(store, givenCid(cid, 'the transcript'), { signal }))
  const findings: TranscriptFinding[] = []
  const opened: Opened[] = []
  for (const evidence of transcript.evidence.filter(item => 'receipt' in item)) {
    const what = `lane ${evidence.lane}: ${evidence.by} has signed ${evidence.receipt}`
    try {
      opened.push({ evidence, receipt: await signedReceipt(store, evidence, signal) })
      findings.push({ what, holds: true })
    } catch (error) {
      throwIfAborted(signal)
      if (!(error instanceof Fault) || error.code !== 'bad-envelope') throw error
      findings.push({ what, holds: false, why: error.message })
    }
  }
  findings.push(settlementOf(transcript, opened))
  const verdicts = new Map<string, boolean>()
  for (const { evidence, receipt } of opened) {
    const name = evidence.receipt.toString()
    if (verdicts.has(name)) continue
    const { verdict, mismatches } = await verifier.verify(receipt, { expect: transcript, signal })
    if (verdict === 'undecided')
      throw new Fault('bad-receipt', `the verifier is undecided about ${name}`, { receipt: evidence.receipt })
    const isTrue = verdict === 'reproduced'
    verdicts.set(name, isTrue)
    const isAccepted = transcript.receipt?.equals(evidence.receipt) === true
    const differs = mismatches.map(({ field }) => field).join(', ')
    findings.push({
      what: isAccepted ? `the receipt ${name} is true` : `the receipt ${name} was not accepted, and is false`,
      holds: isTrue === isAccepted,
      ...(isTrue === isAccepted ? {} : { why: isTrue ? 'running the task gives it' : `it differs in ${differs}` }),
    })
  }
  for (const { by, receipt } of transcript.liars) {
    const what = `${by} has lied with ${receipt}`
    const isSigned = opened.some(({ evidence }) => evidence.by === by && evidence.receipt.equals(receipt))
    const holds = isSigned && verdicts.get(receipt.toString()) === false
    findings.push({ what, holds, ...(holds ? {} : { why: isSigned ? 'the receipt is true' : 'it has not signed it' }) })
  }
  return { transcript, findings, holds: findings.every(finding => finding.holds) }
}

/** The receipt that a worker has signed. Throws Fault bad-envelope if it is not the one that the transcript states. */
async function signedReceipt(
  store: Pick<BlockStore, 'get'>,
  { by, receipt: stated, envelope: name }: ReceiptEvidence,
  signal: AbortSignal | undefined,
): Promise<Receipt> {
  const { envelope, receipt, cid } = await openEnvelope(store, name, { signal })
  if (envelope.signer !== by)
    throw new Fault('bad-envelope', `it is signed by ${String(envelope.signer)}`, { signer: envelope.signer })
  if (!cid.equals(stated)) throw new Fault('bad-envelope', `it is of the receipt ${cid}`, { receipt: cid })
  return receipt
}

/** Whether the settlement follows from the answers. */
function settlementOf(transcript: Transcript, opened: readonly Opened[]): TranscriptFinding {
  const { settled, confirmations, receipt } = transcript
  const what = receipt === undefined ? 'no receipt was accepted' : `the receipt ${receipt} was accepted: ${settled}`
  const isStated = opened.some(({ evidence }) => receipt?.equals(evidence.receipt))
  if (receipt !== undefined && !isStated) return { what, holds: false, why: 'no worker has signed it' }
  if (settled !== 'alone' && settled !== 'confirmed') return { what, holds: true }
  // What was refuted before counts for nothing.
  const isLie = (cid: CID): boolean => transcript.liars.some(liar => liar.receipt.equals(cid))
  const claims = opened
    .filter(({ evidence }) => !isLie(evidence.receipt))
    .map(({ evidence, receipt: stated }) => ({ by: evidence.by, receipt: stated }))
  const decision = decide(claims, { asked: transcript, confirmations })
  const isAccepted = decision.decision === 'accept' && decision.agreement.cid.equals(receipt!)
  const isAlone = decision.decision === 'accept' && decision.agreement.by.length === 1
  if (isAccepted && isAlone === (settled === 'alone')) return { what, holds: true }
  return { what, holds: false, why: `the answers do not suffice for it: ${confirmations} workers had to agree` }
}
