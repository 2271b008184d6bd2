/**
 * Transcripts: who ran a job, who signed, what differed, and how it was settled (docs/spec/farm.md, FARM-13 and
 * FARM-14). A transcript is a document in strict dag-cbor. It links to all that a third party needs to check it.
 */
import type { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict, linkOf } from '../base/dag-cbor.ts'
import { integer, link, list, oneOf, orFault, record, text } from '../base/shape.ts'
import { fieldIn } from '../base/field.ts'
import type { Block, RunLimits } from '../interface.ts'
import { MAX_GAS, MAX_PAGES } from '../receipt/limits.ts'

/**
 * How a job was settled:
 *
 * - `alone`: the answer of one trusted worker was accepted without a second one.
 * - `confirmed`: as many workers as were needed gave the same receipt, and none gave another one.
 * - `refereed`: the referee has run the task again and reproduced the receipt.
 * - `unsettled`: no receipt was accepted.
 */
export const SETTLEMENTS = ['alone', 'confirmed', 'refereed', 'unsettled'] as const

/** The name of a way in which a job was settled. */
export type FarmSettlement = (typeof SETTLEMENTS)[number]

/** A signed receipt that a worker gave. */
export interface ReceiptEvidence {
  /** The lane. */
  readonly lane: string
  /** The `did:key` of the worker. */
  readonly by: string
  /** The CID of the receipt. */
  readonly receipt: CID
  /** The CID of the envelope. */
  readonly envelope: CID
}

/** A fault in the words of a worker. */
export interface StatedFault {
  /** The code, such as `timeout`. */
  readonly code: string
  /** The message. */
  readonly message: string
}

/** A fault that a worker stated, without a signature. */
export interface FaultEvidence {
  /** The lane. */
  readonly lane: string
  /** The worker, as it states itself. Nobody has signed it. */
  readonly by: string
  /** The fault. */
  readonly fault: StatedFault
}

/** An answer that was refused, with the reason. It is held against nobody, since nobody has signed it. */
export interface RefusedEvidence {
  /** The lane. */
  readonly lane: string
  /** The reason. */
  readonly refused: string
}

/** A replica with which workers have died. */
export interface DeathsEvidence {
  /** The lane. */
  readonly lane: string
  /** The number of workers that have died. */
  readonly deaths: number
}

/** What came out of a lane. */
export type Evidence = ReceiptEvidence | FaultEvidence | RefusedEvidence | DeathsEvidence

/** A worker that has lied, as a transcript states it. */
export interface TranscriptLiar {
  /** The `did:key` of the worker. */
  readonly by: string
  /** The CID of the false receipt. */
  readonly receipt: CID
  /** The paths of the first fields in which it differs, up to 16. */
  readonly differs: readonly string[]
}

/** The transcript of a job. */
export interface Transcript {
  /** The CID of the task. */
  readonly task: CID
  /** The CID of the profile. */
  readonly profile: CID
  /** The limits of the job, which are those of its class. */
  readonly limits: RunLimits
  /** The number of workers that had to agree. */
  readonly confirmations: number
  /** What came out of the lanes, in the order in which it came. */
  readonly evidence: readonly Evidence[]
  /** How the job was settled. */
  readonly settled: FarmSettlement
  /** The receipt that was accepted. */
  readonly receipt?: CID
  /** The workers that have lied. */
  readonly liars: readonly TranscriptLiar[]
  /** The envelope in which the judge states the receipt, if the judge has a key and has run the task. */
  readonly judge?: CID
}

const MAX_COUNT = BigInt(Number.MAX_SAFE_INTEGER)

/** Encodes a transcript as a block. */
export function encodeTranscript(transcript: Transcript): Block {
  const { task, profile, limits, confirmations, evidence, settled, receipt, liars, judge } = transcript
  const document = {
    task,
    profile,
    limits: { gas: limits.gas, pages: limits.pages },
    confirmations,
    evidence,
    settled,
    liars,
    ...(receipt && { receipt }),
    ...(judge && { judge }),
  }
  const bytes = orFault('too-large', 'a transcript', () => encodeStrict(document))
  return { cid: linkOf(bytes), bytes }
}

/**
 * Decodes a transcript.
 *
 * @throws Fault bad-receipt, with the path of the field in its detail
 */
export function decodeTranscript(bytes: Uint8Array): Transcript {
  return orFault('bad-receipt', 'a transcript', () => {
    const keys = ['task', 'profile', 'limits', 'confirmations', 'evidence', 'settled', 'liars']
    const read = record(decodeStrict(bytes), '', keys, ['receipt', 'judge'])
    const limits = record(read['limits'], 'limits', ['gas', 'pages'])
    const settled = oneOf(read['settled'], 'settled', SETTLEMENTS)
    // A receipt was accepted if and only if the job was settled.
    if (settled !== 'unsettled') link(read['receipt'], 'receipt')
    else record(read, '', keys)
    return {
      task: link(read['task'], 'task'),
      profile: link(read['profile'], 'profile'),
      limits: {
        gas: integer(limits['gas'], 'limits.gas', 0n, MAX_GAS),
        pages: Number(integer(limits['pages'], 'limits.pages', 0n, BigInt(MAX_PAGES))),
      },
      confirmations: Number(integer(read['confirmations'], 'confirmations', 1n, MAX_COUNT)),
      evidence: list(read['evidence'], 'evidence').map((item, i) => readEvidence(item, fieldIn('evidence', i))),
      settled,
      liars: list(read['liars'], 'liars').map((item, i) => readLiar(item, fieldIn('liars', i))),
      ...(read['receipt'] !== undefined && { receipt: link(read['receipt'], 'receipt') }),
      ...(read['judge'] !== undefined && { judge: link(read['judge'], 'judge') }),
    }
  })
}

function readEvidence(value: unknown, field: string): Evidence {
  const { lane, by, receipt, envelope, fault, refused, deaths } = record(
    value,
    field,
    ['lane'],
    ['by', 'receipt', 'envelope', 'fault', 'refused', 'deaths'],
  )
  const where = text(lane, fieldIn(field, 'lane'))
  if (refused !== undefined) {
    record(value, field, ['lane', 'refused'])
    return { lane: where, refused: text(refused, fieldIn(field, 'refused')) }
  }
  if (deaths !== undefined) {
    record(value, field, ['lane', 'deaths'])
    return { lane: where, deaths: Number(integer(deaths, fieldIn(field, 'deaths'), 1n, MAX_COUNT)) }
  }
  const who = text(by, fieldIn(field, 'by'))
  if (fault !== undefined) {
    record(value, field, ['lane', 'by', 'fault'])
    const at = fieldIn(field, 'fault')
    const { code, message } = record(fault, at, ['code', 'message'])
    return {
      lane: where,
      by: who,
      fault: { code: text(code, fieldIn(at, 'code')), message: text(message, fieldIn(at, 'message')) },
    }
  }
  return {
    lane: where,
    by: who,
    receipt: link(receipt, fieldIn(field, 'receipt')),
    envelope: link(envelope, fieldIn(field, 'envelope')),
  }
}

function readLiar(value: unknown, field: string): TranscriptLiar {
  const { by, receipt, differs } = record(value, field, ['by', 'receipt', 'differs'])
  return {
    by: text(by, fieldIn(field, 'by')),
    receipt: link(receipt, fieldIn(field, 'receipt')),
    differs: list(differs, fieldIn(field, 'differs')).map((item, i) =>
      text(item, fieldIn(fieldIn(field, 'differs'), i)),
    ),
  }
}
