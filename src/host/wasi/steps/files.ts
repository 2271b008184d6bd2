/** Reading and writing files and streams. */
import { WHENCE } from '../constants.ts'
import type { OpenFile } from '../descriptors.ts'
import { ITEM, type GuestAccess } from '../guest-access.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'
import { roomOf, writeStream } from '../streams.ts'

/** The greatest offset in a file. Offsets are signed 64-bit integers. */
const LAST_OFFSET = 2n ** 63n - 1n
const MAX_BYTES = 2 ** 32 - 1
/** The greatest number of buffers of one call. */
const MAX_BUFFERS = 1024

/** A list of buffers in the guest's memory, and their total length in bytes. */
interface Buffers {
  readonly list: readonly Uint8Array[]
  readonly length: number
}

/**
 * Reads `count` pairs of pointer and length. All are read before any byte is moved, since a buffer may overlap the
 * list.
 */
function buffersOf(guest: GuestAccess, pairs: number, count: number): Buffers {
  if (count >>> 0 > MAX_BUFFERS) refuse('inval')
  guest.charge(ITEM * count)
  const list: Uint8Array[] = []
  let length = 0
  for (let i = 0; i < count; i++) {
    const at = (pairs >>> 0) + 8 * i
    const [pointer, size] = [guest.readU32(at), guest.readU32(at + 4)]
    guest.check(pointer, size)
    if (size > 0) list.push(guest.range(pointer, size))
    length += size
  }
  return length > MAX_BYTES ? refuse('inval') : { list, length }
}

// ── Reading ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function fdRead(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  pairs: number,
  count: number,
  result: number,
): void {
  const buffers = buffersOf(guest, pairs, count)
  const found = state.descriptors.get(fd)
  if (found.kind === 'input') {
    const length = Math.min(buffers.length, state.stdin.size - state.stdinRead)
    guest.charge(length)
    readInto(buffers, length, (into, done) => state.stdin.read(state.stdinRead + done, into))
    state.stdinRead += length
    guest.writeU32(result, length)
  } else {
    const file = state.descriptors.file(fd)
    const length = readFile(guest, file, buffers, file.position)
    file.position += BigInt(length)
    guest.writeU32(result, length)
  }
}

export function fdPread(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  pairs: number,
  count: number,
  offset: bigint,
  result: number,
): void {
  const buffers = buffersOf(guest, pairs, count)
  if (state.descriptors.get(fd).kind === 'input') refuse('spipe')
  guest.writeU32(result, readFile(guest, state.descriptors.file(fd), buffers, BigInt.asUintN(64, offset)))
}

function readFile(guest: GuestAccess, { node, reads }: OpenFile, buffers: Buffers, from: bigint): number {
  if (from > LAST_OFFSET) refuse('inval')
  if (!reads) refuse('badf')
  if (from + BigInt(buffers.length) > LAST_OFFSET) refuse('inval')
  const { content } = node
  if (from >= content.size) return 0
  const offset = Number(from)
  const length = Math.min(buffers.length, content.size - offset)
  guest.charge(length)
  readInto(buffers, length, (into, done) => content.read(offset + done, into))
  return length
}

function readInto({ list }: Buffers, length: number, read: (into: Uint8Array, done: number) => void): void {
  let done = 0
  for (const buffer of list) {
    if (done === length) return
    const into = buffer.subarray(0, length - done)
    read(into, done)
    done += into.length
  }
}

// ── Writing ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function fdWrite(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  pairs: number,
  count: number,
  result: number,
): void {
  const buffers = buffersOf(guest, pairs, count)
  const found = state.descriptors.get(fd)
  if (found.kind === 'output') {
    const length = Math.min(buffers.length, roomOf(guest, state, found.name))
    if (length === 0 && buffers.length > 0) refuse('nospc')
    guest.charge(length)
    writeFrom(buffers, length, bytes => writeStream(guest, state, found.name, bytes))
    guest.writeU32(result, length)
  } else {
    const file = state.descriptors.file(fd)
    const from = file.append ? BigInt(file.node.content.size) : file.position
    const length = writeFile(guest, state, file, buffers, from)
    file.position = from + BigInt(length)
    guest.writeU32(result, length)
  }
}

export function fdPwrite(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  pairs: number,
  count: number,
  offset: bigint,
  result: number,
): void {
  const buffers = buffersOf(guest, pairs, count)
  if (state.descriptors.get(fd).kind === 'output') refuse('spipe')
  const file = state.descriptors.file(fd)
  const from = file.append ? BigInt(file.node.content.size) : BigInt.asUintN(64, offset)
  guest.writeU32(result, writeFile(guest, state, file, buffers, from))
}

function writeFile(
  guest: GuestAccess,
  { space }: WasiState,
  { node, writes }: OpenFile,
  buffers: Buffers,
  from: bigint,
): number {
  if (from > LAST_OFFSET) refuse('inval')
  if (!writes) refuse('badf')
  if (from + BigInt(buffers.length) > LAST_OFFSET) refuse('inval')
  if (buffers.length === 0) return 0
  // Writing there would need more space than is left, because the gap up to `from` counts.
  const { content } = node
  if (from >= BigInt(content.size) + BigInt(space.left)) refuse('nospc')
  guest.charge(buffers.length)
  const offset = Number(from)
  let done = 0
  for (const buffer of buffers.list) {
    const written = content.write(offset + done, buffer, space, guest)
    done += written
    if (written < buffer.length) break
  }
  return done === 0 ? refuse('nospc') : done
}

function writeFrom({ list }: Buffers, length: number, write: (bytes: Uint8Array) => void): void {
  let done = 0
  for (const buffer of list) {
    const bytes = buffer.subarray(0, length - done)
    write(bytes)
    done += bytes.length
  }
}

// ── Positions and sizes ────────────────────────────────────────────────────────────────────────────────────────────────

export function fdSeek(
  guest: GuestAccess,
  { descriptors }: WasiState,
  fd: number,
  delta: bigint,
  whence: number,
  result: number,
): void {
  const file = descriptors.seekable(fd)
  const base = whence === WHENCE.set ? 0n : whence === WHENCE.current ? file.position : BigInt(file.node.content.size)
  const position = base + delta
  if (position < 0n || position >= 2n ** 64n) refuse('inval')
  file.position = position
  guest.writeU64(result, position)
}

export function fdTell(guest: GuestAccess, { descriptors }: WasiState, fd: number, result: number): void {
  guest.writeU64(result, descriptors.seekable(fd).position)
}

export function fdFilestatSetSize(
  guest: GuestAccess,
  { descriptors, space }: WasiState,
  fd: number,
  size: bigint,
): void {
  const { node, writes } = descriptors.file(fd)
  if (!writes || size < 0n) refuse('inval')
  const fits = size <= BigInt(Number.MAX_SAFE_INTEGER) && node.content.resize(Number(size), space, guest)
  if (!fits) refuse('nospc')
}

// ── Calls without effect ────────────────────────────────────────────────────────────────────────────────────────────

export function fdAdvise(
  _: GuestAccess,
  { descriptors }: WasiState,
  fd: number,
  _offset: bigint,
  length: bigint,
): void {
  descriptors.file(fd)
  if (length < 0n) refuse('inval')
}

export function fdAllocate(_: GuestAccess, { descriptors }: WasiState, fd: number): void {
  descriptors.file(fd)
  refuse('notsup')
}

export function fdSync(_: GuestAccess, { descriptors }: WasiState, fd: number): void {
  descriptors.file(fd)
}
