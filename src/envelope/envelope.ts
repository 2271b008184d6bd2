/** The types of envelopes. An envelope is a signed statement around a receipt (docs/spec/envelope.md). */
import type { CID } from 'multiformats/cid'
import type { MarkedValue } from '../base/marked-value.ts'

/**
 * The forms of envelopes that can be read: UCAN invocation 1.0.0-rc.1, ucanto 0.x, and homestar 0.2. The form of
 * homestar has no signature.
 */
export const ENVELOPE_FORMS = ['ucan-1.0', 'ucanto-0', 'homestar-0.2'] as const

/** The name of a form of envelopes. */
export type EnvelopeForm = (typeof ENVELOPE_FORMS)[number]

/**
 * The outcome that an envelope states. In an envelope with a receipt of ours it is that of the receipt. In others it
 * may be any value.
 */
export type EnvelopeOut =
  | {
      /** The result. */
      readonly ok: MarkedValue
    }
  | {
      /** The value that stands in place of a result, such as a rejection or a trap. */
      readonly error: MarkedValue
    }

/** An envelope that has been read. Its signature has been checked if its form has one. */
export interface Envelope {
  /** The form of the envelope. */
  readonly form: EnvelopeForm
  /** The CID of the bytes. */
  readonly cid: CID
  /** The envelope in the canonical form of dag-cbor. */
  readonly bytes: Uint8Array
  /**
   * The `did:key` of the key that has signed the envelope. It is null in the form of homestar, which has no signature.
   */
  readonly signer: string | null
  /** The CID of the work that was run: that of our task, or that of a call in another form. */
  readonly ran: CID
  /** The outcome that the envelope states. */
  readonly out: EnvelopeOut
  /** The CID of our receipt in the envelope. Absent in an envelope of another system. */
  readonly receipt?: CID
  /** The vouchers in the envelope. None of them has been checked. */
  readonly vouchers: readonly Voucher[]
}

/**
 * Evidence for a receipt in addition to the signature. Examples are the attestation of an oracle, the quote of a
 * trusted execution environment, and a proof. This library carries vouchers and checks none of them.
 */
export interface Voucher {
  /** The kind of the voucher, such as `oracle-attestation`, `tee-quote` or `proof`: text of 1 to 128 characters. */
  readonly type: string
  /** The bytes of the voucher, or a link to them. */
  readonly data: Uint8Array | CID
}

/** The keys of our entries in the metadata of an envelope. */
export const META_RECEIPT = 'ipvm-wasm/receipt'
export const META_VOUCHERS = 'ipvm-wasm/vouchers'

/** An envelope that has been read, and whose signature has not been checked yet. */
export interface Unchecked extends Omit<Envelope, 'form' | 'cid' | 'bytes' | 'signer'> {
  /** The DID of the issuer. */
  readonly signer: string
  /** The paths of fields, for faults. */
  readonly fields: EnvelopeFields
  readonly signature: Uint8Array
  readonly publicKey: Uint8Array
  /** The signed part of the bytes of the envelope, as it was read. */
  readonly signed: Uint8Array
}

/**
 * The paths of the fields that faults name: those that must agree with the receipt, the metadata, and the signature.
 */
export interface EnvelopeFields {
  readonly ran: string
  readonly out: string
  readonly meta: string
  readonly signature: string
}
