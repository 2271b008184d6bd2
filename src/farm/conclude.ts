/** Concludes the trial of a job: keeps the evidence, the transcript and what the judgement says of the workers. */
import type { CID } from 'multiformats/cid'
import { putInOrder } from '../content/put-all.ts'
import type { Signer } from '../envelope/key.ts'
import { signReceipt } from '../envelope/sign.ts'
import type { Events } from '../executor/events.ts'
import type { BlockStore } from '../interface.ts'
import type { ReceiptReply, Reply } from './ask.ts'
import type { FarmEventMap } from './events.ts'
import type { FarmJob } from './job.ts'
import type { FarmLedger } from './ledger.ts'
import type { Ruling } from './policy.ts'
import type { FarmLiar, FarmRuling } from './rule.ts'
import { encodeTranscript, type Evidence } from './transcript.ts'

/** The parts that concluding needs. */
export interface ConcludeParts {
  readonly store: BlockStore
  readonly ledger: Pick<FarmLedger, 'add'>
  readonly events: Events<FarmEventMap>
  /** The key of the judge, which signs the receipts that the referee has reproduced. */
  readonly key: Signer | undefined
}

/** What came out in the trial. */
export interface Case {
  readonly replies: readonly Reply[]
  readonly liars: readonly FarmLiar[]
  readonly confirmations: number
}

/** A ruling that accepts a receipt. */
export type Accepted = Extract<FarmRuling, { readonly accepted: ReceiptReply }>

/**
 * Puts receipts, envelopes and the transcript into the store, in this order, and the judgement into the ledger. Without
 * a ruling, no receipt was accepted. Returns the CID of the transcript.
 *
 * @throws Fault store-failed
 */
export async function conclude(
  job: FarmJob,
  { store, ledger, events, key }: ConcludeParts,
  { replies, liars, confirmations }: Case,
  ruling: Accepted | undefined,
): Promise<CID> {
  const settled = ruling?.settled ?? 'unsettled'
  const judge = key && settled === 'refereed' ? await signReceipt(ruling!.accepted.receipt, key) : undefined
  const transcript = encodeTranscript({
    task: job.task,
    profile: job.profile,
    limits: job.limits,
    confirmations,
    evidence: replies.map(evidenceOf),
    settled,
    liars,
    ...(ruling && { receipt: ruling.accepted.block.cid }),
    ...(judge && { judge: judge.cid }),
  })
  const evidence = replies.flatMap(reply => (reply.kind === 'receipt' ? [reply.block, reply.envelope] : []))
  await putInOrder(store, [...evidence, ...(judge ? [judge] : []), transcript], {})
  await ledger.add({ task: job.task, transcript: transcript.cid, rulings: rulingsOn(replies, liars, ruling) })
  events.tell('settled', { task: job.task, settled, transcript: transcript.cid })
  return transcript.cid
}

function evidenceOf(reply: Reply): Evidence {
  const { lane } = reply
  switch (reply.kind) {
    case 'receipt':
      return { lane, by: reply.by, receipt: reply.block.cid, envelope: reply.envelope.cid }
    case 'fault':
      return { lane, by: reply.by, fault: reply.fault }
    case 'refused':
      return { lane, refused: reply.why }
    case 'poison':
      return { lane, deaths: reply.deaths }
  }
}

/**
 * What a judgement says of the workers. An answer that the queue had already was judged when it came first, so it earns
 * nothing once more.
 */
function rulingsOn(
  replies: readonly Reply[],
  liars: readonly FarmLiar[],
  ruling: Accepted | undefined,
): (readonly [worker: string, ruling: Ruling])[] {
  const rulings = new Map<string, Ruling>()
  for (const reply of replies) {
    // Nobody has signed a fault, so it takes nothing away from a signed answer.
    if (reply.kind === 'fault' && !rulings.has(reply.by)) rulings.set(reply.by, 'fault')
    if (reply.kind !== 'receipt' || !reply.added || ruling === undefined) continue
    if (!reply.block.cid.equals(ruling.accepted.block.cid)) continue
    rulings.set(reply.by, ruling.settled === 'alone' ? 'alone' : 'agreed')
  }
  for (const { by } of liars) rulings.set(by, 'lied')
  return [...rulings]
}
