/**
 * Strict dag-cbor: one value, one sequence of bytes, in both directions.
 *
 * The decoder of `@ipld/dag-cbor` accepts what its encoder never writes (unsorted keys, long floats for integers,
 * `undefined`, invalid UTF-8), drops a byte order mark from the front of a text, and overflows the stack at about 4 000
 * nested lists. Hence a bounded reader of our own, and the rule that what was read must encode to the bytes that it was
 * read from.
 *
 * Spec: https://ipld.io/specs/codecs/dag-cbor/spec/
 */
import { encode } from '@ipld/dag-cbor'
import { sha256 } from '@noble/hashes/sha2.js'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'

/** Multicodec of dag-cbor. */
export const DAG_CBOR = 0x71

/** Multihash code of sha2-256. */
export const SHA2_256 = 0x12

/** Most bytes that one document may have: what IPFS nodes exchange as one block. */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024

/** Deepest nesting of lists and maps in one document. */
export const MAX_DOCUMENT_DEPTH = 64

const LINK_TAG = 42
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * The one encoding of a value of the IPLD data model: null, booleans, numbers, bigints, text, `Uint8Array`, CIDs, lists
 * and plain objects.
 *
 * Throws an `Error` for what would not come back as it was: other objects, `undefined`, NaN, infinities, −0, numbers
 * that are integers beyond ±2⁵³ (write them as bigints), text with a lone surrogate, and documents beyond the bounds.
 */
export function encodeStrict(value: unknown): Uint8Array {
  assertEncodable(value, 0)
  // A copy, for on Node the encoder may answer with a slice of a pool that other buffers share.
  const bytes = new Uint8Array(encode(value))
  assertSize(bytes)
  return bytes
}

/**
 * The value that these bytes are the one encoding of. Integers within ±2⁵³ − 1 are numbers, others bigints.
 *
 * Throws an `Error` for anything else, in time and memory linear in at most `MAX_DOCUMENT_BYTES` bytes.
 */
export function decodeStrict(bytes: Uint8Array): unknown {
  assertSize(bytes)
  const cursor = { bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 }
  const value = readItem(cursor, 0)
  if (cursor.at !== bytes.length) throw new Error(`bytes left over at ${cursor.at}`)
  if (!sameBytes(encodeStrict(value), bytes)) throw new Error('not in the canonical form of dag-cbor')
  return value
}

/** The name of a dag-cbor block: CIDv1, dag-cbor, sha2-256. */
export function linkOf(bytes: Uint8Array): CID {
  return CID.createV1(DAG_CBOR, createDigest(SHA2_256, sha256(bytes)))
}

/** Whether two byte strings are the same. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index])
}

// ── Encoding ────────────────────────────────────────────────────────────────────────────────────────────────────────

function assertEncodable(value: unknown, depth: number): void {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return
  if (typeof value === 'number') return assertNumber(value)
  if (typeof value === 'string') return assertText(value)
  if (typeof value !== 'object') throw new Error(`dag-cbor has no ${typeof value}`)
  if (value instanceof Uint8Array || CID.asCID(value) !== null) return
  if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
  if (Array.isArray(value)) {
    for (const item of value) assertEncodable(item, depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new Error('dag-cbor has plain objects only')
  for (const [key, item] of Object.entries(value)) {
    assertText(key)
    assertEncodable(item, depth + 1)
  }
}

function assertNumber(value: number): void {
  if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
  if (Object.is(value, -0)) throw new Error('dag-cbor would lose the sign of -0')
  // dag-cbor would write such a number as a float, and a reader that asks for an integer would not find one.
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) throw new Error('a number beyond 2^53 must be a bigint')
}

function assertText(value: string): void {
  if (LONE_SURROGATE.test(value)) throw new Error('text with a lone surrogate has no UTF-8 form')
}

function assertSize(bytes: Uint8Array): void {
  if (bytes.length > MAX_DOCUMENT_BYTES) {
    throw new Error(`${bytes.length} bytes, more than the ${MAX_DOCUMENT_BYTES} that one document may have`)
  }
}

// ── Decoding ────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Cursor {
  readonly bytes: Uint8Array
  readonly view: DataView
  at: number
}

/** Reads leniently where the comparison with the re-encoded bytes decides anyway: order of keys, length of heads. */
function readItem(cursor: Cursor, depth: number): unknown {
  const start = cursor.at
  const initial = cursor.bytes[take(cursor, 1)]
  const major = initial >> 5
  if (major === 7) return readSimple(cursor, initial)
  const argument = readArgument(cursor, initial & 31)
  if (major === 0) return integer(argument)
  if (major === 1) return integer(-1n - argument)
  if (major === 6) return readLink(cursor, argument)
  const size = sized(cursor, argument, start)
  if (major === 2) return readBytes(cursor, size)
  if (major === 3) return readText(cursor, size)
  if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
  if (major === 4) return Array.from({ length: size }, () => readItem(cursor, depth + 1))
  return readMap(cursor, size, depth)
}

/** The argument of a head, which `info`, its low five bits, holds or announces. */
function readArgument(cursor: Cursor, info: number): bigint {
  if (info < 24) return BigInt(info)
  switch (info) {
    case 24: return BigInt(cursor.view.getUint8(take(cursor, 1)))
    case 25: return BigInt(cursor.view.getUint16(take(cursor, 2)))
    case 26: return BigInt(cursor.view.getUint32(take(cursor, 4)))
    case 27: return cursor.view.getBigUint64(take(cursor, 8))
    default: throw new Error(`no such head at ${cursor.at - 1}`)
  }
}

function readSimple(cursor: Cursor, initial: number): unknown {
  switch (initial) {
    case 0xf4: return false
    case 0xf5: return true
    case 0xf6: return null
    case 0xfb: return cursor.view.getFloat64(take(cursor, 8))
    default: throw new Error(`no value of dag-cbor at ${cursor.at - 1}`)
  }
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

function readLink(cursor: Cursor, tag: bigint): CID {
  if (tag !== BigInt(LINK_TAG)) throw new Error(`tag ${tag}, where dag-cbor has 42 only`)
  const start = cursor.at
  const initial = cursor.bytes[take(cursor, 1)]
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
  return Uint8Array.from(cursor.bytes.subarray(start, start + size))
}

function readText(cursor: Cursor, size: number): string {
  const start = take(cursor, size)
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(cursor.bytes.subarray(start, start + size))
}

/** A count of items or bytes. Each takes a byte at least, so that nothing is allocated for a size that cannot be. */
function sized(cursor: Cursor, argument: bigint, start: number): number {
  const left = cursor.bytes.length - cursor.at
  if (argument > BigInt(left)) throw new Error(`the item at ${start} is longer than the bytes`)
  return Number(argument)
}

function take(cursor: Cursor, size: number): number {
  const start = cursor.at
  if (size > cursor.bytes.length - start) throw new Error(`the bytes end at ${cursor.bytes.length}, within an item`)
  cursor.at = start + size
  return start
}

function integer(value: bigint): number | bigint {
  const small = Number(value)
  return Number.isSafeInteger(small) ? small : value
}
