/** Envelopes: what somebody signs about a receipt (docs/spec/envelope.md). */
import type { CID } from 'multiformats/cid'
import type { MarkedValue } from '../base/marked-value.ts'

/** The forms of envelopes that are read: UCAN invocation 1.0.0-rc.1, ucanto 0.x, and homestar 0.2, which has no signature. */
export const ENVELOPE_FORMS = ['ucan-1.0', 'ucanto-0', 'homestar-0.2'] as const

/** A form of envelopes. */
export type EnvelopeForm = (typeof ENVELOPE_FORMS)[number]

/** The outcome that an envelope states. In envelopes of ours it is that of the receipt; in others it is any value. */
export type EnvelopeOut =
  | {
      /** The result. */
      readonly ok: MarkedValue
    }
  | {
      /** What stands in place of a result. */
      readonly error: MarkedValue
    }

/** An envelope that was read, and whose signature holds. */
export interface Envelope {
  /** Its form. */
  readonly form: EnvelopeForm
  /** The CID of its bytes. */
  readonly cid: CID
  /** Its bytes, in the canonical form of dag-cbor. */
  readonly bytes: Uint8Array
  /** The `did:key` of the key that has signed it; `null` in the form of homestar, which has no signature. */
  readonly signer: string | null
  /** What was run, as the envelope names it: our task, or the CID of a call in another form. */
  readonly ran: CID
  /** The outcome, as the envelope states it. */
  readonly out: EnvelopeOut
  /** The receipt of ours that it carries; absent in an envelope of another system. */
  readonly receipt?: CID
  /** What further parties vouch for, none of it checked. */
  readonly vouchers: readonly Voucher[]
}

/**
 * Something beside the signature that speaks for a receipt: an oracle's attestation, the quote of a trusted execution environment, a
 * proof. This library carries vouchers and checks none of them.
 */
export interface Voucher {
  /** What it is, such as `oracle-attestation`, `tee-quote` or `proof`: text of 1 to 128 characters. */
  readonly type: string
  /** Its bytes, or a link to them. */
  readonly data: Uint8Array | CID
}

/** The keys of our parts of an envelope's metadata. */
export const META_RECEIPT = 'ipvm-wasm/receipt'
export const META_VOUCHERS = 'ipvm-wasm/vouchers'

/** What was read of an envelope whose signature is not checked yet. */
export interface Unchecked extends Omit<Envelope, 'form' | 'cid' | 'bytes' | 'signer'> {
  /** The issuer. */
  readonly signer: string
  /** The paths of fields, for faults. */
  readonly fields: EnvelopeFields
  readonly signature: Uint8Array
  readonly publicKey: Uint8Array
  /** The bytes that are signed: those of the envelope, as they were read. */
  readonly signed: Uint8Array
}

/** The paths of what an envelope repeats of its receipt, of its metadata and of its signature. */
export interface EnvelopeFields {
  readonly ran: string
  readonly out: string
  readonly meta: string
  readonly signature: string
}
