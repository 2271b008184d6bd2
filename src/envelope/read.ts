/** Reads envelopes and checks their signatures. */
import { sha3_256 } from '@noble/hashes/sha3.js'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { DAG_CBOR, linkOf } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { decodeMarked } from '../base/marked-cbor.ts'
import { readMarked } from '../base/marked-value.ts'
import { orFault } from '../base/shape.ts'
import { givenBytes } from '../base/usage.ts'
import { verify } from './ed25519.ts'
import type { Envelope, EnvelopeFields, EnvelopeForm, Unchecked } from './envelope.ts'
import { readHomestar } from './homestar.ts'
import { readUcan } from './ucan.ts'
import { readUcanto } from './ucanto.ts'

/** The multihash code of sha3-256. */
const SHA3_256 = 0x16

/**
 * Reads an envelope and checks its signature (docs/spec/envelope.md). The check uses the bytes as they are, and the
 * same code on every host. Nothing is loaded: `openEnvelope` loads the receipt and compares it with the envelope.
 *
 * A signature shows who states the outcome of a task. It does not show that the statement is true.
 *
 * @throws Fault bad-envelope with the path of the field in its detail, such as `[0]` for the signature; bad-usage for a
 *   value that is not bytes
 */
export async function readEnvelope(envelope: Uint8Array): Promise<Envelope> {
  return (await readWithFields(envelope)).envelope
}

/**
 * Reads an envelope, and also returns the paths of its fields. A receipt of homestar has no paths, because its fields
 * are never compared with a receipt of ours.
 */
export async function readWithFields(
  given: Uint8Array,
): Promise<{ readonly envelope: Envelope; readonly fields: EnvelopeFields | undefined }> {
  // The caller may change the given bytes later. The copy is what is checked and returned.
  const bytes = givenBytes(given, 'the envelope').slice()
  const read = orFault('bad-envelope', 'an envelope', () => {
    const value = readMarked(decodeMarked(bytes), '')
    if (Array.isArray(value)) return { form: 'ucan-1.0' as const, ...readUcan(value, bytes) }
    if (typeof value === 'object' && value !== null && 'ocm' in value)
      return { form: 'ucanto-0' as const, ...readUcanto(value, bytes) }
    return { form: 'homestar-0.2' as const, ...readHomestar(value) }
  })
  if (!('signed' in read))
    return { envelope: Object.freeze({ ...read, cid: homestarCid(bytes), bytes }), fields: undefined }
  const { fields, signature, publicKey, signed, ...envelope } = read as Unchecked & { readonly form: EnvelopeForm }
  if (!verify(signature, signed, publicKey)) {
    const message = `not an envelope: ${fields.signature} must be a signature of ${envelope.signer} over these bytes`
    throw new Fault('bad-envelope', message, { field: fields.signature, signer: envelope.signer })
  }
  return { envelope: Object.freeze({ ...envelope, cid: linkOf(bytes), bytes }), fields }
}

/** Returns true if bytes begin like a signed envelope. Receipts and other documents begin with other bytes. */
export function isEnvelope(bytes: Uint8Array): boolean {
  return bytes[0] === 0x82 || (bytes[0] === 0xa2 && bytes[1] === 0x63 && bytes[2] === 0x6f && bytes[3] === 0x63)
}

function homestarCid(bytes: Uint8Array): CID {
  return CID.createV1(DAG_CBOR, createDigest(SHA3_256, sha3_256(bytes)))
}
