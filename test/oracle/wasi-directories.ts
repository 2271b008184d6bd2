/** Listing directories, opening paths, and making and removing directories. */
import { isWithin, pathAt, typeOf, type Call } from './wasi-call.ts'
import { READ, WRITE } from './wasi-descriptors.ts'
import { Directory, File, refuse } from './wasi-files.ts'
import { placeFor, resolve } from './wasi-paths.ts'

// ── Directories and paths ───────────────────────────────────────────────────────────────────────────────────────────

export function list(call: Call, fd: number, buffer: number, size: number, cookie: bigint, result: number): void {
  const { program, pay, memory, view } = call
  const directory = program.directoryAt(fd)
  const { node } = directory
  if (cookie === 0n || directory.listing === undefined) directory.listing = node.list(pay)
  const names = ['.', '..', ...directory.listing]
  let used = 0
  for (let i = cookie < names.length ? Number(cookie) : names.length; i < names.length && used < size; i++) {
    const found = i < 2 ? node : node.entries(pay).get(names[i]!)?.node
    pay(64)
    if (found === undefined) continue
    const name = Buffer.from(names[i]!)
    const head = new DataView(new ArrayBuffer(24))
    head.setBigUint64(0, BigInt(i + 1), true)
    head.setBigUint64(8, BigInt(program.inodeOf(found)), true)
    head.setUint32(16, name.length, true)
    head.setUint8(20, typeOf(found))
    const entry = [...new Uint8Array(head.buffer), ...name].slice(0, size - used)
    pay(entry.length)
    memory.set(entry, buffer + used)
    used += entry.length
  }
  view.setUint32(result, used, true)
}

export const CREATE = 1
export const DIRECTORY = 2
export const EXCLUSIVE = 4
export const TRUNCATE = 8

export function open(
  call: Call,
  [fd, pointer, length, oflags, fdflags]: readonly [number, number, number, number, number],
  rights: bigint,
): number {
  const { program, pay } = call
  const path = pathAt(call, pointer, length)
  if (program.at(fd).kind === 'file') refuse('notdir')
  const { node: base } = program.directoryAt(fd)
  if (!isWithin(fdflags, 5)) refuse('notsup')
  if ((oflags & DIRECTORY) !== 0 && oflags !== DIRECTORY) refuse('inval')
  const opened = program.free()
  const creates = (oflags & CREATE) !== 0
  const place = resolve(base, path, pay, creates)
  const reads = (rights & READ) !== 0n || (rights & WRITE) === 0n
  const writes = (rights & WRITE) !== 0n || (oflags & (CREATE | TRUNCATE)) !== 0
  const isExclusive = creates && (oflags & EXCLUSIVE) !== 0
  let node = place.name === undefined ? place.directory : place.node
  if (node === undefined) {
    if (!creates) refuse('noent')
    node = new File(program.space)
    place.directory.add(place.name!, node, pay)
  } else if (isExclusive) refuse('exist')
  else if (node.kind === 'directory') {
    if (writes) refuse('isdir')
  } else {
    if (place.slash || (oflags & DIRECTORY) !== 0) refuse('notdir')
    if ((oflags & TRUNCATE) !== 0) node.resize(0, pay)
  }
  if (node.kind === 'file') node.descriptors++
  program.descriptors[opened] =
    node.kind === 'file'
      ? { kind: 'file', node, reads, writes, position: 0n, flags: fdflags }
      : { kind: 'directory', node, isPreopened: false, reads, listing: undefined }
  return opened
}

export function makeDirectory(call: Call, fd: number, pointer: number, length: number): void {
  call.check(pointer, length)
  const { node: base } = call.program.directoryAt(fd)
  const path = pathAt(call, pointer, length)
  const place = placeFor(base, path.length > 1 ? path[0] + path.slice(1).replace(/\/+$/, '') : path, call.pay)
  if (place.name === undefined || place.node !== undefined) refuse('exist')
  place.directory.add(place.name!, new Directory(call.program.space, place.directory), call.pay)
}

export function removeDirectory(call: Call, fd: number, pointer: number, length: number): void {
  call.check(pointer, length)
  const { node: base } = call.program.directoryAt(fd)
  const { directory, name, node } = placeFor(base, pathAt(call, pointer, length), call.pay)
  if (name === undefined) refuse('inval')
  if (node === undefined) refuse('noent')
  if (node.kind !== 'directory') refuse('notdir')
  if (node.entries(call.pay).size > 0) refuse('notempty')
  directory.remove(name, call.pay)
}
