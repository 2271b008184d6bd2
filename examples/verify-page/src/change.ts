/** Changes a claim a little, so that one can watch it fail. Each change gives the bytes of another receipt. */
import { encodeReceipt, type Receipt, type Value } from 'ipvm-wasm'
import { CID } from 'multiformats/cid'

/** A receipt with another result: one bit of its first byte or number, or another code of a rejection or a trap. */
export function withOtherResult(receipt: Receipt): Uint8Array {
  const { out } = receipt
  const changed =
    'ok' in out
      ? { ok: otherValue(out.ok) }
      : { error: { kind: 'trap', code: out.error.code === 'unreachable' ? 'abort' : 'unreachable' } as const }
  return encodeReceipt({ ...receipt, out: changed }).bytes
}

/** A receipt that claims one unit of gas less, or more if it claims none. */
export function withOtherGas(receipt: Receipt): Uint8Array {
  const { meta } = receipt
  const gasUsed = meta.gasUsed === 0n ? 1n : meta.gasUsed - 1n
  return encodeReceipt({ ...receipt, meta: { ...meta, gasUsed } }).bytes
}

/** Bytes with the lowest bit of the one at an offset flipped. */
export function withOtherByte(bytes: Uint8Array, offset: number): Uint8Array {
  const changed = bytes.slice()
  changed[offset]! ^= 1
  return changed
}

function otherValue(value: Value): Value {
  if (value === null) return 0n
  if (typeof value === 'boolean') return !value
  if (typeof value === 'bigint') return value ^ 1n
  if (typeof value === 'string') return otherText(value)
  if (value instanceof Uint8Array) return value.length === 0 ? Uint8Array.of(0) : withOtherByte(value, 0)
  const cid = CID.asCID(value)
  if (cid !== null) return CID.decode(withOtherByte(cid.bytes, cid.bytes.length - 1))
  if (Array.isArray(value)) {
    const [first, ...rest] = value as readonly Value[]
    return first === undefined ? [0n] : [otherValue(first), ...rest]
  }
  const [entry, ...rest] = Object.entries(value as Readonly<Record<string, Value>>)
  return entry === undefined ? { a: 0n } : Object.fromEntries([[entry[0], otherValue(entry[1])], ...rest])
}

/** Text with another first character. Two ASCII characters that differ in one bit take each other's place. */
function otherText(text: string): string {
  const code = text.charCodeAt(0)
  return code > 0x20 && code < 0x7e ? String.fromCharCode(code ^ 1) + text.slice(1) : `!${text}`
}
