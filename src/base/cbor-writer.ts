/** Writing dag-cbor, and refusing what would not come back as it was. Bounds and exceptions are those of `encodeStrict`. */
import { CID } from 'multiformats/cid'
import { isBytes, isPlainObject } from './realms.ts'

/** Most bytes that one document may have: what IPFS nodes exchange as one block. */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024

/** Deepest nesting of lists and maps in one document. */
export const MAX_DOCUMENT_DEPTH = 64

const LONE_SURROGATE = /\p{Surrogate}/u
const FIRST_BYTES = 512

/** Major types of CBOR. */
const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const LIST = 4
const MAP = 5

/** The start of a link: tag 42. */
const LINK = [0xd8, 42] as const

export function assertSize(length: number): void {
  if (length > MAX_DOCUMENT_BYTES) {
    throw new Error(`${length} bytes, more than the ${MAX_DOCUMENT_BYTES} that one document may have`)
  }
}

/** Bytes that grow, and the values that are written to them. */
export class CborWriter {
  #bytes = new Uint8Array(FIRST_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  /** A copy of what was written. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  write(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'bigint':
        return this.#bigint(value)
      case 'number':
        return this.#number(value)
      case 'string':
        return this.#text(value)
      case 'boolean':
        return this.#byte(value ? 0xf5 : 0xf4)
      case 'object':
        return value === null ? this.#byte(0xf6) : this.#object(value, depth)
      default:
        throw new Error(`dag-cbor has no ${typeof value}`)
    }
  }

  #object(value: object, depth: number): void {
    if (isBytes(value)) return this.#byteString(value)
    const cid = CID.asCID(value)
    if (cid !== null) return this.#link(cid)
    if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
    if (Array.isArray(value)) {
      this.#head(LIST, value.length)
      for (const item of value) this.write(item, depth + 1)
      return
    }
    if (!isPlainObject(value)) throw new Error('dag-cbor has plain objects only')
    this.#map(value as Readonly<Record<string, unknown>>, depth)
  }

  /** Keys in the order of their lengths, then of their bytes. */
  #map(value: Readonly<Record<string, unknown>>, depth: number): void {
    const keys = Object.keys(value)
    this.#head(MAP, keys.length)
    if (keys.every(isAscii)) {
      for (const key of keys.sort(compareAscii)) this.#entry(key, value[key], depth)
      return
    }
    const encoded = keys.map(key => ({ key, bytes: utf8(key) }))
    for (const { key } of encoded.sort((a, b) => compareBytes(a.bytes, b.bytes))) this.#entry(key, value[key], depth)
  }

  #entry(key: string, value: unknown, depth: number): void {
    this.#text(key)
    this.write(value, depth + 1)
  }

  #number(value: number): void {
    if (Number.isSafeInteger(value) && !Object.is(value, -0)) {
      return value < 0 ? this.#head(NEGATIVE, -1 - value) : this.#head(UNSIGNED, value)
    }
    if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
    if (value === 0) throw new Error('dag-cbor would lose the sign of -0')
    // dag-cbor would write such a number as a float, and a reader that asks for an integer would not find one.
    if (Number.isInteger(value)) throw new Error('a number beyond 2^53 must be a bigint')
    const at = this.#take(9)
    this.#bytes[at] = 0xfb
    this.#view.setFloat64(at + 1, value)
  }

  #bigint(value: bigint): void {
    const [major, magnitude] = value < 0n ? [NEGATIVE, -1n - value] : [UNSIGNED, value]
    if (magnitude <= 0xffffffffn) return this.#head(major, Number(magnitude))
    if (magnitude >= 2n ** 64n) throw new Error('dag-cbor has no integers beyond 64 bits')
    const at = this.#take(9)
    this.#bytes[at] = (major << 5) | 27
    this.#view.setBigUint64(at + 1, magnitude)
  }

  #text(value: string): void {
    if (value.length < 64 && isAscii(value)) {
      this.#head(TEXT, value.length)
      const at = this.#take(value.length)
      for (let i = 0; i < value.length; i++) this.#bytes[at + i] = value.charCodeAt(i)
      return
    }
    const bytes = utf8(value)
    this.#head(TEXT, bytes.length)
    this.#append(bytes)
  }

  #byteString(value: Uint8Array): void {
    this.#head(BYTES, value.length)
    this.#append(value)
  }

  #link(cid: CID): void {
    this.#byte(LINK[0])
    this.#byte(LINK[1])
    this.#head(BYTES, cid.bytes.length + 1)
    this.#byte(0)
    this.#append(cid.bytes)
  }

  /** The shortest head of a type with its argument, an integer from 0 to 2⁵³. */
  #head(major: number, argument: number): void {
    const start = major << 5
    if (argument < 24) return this.#byte(start | argument)
    const width = argument < 0x100 ? 1 : argument < 0x10000 ? 2 : argument < 0x100000000 ? 4 : 8
    const at = this.#take(1 + width)
    this.#bytes[at] = start | (width === 1 ? 24 : width === 2 ? 25 : width === 4 ? 26 : 27)
    if (width === 1) this.#bytes[at + 1] = argument
    else if (width === 2) this.#view.setUint16(at + 1, argument)
    else if (width === 4) this.#view.setUint32(at + 1, argument)
    else this.#view.setBigUint64(at + 1, BigInt(argument))
  }

  #byte(byte: number): void {
    const at = this.#take(1)
    this.#bytes[at] = byte
  }

  #append(bytes: Uint8Array): void {
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** Room for so many bytes more; gives where they begin. */
  #take(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at <= this.#bytes.length) return at
    assertSize(this.#at)
    const grown = new Uint8Array(Math.max(this.#at, 2 * this.#bytes.length))
    grown.set(this.#bytes.subarray(0, at))
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
    return at
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false
  return true
}

function compareAscii(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length) return a.length - b.length
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : a[at]! - b[at]!
}

function utf8(text: string): Uint8Array {
  if (LONE_SURROGATE.test(text)) throw new Error('text with a lone surrogate has no UTF-8 form')
  return new TextEncoder().encode(text)
}
