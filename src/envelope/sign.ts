/** Signs receipts. */
import type { CID } from 'multiformats/cid'
import { encodeStrict } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { readValue } from '../base/links.ts'
import { isBytes, plain } from '../base/realms.ts'
import { orFault } from '../base/shape.ts'
import { badUsage, fields, givenList, withMethods } from '../base/usage.ts'
import type { Receipt } from '../interface.ts'
import { decodeReceipt, encodeReceipt } from '../receipt/receipt.ts'
import { publicKeyOf } from './did-key.ts'
import { SIGNATURE_BYTES, verify } from './ed25519.ts'
import type { Envelope, Voucher } from './envelope.ts'
import type { Signer } from './key.ts'
import { readVouchers } from './parts.ts'
import { readEnvelope } from './read.ts'
import { ucanEnvelope, ucanPayload } from './ucan.ts'
import { ucantoEnvelope, ucantoOutcome } from './ucanto.ts'

/** The forms in which an envelope can be written. */
export type WritableEnvelope = 'ucan-1.0' | 'ucanto-0'

/** Options of `signReceipt`. */
export interface SignOptions {
  /** The form of the envelope. Default: `ucan-1.0`. */
  readonly form?: WritableEnvelope
  /**
   * The CID of the call in the form in which it was requested, such as that of an instruction of homestar.
   * `Translation` has it as `asked`. The envelope names this CID in place of that of our task.
   *
   * To open the envelope, the store must have the block of the call.
   */
  readonly asked?: CID
  /** The vouchers for the receipt. They are not checked. */
  readonly vouchers?: readonly Voucher[]
}

/**
 * Signs a receipt. The envelope states that the signer got this outcome.
 *
 * The receipt does not change. The envelope has only the CID of the receipt, so opening the envelope also needs the
 * block of the receipt. The same receipt, key and options always give the same bytes.
 *
 * @throws Fault bad-receipt if the object is not a receipt; bad-key if the signature does not fit the DID of the
 *   signer; bad-envelope if the envelope would exceed the bounds of a document; bad-usage for other wrong arguments
 */
export async function signReceipt(receipt: Receipt, signer: Signer, options: SignOptions = {}): Promise<Envelope> {
  const { form = 'ucan-1.0', asked, vouchers = [] } = fields(options, 'options')
  withMethods(signer, 'the signer', ['sign'])
  if (form !== 'ucan-1.0' && form !== 'ucanto-0') throw badUsage('form', 'ucan-1.0 or ucanto-0', form)
  const given = givenVouchers(vouchers)
  const { cid, bytes } = encodeReceipt(receipt)
  const { ran, out } = decodeReceipt(bytes)
  const make = form === 'ucan-1.0' ? ucanPayload : ucantoOutcome
  const wrap = form === 'ucan-1.0' ? ucanEnvelope : ucantoEnvelope
  const { did } = signer
  const publicKey = orFault('bad-key', 'a signer', () => publicKeyOf(did, 'did'))
  const named = asked === undefined ? ran : givenCid(asked, 'asked')
  const payload = make(did, named, cid, out, given)
  const signed = orFault('bad-envelope', 'an envelope', () => encodeStrict(payload))
  const signature = await signer.sign(signed.slice())
  const noSignature = (): Fault => new Fault('bad-key', `what the signer gave is no signature of ${did}`, { did })
  if (!isBytes(signature) || signature.length !== SIGNATURE_BYTES) throw noSignature()
  const envelope = orFault('bad-envelope', 'an envelope', () => wrap(payload, plain(signature)))
  try {
    // Reading the envelope checks the signature.
    return await readEnvelope(envelope)
  } catch (error) {
    throw verify(plain(signature), signed, publicKey) ? error : noSignature()
  }
}

function givenVouchers(vouchers: readonly Voucher[]): readonly Voucher[] {
  if (givenList(vouchers, 'vouchers').length === 0) return []
  return orFault('bad-usage', 'vouchers', () => readVouchers(readValue(vouchers, 'vouchers', 'any', true), 'vouchers'))
}
