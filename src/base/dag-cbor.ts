/**
 * Strict dag-cbor: one value, one sequence of bytes, in both directions.
 *
 * The decoder of `@ipld/dag-cbor` accepts what its encoder never writes (unsorted keys, long floats for integers,
 * `undefined`, invalid UTF-8), drops a byte order mark from the front of a text, and overflows the stack at about 4 000
 * nested lists. Therefore the reader is ours, and its value must encode to the bytes that it was read from. The encoder is
 * that of `@ipld/dag-cbor`; `assertDocument` refuses the values that it would change.
 *
 * Spec: https://ipld.io/specs/codecs/dag-cbor/spec/
 */
import { encode } from '@ipld/dag-cbor'
import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { assertDocument, assertSize } from './document.ts'
import { isBytes, plain } from './realms.ts'

export { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'

/** Multicodec of dag-cbor. */
export const DAG_CBOR = 0x71

/** Multihash code of sha2-256. */
export const SHA2_256 = 0x12

const LINK_TAG = 42

/**
 * The one encoding of a value of the IPLD data model: null, booleans, numbers, bigints, text, `Uint8Array`, CIDs, lists
 * and plain objects.
 *
 * Throws an `Error` for what would not come back as it was: other objects, `undefined`, NaN, infinities, −0, numbers
 * that are integers beyond ±2⁵³ (write them as bigints), text with a lone surrogate, and documents beyond the bounds.
 */
export function encodeStrict(value: unknown): Uint8Array {
  assertDocument(value)
  // On Node the encoder gives a part of a larger buffer.
  const bytes = new Uint8Array(encode(value))
  assertSize(bytes.length)
  return bytes
}

/**
 * The value that these bytes are the one encoding of. Integers within ±2⁵³ − 1 are numbers, others bigints.
 *
 * Throws an `Error` for anything else, in time and memory linear in at most `MAX_DOCUMENT_BYTES` bytes.
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
  if (!isBytes(block)) throw new Error('no bytes')
  const bytes = plain(block)
  assertSize(bytes.length)
  const cursor = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), float, at: 0 }
  const value = readItem(cursor, 0)
  if (cursor.at !== bytes.length) throw new Error(`bytes left over at ${cursor.at}`)
  if (!sameBytes(encode(value), bytes)) throw new Error('not in the canonical form of dag-cbor')
  return value
}

/** The name of a dag-cbor block: CIDv1, dag-cbor, sha2-256. */
export function linkOf(bytes: Uint8Array): CID {
  return CID.createV1(DAG_CBOR, createDigest(SHA2_256, sha256(bytes)))
}

/** True if two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  const words = a.length >> 2
  const [left, right] = [wordsOf(a, words), wordsOf(b, words)]
  for (let i = 0; i < words; i++) if (left[i] !== right[i]) return false
  for (let i = words << 2; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** The first bytes as words: four at once, for documents may have a megabyte of parameters. */
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

/** Reads leniently where the comparison with the re-encoded bytes decides anyway: order of keys, length of heads. */
function readItem(cursor: Cursor, depth: number): unknown {
  const start = cursor.at
  const initial = cursor.view.getUint8(take(cursor, 1))
  const major = initial >> 5
  if (major === 7) return readSimple(cursor, initial)
  const argument = readArgument(cursor, initial & 31)
  if (major === 0) return integer(argument)
  if (major === 1) return typeof argument === 'number' ? -1 - argument : integer(-1n - argument)
  if (major === 6) return readLink(cursor, argument)
  const size = sized(cursor, argument, start)
  if (major === 2) return readBytes(cursor, size)
  if (major === 3) return readText(cursor, size)
  if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
  if (major === 4) return readList(cursor, size, depth)
  return readMap(cursor, size, depth)
}

/** The argument of a head, which `info`, its low five bits, holds or announces. */
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
      throw new Error(`no such head at ${cursor.at - 1}`)
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
      throw new Error(`no value of dag-cbor at ${cursor.at - 1}`)
  }
}

/** The list grows with what is read: 64 lists in one another may each claim all the bytes that are left. */
function readList(cursor: Cursor, size: number, depth: number): unknown[] {
  const items: unknown[] = []
  for (let index = 0; index < size; index++) items.push(readItem(cursor, depth + 1))
  return items
}

function readMap(cursor: Cursor, size: number, depth: number): unknown {
  const entries: [string, unknown][] = []
  for (let index = 0; index < size; index++) {
    const key = readItem(cursor, depth + 1)
    if (typeof key !== 'string') throw new Error(`a key that is no text before ${cursor.at}`)
    entries.push([key, readItem(cursor, depth + 1)])
  }
  // Own properties whatever the key, `__proto__` included.
  return Object.fromEntries(entries)
}

function readLink(cursor: Cursor, tag: number | bigint): CID {
  if (tag !== LINK_TAG) throw new Error(`tag ${tag}, where dag-cbor has 42 only`)
  const start = cursor.at
  const initial = cursor.view.getUint8(take(cursor, 1))
  if (initial >> 5 !== 2) throw new Error(`a link that is no byte string at ${start}`)
  const bytes = readBytes(cursor, sized(cursor, readArgument(cursor, initial & 31), start))
  if (bytes[0] !== 0) throw new Error(`a link without its leading zero at ${start}`)
  const cid = CID.decode(bytes.subarray(1))
  // CID.decode keeps a multihash whose numbers are longer than need be.
  const digest = createDigest(cid.multihash.code, cid.multihash.digest)
  if (!sameBytes(digest.bytes, cid.multihash.bytes)) throw new Error(`a link in no canonical form at ${start}`)
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

/** Short text without anything but ASCII, which most keys and names are. */
function readAscii(bytes: Uint8Array, start: number, size: number): string | undefined {
  let text = ''
  for (let i = start; i < start + size; i++) {
    if (bytes[i]! > 0x7f) return undefined
    text += String.fromCharCode(bytes[i]!)
  }
  return text
}

/** A count of items or bytes. Each takes a byte at least, so that nothing is allocated for a size that cannot be. */
function sized(cursor: Cursor, argument: number | bigint, start: number): number {
  const left = cursor.bytes.length - cursor.at
  if (argument > left) throw new Error(`the item at ${start} is longer than the bytes`)
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
