/**
 * Reads and writes envelopes in the form of UCAN invocation 1.0.0-rc.1 (ENV-2 to ENV-6):
 *
 *   [ signature,
 *     { h: varsig header,
 *       "ucan/inv@1.0.0-rc.1": {
 *         iss: DID, sub: DID, cmd: "/ucan/assert/receipt",
 *         args: { ran: link, out: { ok } | { error } },
 *         prf: [], meta: { "ipvm-wasm/receipt": link, … }, nonce: Bytes, exp: null } } ]
 *
 * Sources: https://github.com/ucan-wg/invocation, https://github.com/ucan-wg/spec,
 * https://github.com/fil-forge/ucantone
 */
import type { CID } from 'multiformats/cid'
import { encodeStrict, sameBytes } from '../base/dag-cbor.ts'
import { fieldIn } from '../base/field.ts'
import { mapOf } from '../base/marked-shape.ts'
import type { MarkedMap, MarkedValue } from '../base/marked-value.ts'
import { link, Misfit, oneOf } from '../base/shape.ts'
import { INVOCATION_TAG, PAYLOAD_FIELD, readInvocation } from '../base/ucan-invocation.ts'
import type { Receipt, ValueMap } from '../interface.ts'
import { publicKeyOf } from './did-key.ts'
import { SIGNATURE_BYTES } from './ed25519.ts'
import type { Unchecked, Voucher } from './envelope.ts'
import { metaFor, ownMeta, result } from './parts.ts'

const COMMAND = '/ucan/assert/receipt'

/** The varsig header of version 1 for EdDSA over Ed25519 with sha2-512, for a payload in dag-cbor. */
const HEADER = Uint8Array.of(0x34, 0x01, 0xed, 0x01, 0xed, 0x01, 0x13, 0x71)

/** Makes the value that a signer of this form signs. */
export function ucanPayload(
  signer: string,
  ran: CID,
  receipt: CID,
  out: Receipt['out'],
  vouchers: readonly Voucher[],
): ValueMap {
  return {
    h: HEADER,
    [INVOCATION_TAG]: {
      iss: signer,
      sub: signer,
      cmd: COMMAND,
      args: { ran, out: out as ValueMap },
      prf: [],
      meta: metaFor(receipt, vouchers),
      nonce: new Uint8Array(),
      exp: null,
    },
  }
}

/** Makes the bytes of an envelope. */
export function ucanEnvelope(payload: ValueMap, signature: Uint8Array): Uint8Array {
  return encodeStrict([signature, payload])
}

/** The offset of the payload. It follows the head of a list of two items, and a byte string of 64 bytes. */
const PAYLOAD_AT = 1 + 2 + SIGNATURE_BYTES

/**
 * Reads the value of canonical bytes, and checks everything except the signature.
 *
 * @throws Misfit with the path of the field that does not fit
 */
export function readUcan(value: MarkedValue, whole: Uint8Array): Unchecked {
  const { signature, header, payload } = readInvocation(value)
  if (signature.length !== SIGNATURE_BYTES) throw new Misfit('[0]', `a signature of ${SIGNATURE_BYTES} bytes`)
  if (!sameBytes(header, HEADER)) throw new Misfit('[1].h', 'the varsig header of Ed25519 over dag-cbor')
  oneOf(payload['cmd'], at('cmd'), [COMMAND])
  const signer = payload['iss'] as string
  const publicKey = publicKeyOf(signer, at('iss'))
  if (payload['sub'] !== signer) throw new Misfit(at('sub'), 'the issuer: nobody can assert a receipt for another')
  const { ran, out } = mapOf(payload['args'], at('args'), ['ran', 'out'])
  const fields = {
    ran: fieldIn(at('args'), 'ran'),
    out: fieldIn(at('args'), 'out'),
    meta: at('meta'),
    signature: '[0]',
  }
  return {
    fields,
    signature,
    publicKey,
    signed: whole.subarray(PAYLOAD_AT),
    signer,
    ran: link(ran, fields.ran),
    out: result(out, fields.out),
    ...ownMeta((payload['meta'] ?? {}) as MarkedMap, fields.meta),
  }
}

function at(key: string): string {
  return fieldIn(PAYLOAD_FIELD, key)
}
