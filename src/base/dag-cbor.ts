/**
 * Strict dag-cbor: each value has exactly one encoding, and no other bytes decode to it.
 *
 * Encoder (`document.ts`) and decoder are our own. The decoder of `@ipld/dag-cbor` is lenient: it accepts unsorted keys, floats for
 * integers, `undefined` and invalid UTF-8, it drops a byte order mark at the beginning of a text, and its stack overflows at about
 * 4 000 nested lists. Its encoder changes some values, and is most of what a page would load to read a receipt. Our decoder encodes
 * the value that it has read, and compares the bytes with its input. The tests compare both with `@ipld/dag-cbor`.
 *
 * Spec: https://ipld.io/specs/codecs/dag-cbor/spec/
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { assertSize, encodeDocument } from './document.ts'
import { isBytes, plain } from './realms.ts'

export { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'

/** The multicodec code of dag-cbor. */
export const DAG_CBOR = 0x71

/** The multihash code of sha2-256. */
export const SHA2_256 = 0x12

const LINK_TAG = 42

/**
 * Encodes a value of the IPLD data model: null, a boolean, a number, a bigint, text, a `Uint8Array`, a CID, a list or a
 * plain object.
 *
 * These values have no encoding, since decoding would not restore them: other objects, `undefined`, NaN, infinities and
 * −0. The same holds for integers beyond ±2⁵³ that are not bigints, and for text with a lone surrogate.
 *
 * @throws Error for such a value, and for a document beyond the bounds
 */
export function encodeStrict(value: unknown): Uint8Array {
  return encodeDocument(value)
}

/**
 * Decodes a document. Integers from −(2⁵³ − 1) to 2⁵³ − 1 become numbers, all others bigints. Time and memory are
 * linear in the size of the block.
 *
 * @throws Error if the block has more than `MAX_DOCUMENT_BYTES` bytes, or is not what `encodeStrict` returns for the
 *   value
 */
export function decodeStrict(block: Uint8Array): unknown {
  return decodeBy(block, value => value, encodeStrict)
}

/** `decodeStrict` with floats in another form, which `float` makes and `encode` writes. */
export function decodeBy(
  block: Uint8Array,
  float: (value: number) => unknown,
  encode: (value: unknown) => Uint8Array,
): unknown {
  if (!isBytes(block)) throw new Error('it is not a Uint8Array')
  const bytes = plain(block)
  assertSize(bytes.length)
  const cursor = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), float, at: 0 }
  const value = readItem(cursor, 0)
  if (cursor.at !== bytes.length) throw new Error(`bytes follow the value at ${cursor.at}`)
  if (!sameBytes(encode(value), bytes)) throw new Error('not in the canonical form of dag-cbor')
  return value
}

/** The CID of a dag-cbor block: version 1, dag-cbor, sha2-256. */
export function linkOf(bytes: Uint8Array): CID {
  return CID.createV1(DAG_CBOR, createDigest(SHA2_256, sha256(bytes)))
}

/** Returns true if two byte strings are equal. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  const words = a.length >> 2
  const [left, right] = [wordsOf(a, words), wordsOf(b, words)]
  for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false
  for (let i = words << 2; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The first bytes as 32-bit words. Comparing words is faster, and a document may contain a megabyte of parameters. */
function wordsOf(bytes: Uint8Array, words: number): Uint32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Uint32Array(aligned.buffer, aligned.byteOffset, words)
}

// ── Decoding ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  /** Makes the value that a float is read as. */
  readonly float: (value: number) => unknown
  at: number
}

/**
 * Reads one data item. It does not check the order of keys or that heads are shortest: comparing with the re-encoded
 * bytes finds such errors.
 */
function readItem(cursor: Cursor, depth: number): unknown {
  const start = cursor.at
  const initial = cursor.view.getUint8(take(cursor, 1))
  const major = initial >> 5
  if (major === 7) return readSimple(cursor, initial)
  const argument = readArgument(cursor, initial & 31)
  if (major === 0) return integer(argument)
  if (major === 1) return typeof argument === 'number' ? -1 - argument : integer(-1n - argument)
  if (major === 6) return readLink(cursor, argument)
  const size = checkedSize(cursor, argument, start)
  if (major === 2) return readBytes(cursor, size)
  if (major === 3) return readText(cursor, size)
  if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
  if (major === 4) return readList(cursor, size, depth)
  return readMap(cursor, size, depth)
}

