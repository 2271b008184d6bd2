/**
 * Dag-json in which floats are objects of the class `Float`.
 *
 * `JSON.parse` has two problems: it reads `1.0` and `1` as the same number, and of two equal keys it keeps only the
 * last one. So every string and number in the text is first replaced by a string that contains the kind and the
 * original text. Then `JSON.parse` reads the result. For example, `{"a": 1.0}` becomes `{"0:a": "n1.0"}`.
 */
import { base64 } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { Float, isFloat } from './float.ts'
import type { MarkedValue } from './marked-value.ts'
import { isBytes } from './realms.ts'
import { byBytes } from './text.ts'
import { isMap } from './value.ts'

/**
 * The greatest length of a text that is read, in code units. Escapes and base 64 take more characters than the text or
 * bytes that they encode.
 */
const MAX_TEXT = 4 * MAX_DOCUMENT_BYTES

/**
 * The greatest length of a number. The longest exact decimal of a float has fewer than 800 digits, and further digits
 * only take time.
 */
const MAX_NUMBER = 1_000

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\w.+-]*|[[\]{}]/gs
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** The range of the integers of dag-cbor. */
const MIN_INTEGER = -(2n ** 64n)
const MAX_INTEGER = 2n ** 64n - 1n

/**
 * Reads a text of JSON. Integers become bigints, and other numbers become `Float`s. An integer of more than 64 bits
 * becomes a `Float`, as in the readers of other systems. The maps by which dag-json writes links and bytes are left as
 * they are.
 *
 * @throws Error
 */
export function parseMarked(text: string): unknown {
  if (text.length > MAX_TEXT) throw new Error(`${text.length} characters of JSON, more than ${MAX_TEXT}`)
  let depth = 0
  const marked = text.replace(TOKEN, (token, at: number) => {
    if (token === '[' || token === '{') depth++
    if (token === ']' || token === '}') depth--
    if (depth > MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
    if (token.startsWith('"')) return `"${at}:${token.slice(1)}`
    return token.length === 1 && !/\d/.test(token) ? token : `"n${numberAt(token, at)}"`
  })
  return unmarked(JSON.parse(marked))
}

function numberAt(token: string, at: number): string {
  if (token.length <= MAX_NUMBER && NUMBER.test(token)) return token
  throw new Error(`no number of JSON at ${at}`)
}

function unmarked(value: unknown): unknown {
  if (typeof value === 'string') return value.startsWith('n') ? numberOf(value.slice(1)) : unmarkedText(value)
  if (Array.isArray(value)) return value.map(unmarked)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [unmarkedText(key), unmarked(item)] as const)
  const keys = new Set(entries.map(([key]) => key))
  if (keys.size < entries.length) throw new Error('a key that stands twice in one map')
  // This makes own properties of all keys, `__proto__` included.
  return Object.fromEntries(entries)
}

function unmarkedText(text: string): string {
  return text.slice(text.indexOf(':') + 1)
}

function numberOf(digits: string): bigint | Float {
  if (/^-?\d+$/.test(digits)) {
    if (digits === '-0') throw new Error('-0 is no integer: write -0.0')
    const integer = BigInt(digits)
    if (integer >= MIN_INTEGER && integer <= MAX_INTEGER) return integer
  }
  const value = Number(digits)
  if (!Number.isFinite(value)) throw new Error(`a number beyond the range of floats: ${digits.slice(0, 20)}`)
  return new Float(value)
}

/**
 * Writes a value as one line of dag-json, with sorted keys. A float has a point or an exponent. It is the inverse of
 * `parseMarked` and `readMarked`.
 */
export function formatMarked(value: MarkedValue): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (isFloat(value)) return formatFloat(value.value)
  if (isBytes(value)) return `{"/":{"bytes":"${base64.baseEncode(value)}"}}`
  const cid = CID.asCID(value)
  if (cid !== null) return `{"/":"${cid.toString()}"}`
  if (isMap<CID | Float>(value))
    return `{${Object.keys(value)
      .sort(byBytes)
      .map(key => `${JSON.stringify(key)}:${formatMarked(value[key]!)}`)
      .join(',')}}`
  return `[${(value as readonly MarkedValue[]).map(formatMarked).join(',')}]`
}

function formatFloat(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}
