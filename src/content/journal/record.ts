/**
 * The records of a journal file. Each record holds one block, except for the record that ends the journal:
 *
 *     magic, 4 bytes · state, 1 · length of the multihash, 1 · 0, 2 · length of the bytes, 4 · flushed, 4 ·
 *     checksum, 4 · multihash · bytes
 *
 * Numbers are little-endian. `flushed` is a length of the file: when the record was written, that many bytes were known
 * to be on the disk.
 *
 * The checksum is a CRC-32 over the record's offset and all fields after the state, except for the checksum itself. It
 * shows whether the record was written completely. Because of the offset, a copy of a record within the bytes of
 * another block is not taken for a record.
 *
 * The checksum does not prove that the bytes match the CID. `getBlock` checks that, as it does for all stores.
 *
 * The record that ends a journal has neither multihash nor bytes, and is the same at each offset.
 */
import { crc32 } from 'node:zlib'

/** The first bytes of a journal file. */
export const JOURNAL_LINE = new TextEncoder().encode('ipvm-wasm journal, version 1\n')

/** The size of a record without its multihash and its bytes. */
export const HEAD_BYTES = 20
/** The greatest size of a block in a journal: 64 KiB. A larger block is a file of its own. */
export const MAX_SMALL_BYTES = 64 * 1024
/** The greatest size of a multihash in a journal. All hash functions in use have shorter multihashes. */
export const MAX_HASH_BYTES = 128
/** The greatest size of a record. */
export const MAX_RECORD_BYTES = HEAD_BYTES + MAX_HASH_BYTES + MAX_SMALL_BYTES

const MAGIC = Uint8Array.of(0xb1, 0x0c, 0x6a, 0x0a)
const STATE = 4
const HASH_LENGTH = 5
const LENGTH = 8
const FLUSHED = 12
const CHECKSUM = 16

const LIVE = 1
const DELETED = 0

/** A record that was read from a journal. */
export interface Found {
  /** False if the block was deleted. */
  readonly live: boolean
  /** The multihash of the block. It is empty in the record that ends a journal. */
  readonly multihash: Uint8Array
  readonly bytes: Uint8Array
  readonly flushed: number
  /** The size of the whole record. */
  readonly size: number
}

/** Converts a multihash to a text, which can be the key of a map. */
export function keyOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

/** The size of the record of a block. */
export function sizeOf(multihash: Uint8Array, bytes: Uint8Array): number {
  return HEAD_BYTES + multihash.length + bytes.length
}

/** Writes a record into a buffer at the index `at`. `offset` is the offset of the record in the file. */
export function writeRecord(
  into: Uint8Array,
  at: number,
  offset: number,
  { multihash, bytes, flushed }: Pick<Found, 'multihash' | 'bytes' | 'flushed'>,
): void {
  into.set(MAGIC, at)
  into[at + STATE] = LIVE
  into[at + HASH_LENGTH] = multihash.length
  const view = new DataView(into.buffer, into.byteOffset + at)
  view.setUint32(LENGTH, bytes.length, true)
  view.setUint32(FLUSHED, flushed, true)
  into.set(multihash, at + HEAD_BYTES)
  into.set(bytes, at + HEAD_BYTES + multihash.length)
  view.setUint32(CHECKSUM, checksumOf(into.subarray(at, at + sizeOf(multihash, bytes)), offset), true)
}

/** Makes the record that ends a journal. Records after it are ignored. */
export function endRecord(): Uint8Array {
  const record = new Uint8Array(HEAD_BYTES)
  writeRecord(record, 0, 0, { multihash: new Uint8Array(0), bytes: new Uint8Array(0), flushed: 0 })
  return record
}

/**
 * The size of the record at the index `at`, as its head states it. It is 0 if there is no record, or if the head has
 * values that no writer uses.
 */
export function sizeAt(buffer: Uint8Array, at: number): number {
  if (buffer.length - at < HEAD_BYTES || !MAGIC.every((byte, i) => buffer[at + i] === byte)) return 0
  const hashLength = buffer[at + HASH_LENGTH]!
  const length = new DataView(buffer.buffer, buffer.byteOffset + at).getUint32(LENGTH, true)
  return hashLength <= MAX_HASH_BYTES && length <= MAX_SMALL_BYTES ? HEAD_BYTES + hashLength + length : 0
}

/**
 * Reads the record at the index `at`, whose offset in the file is `offset`. Returns undefined if there is no complete
 * record. The arrays of the result share the memory of the buffer.
 */
export function recordAt(buffer: Uint8Array, at: number, offset: number): Found | undefined {
  const size = sizeAt(buffer, at)
  if (size === 0 || buffer.length - at < size) return undefined
  const record = buffer.subarray(at, at + size)
  const view = new DataView(record.buffer, record.byteOffset)
  const hashLength = record[HASH_LENGTH]!
  if (view.getUint32(CHECKSUM, true) !== checksumOf(record, offset)) return undefined
  return {
    live: record[STATE] !== DELETED,
    multihash: record.subarray(HEAD_BYTES, HEAD_BYTES + hashLength),
    bytes: record.subarray(HEAD_BYTES + hashLength),
    flushed: view.getUint32(FLUSHED, true),
    size,
  }
}

/** The first index from `from` on at which a record may begin; -1 if there is none. */
export function nextRecord(buffer: Uint8Array, from: number): number {
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length).indexOf(MAGIC, from)
}

/** The byte that marks a record as deleted, and its index in the record. No other byte of a record ever changes. */
export const DELETION = { at: STATE, byte: Uint8Array.of(DELETED) } as const

function checksumOf(record: Uint8Array, offset: number): number {
  const head = crc32(record.subarray(HASH_LENGTH, CHECKSUM), record.length === HEAD_BYTES ? 0 : offset)
  return crc32(record.subarray(HEAD_BYTES), head)
}