/**
 * The argument of a head. `info` is the low five bits of the first byte: the argument itself, or the size of the
 * argument.
 */
function readArgument(cursor: Cursor, info: number): number | bigint {
  if (info < 24) return info
  switch (info) {
    case 24:
      return cursor.view.getUint8(take(cursor, 1))
    case 25:
      return cursor.view.getUint16(take(cursor, 2))
    case 26:
      return cursor.view.getUint32(take(cursor, 4))
    case 27:
      return cursor.view.getBigUint64(take(cursor, 8))
    default:
      throw new Error(`an invalid head at ${cursor.at - 1}`)
  }
}

function readSimple(cursor: Cursor, initial: number): unknown {
  switch (initial) {
    case 0xf4:
      return false
    case 0xf5:
      return true
    case 0xf6:
      return null
    case 0xfb:
      return cursor.float(cursor.view.getFloat64(take(cursor, 8)))
    default:
      throw new Error(`a value that dag-cbor does not have at ${cursor.at - 1}`)
  }
}

/** Does not allocate the list in advance: each of 64 nested lists may claim as many items as bytes remain. */
function readList(cursor: Cursor, size: number, depth: number): unknown[] {
  const items: unknown[] = []
  for (let index = 0; index < size; index++) items.push(readItem(cursor, depth + 1))
  return items
}

function readMap(cursor: Cursor, size: number, depth: number): unknown {
  const entries: [string, unknown][] = []
  for (let index = 0; index < size; index++) {
    const key = readItem(cursor, depth + 1)
    if (typeof key !== 'string') throw new Error(`a key that is not text before ${cursor.at}`)
    entries.push([key, readItem(cursor, depth + 1)])
  }
  // This makes own properties of all keys, `__proto__` included.
  return Object.fromEntries(entries)
}

function readLink(cursor: Cursor, tag: number | bigint): CID {
  if (tag !== LINK_TAG) throw new Error(`tag ${tag}, where dag-cbor allows only 42`)
  const start = cursor.at
  const initial = cursor.view.getUint8(take(cursor, 1))
  if (initial >> 5 !== 2) throw new Error(`a link that is not a byte string at ${start}`)
  const bytes = readBytes(cursor, checkedSize(cursor, readArgument(cursor, initial & 31), start))
  if (bytes[0] !== 0) throw new Error(`a link without its leading zero at ${start}`)
  const cid = CID.decode(bytes.subarray(1))
  // CID.decode accepts a multihash whose varints are longer than necessary.
  const digest = createDigest(cid.multihash.code, cid.multihash.digest)
  if (!sameBytes(digest.bytes, cid.multihash.bytes)) throw new Error(`a link that is not in canonical form at ${start}`)
  return cid
}

function readBytes(cursor: Cursor, size: number): Uint8Array {
  const start = take(cursor, size)
  return new Uint8Array(cursor.bytes.subarray(start, start + size))
}

function readText(cursor: Cursor, size: number): string {
  const start = take(cursor, size)
  const ascii = size < 64 ? readAscii(cursor.bytes, start, size) : undefined
  return (
    ascii ??
    new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cursor.bytes.subarray(start, start + size))
  )
}

/** Reads text of ASCII characters, such as most keys. Returns undefined if there are other characters. */
function readAscii(bytes: Uint8Array, start: number, size: number): string | undefined {
  let text = ''
  for (let i = start; i < start + size; i++) {
    if (bytes[i]! > 0x7f) return undefined
    text += String.fromCharCode(bytes[i]!)
  }
  return text
}

/**
 * A number of items or bytes, checked before anything is allocated for them. Each item takes at least one byte, so
 * there cannot be more than the bytes that remain.
 */
function checkedSize(cursor: Cursor, argument: number | bigint, start: number): number {
  const left = cursor.bytes.length - cursor.at
  if (argument > left) throw new Error(`the item at ${start} is longer than the rest of the bytes`)
  return Number(argument)
}

function take(cursor: Cursor, size: number): number {
  const start = cursor.at
  if (size > cursor.bytes.length - start) throw new Error(`the bytes end at ${cursor.bytes.length}, within an item`)
  cursor.at = start + size
  return start
}

function integer(value: number | bigint): number | bigint {
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}
