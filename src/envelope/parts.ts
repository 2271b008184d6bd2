/**
 * Reads parts that several forms of envelopes share. Each function that reads throws a `Misfit` with the path of a
 * field that does not fit.
 */
import { CID } from 'multiformats/cid'
import { DAG_CBOR, SHA2_256 } from '../base/dag-cbor.ts'
import { fieldIn } from '../base/field.ts'
import { mapOf } from '../base/marked-shape.ts'
import type { MarkedMap, MarkedValue } from '../base/marked-value.ts'
import { isBytes } from '../base/realms.ts'
import { link, list, Misfit, text } from '../base/shape.ts'
import type { ValueMap } from '../interface.ts'
import { META_RECEIPT, META_VOUCHERS, type Envelope, type EnvelopeOut, type Voucher } from './envelope.ts'

/** The greatest length of the type of a voucher, in code units. */
const MAX_TYPE = 128

/** The greatest number of vouchers in one envelope. */
const MAX_VOUCHERS = 64

/** Reads an outcome, which is either `{ok}` or `{error}`. */
export function result(value: unknown, field: string): EnvelopeOut {
  const out = mapOf(value, field, [], ['ok', 'error'])
  const { ok, error } = out
  if (ok !== undefined && error === undefined) return { ok }
  if (error !== undefined && ok === undefined) return { error }
  throw new Misfit(field, 'a map of either ok or error')
}

/** Reads our entries of the metadata. Entries with other keys are ignored. */
export function ownMeta(meta: MarkedMap, field: string): Pick<Envelope, 'receipt' | 'vouchers'> {
  const [receipt, vouchers] = [meta[META_RECEIPT], meta[META_VOUCHERS]]
  return {
    ...(receipt === undefined ? {} : { receipt: documentLink(receipt, fieldIn(field, META_RECEIPT)) }),
    vouchers: vouchers === undefined ? [] : readVouchers(vouchers, fieldIn(field, META_VOUCHERS)),
  }
}

/** Makes the metadata of a new envelope. Without vouchers, their key is absent. */
export function metaFor(receipt: CID, vouchers: readonly Voucher[]): ValueMap {
  return {
    [META_RECEIPT]: receipt,
    ...(vouchers.length === 0 ? {} : { [META_VOUCHERS]: vouchers.map(({ type, data }) => ({ type, data })) }),
  }
}

/** Reads the vouchers in the metadata. */
export function readVouchers(value: unknown, field: string): readonly Voucher[] {
  const vouchers = list(value, field)
  if (vouchers.length === 0 || vouchers.length > MAX_VOUCHERS)
    throw new Misfit(field, `a list of 1 to ${MAX_VOUCHERS} vouchers, or absent`)
  return vouchers.map((item, index) => voucher(item, fieldIn(field, index)))
}

function voucher(value: unknown, field: string): Voucher {
  const { type, data } = mapOf(value, field, ['type', 'data'])
  const name = text(type, fieldIn(field, 'type'))
  if (name === '' || name.length > MAX_TYPE)
    throw new Misfit(fieldIn(field, 'type'), `text of 1 to ${MAX_TYPE} characters`)
  return { type: name, data: bytesOrLink(data, fieldIn(field, 'data')) }
}

function bytesOrLink(value: MarkedValue | undefined, field: string): Uint8Array | CID {
  if (isBytes(value)) return value
  const cid = CID.asCID(value)
  if (cid === null) throw new Misfit(field, 'a byte string or a link')
  return cid
}

/** Reads the link to a receipt of ours. All these links have the same version, codec and hash function. */
function documentLink(value: MarkedValue, field: string): CID {
  const cid = link(value, field)
  const { code, size } = cid.multihash
  if (cid.version !== 1 || cid.code !== DAG_CBOR || code !== SHA2_256 || size !== 32)
    throw new Misfit(field, 'a CIDv1 of dag-cbor under sha2-256')
  return cid
}
