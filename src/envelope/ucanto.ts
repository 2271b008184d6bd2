/**
 * Reads and writes envelopes in the form of ucanto 0.x receipts (ENV-8):
 *
 *   { ocm: { ran: link, out: { ok } | { error }, fx: { fork: [link], join?: link },
 *            meta: { … }, iss: DID, prf: [link] },
 *     sig: signature of the encoding of ocm }
 *
 * Source: https://github.com/storacha/ucanto, packages/core/src/receipt.js
 */
import type { CID } from 'multiformats/cid'
import { encodeStrict, sameBytes } from '../base/dag-cbor.ts'
import { links, mapOf, openMap } from '../base/marked-shape.ts'
import type { MarkedValue } from '../base/marked-value.ts'
import { bytes, link, Misfit } from '../base/shape.ts'
import type { Receipt, ValueMap } from '../interface.ts'
import { publicKeyOf } from './did-key.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'
import type { Unchecked, Voucher } from './envelope.ts'
import { metaFor, ownMeta, result } from './parts.ts'

/** The head of the bytes of a signature: the code of EdDSA, 0xd0ed, and the size of the signature, as varints. */
const SIGNATURE_HEAD = Uint8Array.of(0xed, 0xa1, 0x03, SIGNATURE_BYTES)

/** The offset of the outcome. It follows the head of a map of two entries, and the key `ocm`. */
const OUTCOME_AT = 1 + 4

/** The size of the bytes after the outcome: the key `sig`, and a byte string. */
const SIGNATURE_ITEM = 4 + 2 + SIGNATURE_HEAD.length + SIGNATURE_BYTES

/** Makes the value that a signer of this form signs. */
export function ucantoOutcome(
  signer: string,
  ran: CID,
  receipt: CID,
  out: Receipt['out'],
  vouchers: readonly Voucher[],
): ValueMap {
  return { ran, out: out as ValueMap, fx: { fork: [] }, meta: metaFor(receipt, vouchers), iss: signer, prf: [] }
}

/** Makes the bytes of an envelope. */
export function ucantoEnvelope(outcome: ValueMap, signature: Uint8Array): Uint8Array {
  return encodeStrict({ ocm: outcome, sig: Uint8Array.of(...SIGNATURE_HEAD, ...signature) })
}

const FIELDS = { ran: 'ocm.ran', out: 'ocm.out', meta: 'ocm.meta', signature: 'sig' } as const

/**
 * Reads the value of canonical bytes, and checks everything except the signature.
 *
 * @throws Misfit with the path of the field that does not fit
 */
export function readUcanto(value: MarkedValue, whole: Uint8Array): Unchecked {
  const { ocm, sig } = mapOf(value, '', ['ocm', 'sig'])
  const outcome = mapOf(ocm, 'ocm', ['ran', 'out', 'fx', 'meta', 'iss', 'prf'])
  const fx = mapOf(outcome['fx'], 'ocm.fx', ['fork'], ['join'])
  links(fx['fork'], 'ocm.fx.fork')
  if (fx['join'] !== undefined) link(fx['join'], 'ocm.fx.join')
  links(outcome['prf'], 'ocm.prf')
  const publicKey = publicKeyOf(outcome['iss'], 'ocm.iss')
  const signature = bytes(sig, 'sig')
  const head = signature.subarray(0, SIGNATURE_HEAD.length)
  if (signature.length !== SIGNATURE_HEAD.length + SIGNATURE_BYTES || !sameBytes(head, SIGNATURE_HEAD))
    throw new Misfit('sig', 'a signature of EdDSA of 64 bytes')
  return {
    fields: FIELDS,
    signature: signature.subarray(SIGNATURE_HEAD.length),
    publicKey,
    signed: whole.subarray(OUTCOME_AT, whole.length - SIGNATURE_ITEM),
    signer: outcome['iss'] as string,
    ran: link(outcome['ran'], FIELDS.ran),
    out: result(outcome['out'], FIELDS.out),
    ...ownMeta(openMap(outcome['meta'], FIELDS.meta), FIELDS.meta),
  }
}
