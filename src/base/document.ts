/**
 * Encodes dag-cbor documents. Heads are shortest, floats have 64 bits, and the keys of a map are in order of their lengths, then of
 * their bytes. What decoding would not restore has no encoding. The bounds and errors are those of `encodeStrict`.
 *
 * Spec: https://ipld.io/specs/codecs/dag-cbor/spec/; RFC 8949, section 3
 */
import { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { isBytes, isPlainObject } from './realms.ts'
import { byBytes, LONE_SURROGATE, utf8Length } from './text.ts'

/** Throws an `Error` if a document of that size, in bytes, exceeds the bound. */
export function assertSize(bytes: number): void {
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw new Error(`${bytes} bytes: a document may have at most ${MAX_DOCUMENT_BYTES}`)
  }
}

/**
 * Encodes a document. `floatOf` tells which objects are written as floats, and with which values; by default none.
 *
 * @throws Error if a value has no encoding, or the document exceeds the bounds
 */
export function encodeDocument(
  value: unknown,
  floatOf: (object: object) => number | undefined = () => undefined,
): Uint8Array {
  return new Encoder(floatOf).encode(value)
}

/** The major types, in the upper three bits of the first byte of an item. */
const UNSIGNED = 0
const NEGATIVE = 1
const BYTES = 2
const TEXT = 3
const LIST = 4
const MAP = 5
const TAG = 6

const FALSE = 0xf4
const TRUE = 0xf5
const NULL = 0xf6
const FLOAT = 0xfb
const LINK_TAG = 42

/** The bytes that a new encoder has room for. */
const ROOM = 512
/** Up to this length, a loop writes a text faster than a call of the host's encoder. */
const SHORT_TEXT = 64

class Encoder {
  readonly #floatOf: (object: object) => number | undefined
  #bytes = new Uint8Array(ROOM)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  constructor(floatOf: (object: object) => number | undefined) {
    this.#floatOf = floatOf
  }

  encode(value: unknown): Uint8Array {
    this.#item(value, 0)
    return this.#bytes.slice(0, this.#at)
  }

  #item(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'boolean':
        return this.#byte(value ? TRUE : FALSE)
      case 'number':
        return this.#number(value)
      case 'bigint':
        return this.#bigint(value)
      case 'string':
        return this.#text(value)
      case 'object':
        return value === null ? this.#byte(NULL) : this.#object(value, depth)
      default:
        throw new Error(`dag-cbor has no ${typeof value}`)
    }
  }

  #object(value: object, depth: number): void {
    if (isBytes(value)) return this.#byteString(value)
    const float = this.#floatOf(value)
    if (float !== undefined) return this.#float(float)
    const cid = CID.asCID(value)
    if (cid !== null) {
      // `CID.asCID` recognises a CID by its fields `/` and `bytes`, which are the same. A map may have such fields, too.
      if (!isBytes(cid.bytes)) throw new Error('a map that would be written as a link')
      return this.#link(cid.bytes)
    }
    if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
    if (Array.isArray(value)) return this.#list(value, depth)
    if (!isPlainObject(value)) throw new Error('dag-cbor has plain objects only')
    this.#map(value, depth)
  }

  #list(items: readonly unknown[], depth: number): void {
    this.#head(LIST, items.length)
    for (const item of items) this.#item(item, depth + 1)
  }

  #map(map: object, depth: number): void {
    const entries = Object.entries(map).map(([key, item]) => ({ key, size: utf8Length(key), item: item as unknown }))
    entries.sort((a, b) => a.size - b.size || byBytes(a.key, b.key))
    this.#head(MAP, entries.length)
    for (const { key, item } of entries) {
      this.#text(key)
      this.#item(item, depth + 1)
    }
  }

  #number(value: number): void {
    if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
    if (Object.is(value, -0)) throw new Error('dag-cbor would lose the sign of -0')
    if (!Number.isInteger(value)) return this.#float(value)
    // Such a number would be written as a float, where a reader may expect an integer.
    if (!Number.isSafeInteger(value)) throw new Error('a number beyond 2^53 must be a bigint')
    if (value < 0) this.#head(NEGATIVE, -1 - value)
    else this.#head(UNSIGNED, value)
  }

  #bigint(value: bigint): void {
    const argument = value < 0n ? -1n - value : value
    if (BigInt.asUintN(64, argument) !== argument) throw new Error('dag-cbor has no integers beyond 64 bits')
    const major = value < 0n ? NEGATIVE : UNSIGNED
    if (argument <= Number.MAX_SAFE_INTEGER) return this.#head(major, Number(argument))
    const at = this.#take(9)
    this.#view.setUint8(at, (major << 5) | 27)
    this.#view.setBigUint64(at + 1, argument)
  }

  #float(value: number): void {
    const at = this.#take(9)
    this.#view.setUint8(at, FLOAT)
    this.#view.setFloat64(at + 1, value)
  }

  #byteString(bytes: Uint8Array): void {
    this.#head(BYTES, bytes.length)
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** A link is the tag of a byte string: zero, and the bytes of the CID. */
  #link(cid: Uint8Array): void {
    this.#head(TAG, LINK_TAG)
    this.#head(BYTES, cid.length + 1)
    const at = this.#take(cid.length + 1)
    this.#bytes[at] = 0
    this.#bytes.set(cid, at + 1)
  }

  #text(text: string): void {
    assertSize(this.#at + text.length)
    if (LONE_SURROGATE.test(text)) throw new Error('text with a lone surrogate has no UTF-8 form')
    const size = utf8Length(text)
    this.#head(TEXT, size)
    const at = this.#take(size)
    if (size > SHORT_TEXT || size > text.length) {
      new TextEncoder().encodeInto(text, this.#bytes.subarray(at, at + size))
    } else {
      for (let i = 0; i < size; i++) this.#bytes[at + i] = text.charCodeAt(i)
    }
  }

  #byte(byte: number): void {
    const at = this.#take(1)
    this.#bytes[at] = byte
  }

  /** Writes the shortest head of an item: its major type, and its argument from 0 to 2⁵³ − 1. */
  #head(major: number, argument: number): void {
    const type = major << 5
    if (argument < 24) return this.#byte(type | argument)
    const [info, size] =
      argument < 0x100 ? [24, 1] : argument < 0x1_0000 ? [25, 2] : argument < 2 ** 32 ? [26, 4] : [27, 8]
    const at = this.#take(1 + size)
    this.#view.setUint8(at, type | info)
    if (size === 1) this.#view.setUint8(at + 1, argument)
    else if (size === 2) this.#view.setUint16(at + 1, argument)
    else if (size === 4) this.#view.setUint32(at + 1, argument)
    else this.#view.setBigUint64(at + 1, BigInt(argument))
  }

  /** Makes room for some bytes, perhaps in a new buffer, and returns where they begin. Nothing beyond the bound is allocated. */
  #take(size: number): number {
    const at = this.#at
    const end = at + size
    assertSize(end)
    if (end > this.#bytes.length) {
      const bytes = new Uint8Array(Math.min(Math.max(2 * this.#bytes.length, end), MAX_DOCUMENT_BYTES))
      bytes.set(this.#bytes)
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer)
    }
    this.#at = end
    return at
  }
}
