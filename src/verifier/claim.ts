/** The claims that a verifier accepts. */
import { CID } from 'multiformats/cid'
import { DAG_CBOR, linkOf, MAX_DOCUMENT_BYTES, SHA2_256 } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { isBytes, plain } from '../base/realms.ts'
import { isRecord } from '../base/shape.ts'
import { getBlock } from '../content/block.ts'
import { openEnvelope } from '../envelope/open.ts'
import { isEnvelope } from '../envelope/read.ts'
import { fields, withMethods } from '../base/usage.ts'
import type { Abortable, BlockStore, Receipt } from '../interface.ts'
import { decodeReceipt, encodeReceipt } from '../receipt/receipt.ts'

/**
 * A receipt that somebody claims to be true. It is given as a value, as a CID, or as the bytes of its block. The CID or
 * the bytes may also be those of a signed envelope. Such a claim is about the receipt in the envelope.
 */
export type Claim = Receipt | CID | Uint8Array

/** The signer of a claim, if it has one. */
export interface Signed {
  /** The `did:key` of the signer. It is absent if the claim is not signed. */
  readonly signer?: string
}

/** A claim that has been read. */
export interface ReadClaim {
  /** The receipt. */
  readonly receipt: Receipt
  /** The CID of the receipt. */
  readonly cid: CID
  /** The signer of the envelope, if the claim was one. */
  readonly signed: Signed
}

/**
 * Reads the receipt of a claim, so that it can be shown before it is verified. In every form, the same strict rules
 * apply as for a block. The signature of an envelope is checked. Nothing says yet that the receipt is true.
 *
 * @throws Fault bad-receipt, bad-envelope, block-missing, hash-mismatch, store-failed, aborted, timeout, bad-usage
 */
export async function readClaim(
  store: Pick<BlockStore, 'get'>,
  claim: Claim,
  options: Abortable = {},
): Promise<ReadClaim> {
  const { signal } = fields(options, 'options')
  withMethods(store, 'store', ['get'])
  if (!isBytes(claim) && isRecord(claim)) {
    // Encoding and decoding the object checks it as strictly as a block.
    const { cid, bytes } = encodeReceipt(claim as Receipt)
    return { receipt: decodeReceipt(bytes), cid, signed: {} }
  }
  const named = isBytes(claim) ? undefined : givenCid(claim as CID, 'the receipt')
  const bytes = isBytes(claim) ? claim : await getBlock(store, named!, { signal })
  if (isEnvelope(bytes)) {
    const { receipt, cid, envelope } = await openEnvelope(store, bytes, { signal })
    return { receipt, cid, signed: { ...(envelope.signer !== null && { signer: envelope.signer }) } }
  }
  if (named !== undefined) requireReceiptCid(named)
  return { receipt: decodeReceipt(bytes), cid: named ?? linkOf(plain(bytes)), signed: {} }
}

/**
 * Checks that a CID has the form of a receipt's CID. The same bytes also have other CIDs, for example with another
 * codec or hash function (docs/spec/receipt.md, RECEIPT-2).
 *
 * @throws Fault bad-receipt
 */
function requireReceiptCid(cid: CID): void {
  const { code, size } = cid.multihash
  if (cid.version === 1 && cid.code === DAG_CBOR && code === SHA2_256 && size === 32) return
  const message = `${cid} is not the CID of a receipt, which is a CIDv1 of dag-cbor under sha2-256`
  throw new Fault('bad-receipt', message, { field: '', cid })
}

/**
 * Returns the CID of the block of a claim, even if the block does not decode. Returns undefined for an object that
 * cannot be encoded, and for too many bytes.
 */
export function cidOfClaim(claim: Claim): CID | undefined {
  if (isBytes(claim)) return claim.length > MAX_DOCUMENT_BYTES ? undefined : linkOf(plain(claim))
  if (!isRecord(claim)) return CID.asCID(claim) ?? undefined
  try {
    return encodeReceipt(claim as Receipt).cid
  } catch {
    return undefined
  }
}
