/**
 * Answers: what a worker says of a job, and how a judge reads it. An answer comes out of a queue in which others can
 * write, so nothing of it is believed before it was checked (docs/spec/farm.md, FARM-5 and FARM-6).
 */
import type { CID } from 'multiformats/cid'
import { decodeStrict, encodeStrict, linkOf, MAX_DOCUMENT_BYTES } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { bytes as readBytes, Misfit, orFault, record, text } from '../base/shape.ts'
import { blockMissing } from '../content/block.ts'
import { publicKeyOf } from '../envelope/did-key.ts'
import type { Signer } from '../envelope/key.ts'
import { openEnvelope } from '../envelope/open.ts'
import { signReceipt } from '../envelope/sign.ts'
import type { Block, Receipt } from '../interface.ts'
import { encodeReceipt } from '../receipt/receipt.ts'
import type { FarmJob } from './job.ts'
import { short } from './short.ts'

/** A signed receipt of a worker. */
export interface ReceiptAnswer {
  /** The `did:key` of the worker, whose signature was checked. */
  readonly by: string
  readonly receipt: Receipt
  /** The block of the receipt. */
  readonly block: Block
  /** The block of the envelope. */
  readonly envelope: Block
}

/** A worker that could not determine the outcome. The answer is not signed, and is held against nobody. */
export interface FaultAnswer {
  /** The `did:key` of the worker, as the answer states it. */
  readonly by: string
  readonly fault: { readonly code: string; readonly message: string }
}

export type Answer = ReceiptAnswer | FaultAnswer

/** The form of the code of a fault. It may be one that this version does not know. */
const CODE = /^[a-z][a-z0-9-]{0,63}$/

/** Makes the answer of a worker from its receipt: `{ receipt: bytes, envelope: bytes }`. */
export async function receiptAnswer(receipt: Receipt, key: Signer): Promise<Uint8Array> {
  const envelope = await signReceipt(receipt, key)
  const answer = { receipt: encodeReceipt(receipt).bytes, envelope: envelope.bytes }
  return orFault('too-large', 'an answer', () => encodeStrict(answer))
}

/** Makes the answer of a worker that could not determine the outcome: `{ by, fault: { code, message } }`. */
export function faultAnswer({ code, message }: Fault, by: string): Uint8Array {
  return encodeStrict({ by, fault: { code, message: short(message) } })
}

/**
 * Reads the answer to a job. The signature is checked, and the receipt must be that of the task, under the profile and
 * the limits of the job.
 *
 * @throws Fault bad-receipt, bad-envelope for an answer that is to be refused
 */
export async function readAnswer(bytes: Uint8Array, job: FarmJob): Promise<Answer> {
  if (bytes.length > MAX_DOCUMENT_BYTES)
    throw new Fault('bad-receipt', `no answer: it has ${bytes.length} bytes, and at most ${MAX_DOCUMENT_BYTES} may be`)
  const read = orFault('bad-receipt', 'an answer', () => {
    const answer = record(decodeStrict(bytes), '', [], ['receipt', 'envelope', 'by', 'fault'])
    if (answer['fault'] !== undefined) return faultOf(record(answer, '', ['by', 'fault']))
    const { receipt, envelope } = record(answer, '', ['receipt', 'envelope'])
    return { receipt: readBytes(receipt, 'receipt').slice(), envelope: readBytes(envelope, 'envelope').slice() }
  })
  if ('fault' in read) return read
  // The receipt is in the answer. So nothing has to be loaded, and an envelope of anything else cannot be opened.
  const own = linkOf(read.receipt)
  const only = {
    get: (name: CID) => {
      if (name.equals(own)) return read.receipt
      throw blockMissing(name, undefined, 'the answer')
    },
  }
  const { envelope, receipt, cid } = await openEnvelope(only, read.envelope)
  const field = firstOther(receipt, job)
  if (field !== undefined)
    throw new Fault('bad-receipt', `a receipt of something else: its ${field} is not that of the job`, { field })
  if (envelope.signer === null) throw new Fault('bad-envelope', 'not an envelope: it must be signed', { field: '' })
  return { by: envelope.signer, receipt, block: { cid, bytes: read.receipt }, envelope }
}

function faultOf({ by, fault }: Readonly<Record<string, unknown>>): FaultAnswer {
  const stated = record(fault, 'fault', ['code', 'message'])
  const code = text(stated['code'], 'fault.code')
  if (!CODE.test(code)) throw new Misfit('fault.code', 'a code, such as timeout')
  publicKeyOf(by, 'by')
  return { by: text(by, 'by'), fault: { code, message: short(text(stated['message'], 'fault.message')) } }
}

/** The first field of a receipt that is not that of the job. */
function firstOther({ ran, meta }: Receipt, { task, profile, limits }: FarmJob): string | undefined {
  if (!ran.equals(task)) return 'ran'
  if (!meta.profile.equals(profile)) return 'meta.profile'
  if (meta.limits.gas !== limits.gas) return 'meta.limits.gas'
  return meta.limits.pages === limits.pages ? undefined : 'meta.limits.pages'
}
