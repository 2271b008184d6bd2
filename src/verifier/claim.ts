/** Claims as they are given to a verifier. */
import { CID } from 'multiformats/cid'
import { DAG_CBOR, linkOf, MAX_DOCUMENT_BYTES, SHA2_256 } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { isBytes, plain } from '../base/realms.ts'
import { isRecord } from '../base/shape.ts'
import { getBlock } from '../content/block.ts'
import type { BlockStore, Receipt } from '../interface.ts'
import { decodeReceipt, encodeReceipt } from '../receipt/receipt.ts'

/** A receipt that somebody claims to be true: as a value, by its CID, or as the bytes of its block. */
export type Claim = Receipt | CID | Uint8Array

/**
 * The receipt of a claim. What is no receipt, or contradicts itself, is no claim in any form.
 *
 * @throws Fault bad-receipt, block-missing, hash-mismatch, store-failed, aborted, timeout, bad-usage
 */
export async function readClaim(
  claim: Claim,
  store: Pick<BlockStore, 'get'>,
  signal: AbortSignal | undefined,
): Promise<Receipt> {
  if (isBytes(claim)) return decodeReceipt(claim)
  if (isRecord(claim)) return decodeReceipt(encodeReceipt(claim as Receipt).bytes)
  const cid = givenCid(claim as CID, 'the receipt')
  const { code, size } = cid.multihash
  // The same bytes have other CIDs, too, and none of these is the receipt's (docs/spec/receipt.md, RECEIPT-2).
  if (cid.version !== 1 || cid.code !== DAG_CBOR || code !== SHA2_256 || size !== 32) {
    const message = `${cid} is not the CID of a receipt, which is a CIDv1 of dag-cbor under sha2-256`
    throw new Fault('bad-receipt', message, { field: '', cid })
  }
  return decodeReceipt(await getBlock(store, cid, { signal }))
}

/** The CID of the receipt that a claim is, whether it decodes or not. Undefined if there is none, since it cannot be encoded. */
export function cidOfClaim(claim: Claim): CID | undefined {
  if (isBytes(claim)) return claim.length > MAX_DOCUMENT_BYTES ? undefined : linkOf(plain(claim))
  if (!isRecord(claim)) return CID.asCID(claim) ?? undefined
  try {
    return encodeReceipt(claim as Receipt).cid
  } catch {
    return undefined
  }
}
