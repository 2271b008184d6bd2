/** Values as people read them. */
import { CID } from 'multiformats/cid'
import { isFloat } from '../base/float.ts'
import { formatMarked } from '../base/marked-json.ts'
import type { MarkedValue } from '../base/marked-value.ts'
import { plainDagJson } from '../base/plain-dag-json.ts'
import { isMap } from '../base/value.ts'
import type { Result, Value } from '../interface.ts'
import { MAX_LINES, readable, type ShownBound } from './bytes.ts'

/** Shows a number of the `core` ABI: an integer, or a float or vector with its bits. */
export function showNumber(value: bigint | Uint8Array): string {
  if (typeof value === 'bigint') return String(value)
  const type = value.length === 4 ? 'f32' : value.length === 8 ? 'f64' : 'v128'
  return `${numberWord(value)} (${type} 0x${bitsOf(value)
    .toString(16)
    .padStart(2 * value.length, '0')})`
}

/** A number of the `core` ABI in the notation of the command line. */
function numberWord(value: bigint | Uint8Array): string {
  if (typeof value === 'bigint') return String(value)
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  switch (value.length) {
    case 4:
      return showFloat(view.getFloat32(0, true), bitsOf(value), 24)
    case 8:
      return showFloat(view.getFloat64(0, true), bitsOf(value), 53)
    default:
      return `i32x4:${[0, 4, 8, 12].map(at => view.getInt32(at, true)).join(',')}`
  }
}

/** The integer of bytes, little-endian. */
function bitsOf(bytes: Uint8Array): bigint {
  return bytes.reduceRight((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
}

/** True if a result is a list of numbers of the `core` ABI. */
export function isNumberList(result: Result): result is readonly (bigint | Uint8Array)[] {
  const isNumber = (item: Result): boolean =>
    typeof item === 'bigint' || (item instanceof Uint8Array && [4, 8, 16].includes(item.length))
  return Array.isArray(result) && (result as readonly Result[]).every(isNumber)
}

/**
 * A result as `-o` writes it: bytes as they are, text as UTF-8, each number as a line, nothing as nothing, and any other list or
 * map as a line of dag-json. `load` gives the bytes of a linked file, or the value in a linked block.
 */
export async function resultBytes(
  result: Result,
  load: (cid: CID) => Promise<Uint8Array | Value>,
): Promise<Uint8Array> {
  const cid = CID.asCID(result)
  if (cid !== null) {
    const loaded = await load(cid)
    return loaded instanceof Uint8Array ? loaded : jsonLine(loaded)
  }
  if (result instanceof Uint8Array) return result
  if (result === null) return new Uint8Array()
  if (typeof result === 'string') return new TextEncoder().encode(result)
  if (!isNumberList(result)) return jsonLine(result)
  return new TextEncoder().encode(result.map(number => `${numberWord(number)}\n`).join(''))
}

async function jsonLine(value: Value): Promise<Uint8Array> {
  const json = plainDagJson(value) ?? (await import('../base/dag-json.ts')).toDagJson(value)
  return new TextEncoder().encode(`${json}\n`)
}

/** A float in the notation of the command line: the shortest decimal that is parsed to the same bits. */
function showFloat(value: number, bits: bigint, precision: 24 | 53): string {
  const sign = bits >> (precision === 24 ? 31n : 63n) === 1n ? '-' : ''
  if (Number.isNaN(value)) {
    const payload = bits & ((1n << BigInt(precision - 1)) - 1n)
    return `${sign}nan${payload === 1n << BigInt(precision - 2) ? '' : `:0x${payload.toString(16)}`}`
  }
  const magnitude = Math.abs(value)
  if (magnitude === Infinity) return `${sign}inf`
  if (precision === 53) return sign + String(magnitude)
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(magnitude.toPrecision(digits))
    if (Math.fround(short) === magnitude) return sign + String(short)
  }
  return sign + String(Number(magnitude.toPrecision(9)))
}

/** A document as indented lines, one for each of its leaves. */
export function outline(value: unknown, indent = ''): string[] {
  if (Array.isArray(value)) {
    return value.flatMap(item => {
      const [first = 'none', ...rest] = isLeaf(item) ? [leaf(item)] : outline(item, `${indent}  `)
      return [`${indent}- ${first.trimStart()}`, ...rest]
    })
  }
  return Object.entries(value as object).flatMap(([key, item]) =>
    isLeaf(item)
      ? [`${indent}${keyWord(key)}: ${leaf(item)}`]
      : [`${indent}${keyWord(key)}:`, ...outline(item, `${indent}  `)],
  )
}

/** A value of a foreign document in which floats are text, such as `1.0`, so that they can be shown. */
export function shownFloats(value: MarkedValue): unknown {
  if (isFloat(value)) return formatMarked(value)
  if (Array.isArray(value)) return (value as readonly MarkedValue[]).map(shownFloats)
  if (!isMap<CID>(value as Value)) return value
  return Object.fromEntries(
    Object.entries(value as object).map(([key, item]) => [key, shownFloats(item as MarkedValue)]),
  )
}

/** The greatest length of a line in the outline of a result. */
const MAX_WIDTH = 200

/** A list or map as lines, shortened if it is long. The last one says how much was omitted. */
export function valueLines(value: Value, { lines: most = MAX_LINES }: Pick<ShownBound, 'lines'> = {}): string[] {
  const lines = isLeaf(value) ? [leaf(value)] : outline(value)
  const kept = lines.slice(0, most).map(line => (line.length <= MAX_WIDTH ? line : `${line.slice(0, MAX_WIDTH)}…`))
  return kept.length === lines.length ? kept : [...kept, `… (${lines.length} lines in all)`]
}

/** A key of a map, in quotation marks if it could be mistaken for something else. */
function keyWord(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key)
}

function isLeaf(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || CID.asCID(value) !== null)
    return true
  return Object.keys(value).length === 0
}

function leaf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value instanceof Uint8Array) return leafBytes(value)
  const cid = CID.asCID(value)
  if (cid !== null) return cid.toString()
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'none' : '{}'
  return String(value)
}

function leafBytes(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'no bytes'
  const text = readable(bytes)
  const shown =
    text === undefined
      ? `0x${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`
      : JSON.stringify(text)
  const short = shown.length <= 200 ? shown : `${shown.slice(0, 200)}…`
  return `${bytes.length} bytes ${short}`
}
