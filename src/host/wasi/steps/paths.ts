/** Attributes of paths, and making, linking, moving and removing what they name. */
import { LOOKUP_FOLLOW } from '../constants.ts'
import type { GuestAccess } from '../guest-access.ts'
import { ITEM } from '../guest-access.ts'
import { DirectoryNode, ENTRY_SPACE, LinkNode, type Node } from '../nodes.ts'
import { find, placeOf, readPath, type Place } from '../paths.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'
import { encode } from '../text.ts'
import { checkTimes, writeFilestat } from './descriptors.ts'

export function pathFilestatGet(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  lookup: number,
  path: number,
  length: number,
  result: number,
): void {
  const { node } = state.descriptors.directory(fd)
  const text = readPath(guest, path, length)
  writeFilestat(guest, state, find(guest, node, text, (lookup & LOOKUP_FOLLOW) !== 0), result)
}

export function pathFilestatSetTimes(
  guest: GuestAccess,
  { descriptors }: WasiState,
  fd: number,
  lookup: number,
  path: number,
  length: number,
  _access: bigint,
  _modification: bigint,
  flags: number,
): void {
  checkTimes(flags)
  const { node } = descriptors.directory(fd)
  find(guest, node, readPath(guest, path, length), (lookup & LOOKUP_FOLLOW) !== 0)
}

export function pathReadlink(
  guest: GuestAccess,
  { descriptors }: WasiState,
  fd: number,
  path: number,
  length: number,
  buffer: number,
  size: number,
  result: number,
): void {
  const { node } = descriptors.directory(fd)
  const { name, entry } = placeOf(guest, node, readPath(guest, path, length))
  if (name !== undefined && entry === undefined) refuse('noent')
  if (entry?.node.kind !== 'link') return refuse('inval')
  const target = encode(entry.node.target).subarray(0, size >>> 0)
  guest.charge(target.length)
  guest.range(buffer, target.length).set(target)
  guest.writeU32(result, target.length)
}

// ── Making ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export function pathCreateDirectory(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  path: number,
  length: number,
): void {
  const { node } = state.descriptors.directory(fd)
  const place = placeOf(guest, node, withoutSlashes(readPath(guest, path, length)))
  add(guest, state, place, new DirectoryNode(place.directory))
}

export function pathSymlink(
  guest: GuestAccess,
  state: WasiState,
  target: number,
  targetLength: number,
  fd: number,
  path: number,
  length: number,
): void {
  const { node } = state.descriptors.directory(fd)
  const text = readPath(guest, target, targetLength)
  const way = readPath(guest, path, length)
  if (text.startsWith('/')) refuse('perm')
  const place = placeOf(guest, node, way)
  if (text.includes('\0')) refuse('inval')
  if (text === '') refuse('noent')
  add(guest, state, place, new LinkNode(text))
}

export function pathLink(
  guest: GuestAccess,
  state: WasiState,
  fromFd: number,
  lookup: number,
  from: number,
  fromLength: number,
  toFd: number,
  to: number,
  toLength: number,
): void {
  const { node: fromBase } = state.descriptors.directory(fromFd)
  const { node: toBase } = state.descriptors.directory(toFd)
  const source = readPath(guest, from, fromLength)
  const target = readPath(guest, to, toLength)
  if ((lookup & LOOKUP_FOLLOW) !== 0) refuse('inval')
  const old = placeOf(guest, fromBase, source)
  const place = placeOf(guest, toBase, target)
  const node = nodeAt(old)
  checkFree(place)
  if (node.kind === 'directory') refuse('perm')
  add(guest, state, place, node)
}

/** Adds an entry at a place, which must be free. */
function add(guest: GuestAccess, state: WasiState, place: Place, node: Node): void {
  const { directory, name } = checkFree(place)
  const space = ENTRY_SPACE + (node.kind === 'link' ? node.size : 0)
  if (!state.space.take(space)) refuse('nospc')
  directory.set(name, { node, space }, guest)
  if (node.kind !== 'directory') node.links++
}

/**
 * Returns a place where an entry can be made. Refuses with EEXIST if it is taken, and ENOENT if no file can be made
 * there.
 */
function checkFree({ directory, name, entry, slash }: Place): {
  readonly directory: DirectoryNode
  readonly name: string
} {
  if (name === undefined || entry !== undefined) return refuse('exist')
  if (slash || directory.removed) refuse('noent')
  return { directory, name }
}

/** The node at a place. Refuses with ENOENT if there is none. */
function nodeAt({ directory, name, entry }: Place): Node {
  return name === undefined ? directory : (entry?.node ?? refuse('noent'))
}

// ── Removing ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function pathUnlinkFile(guest: GuestAccess, state: WasiState, fd: number, path: number, length: number): void {
  const { node } = state.descriptors.directory(fd)
  const { directory, name, entry } = placeOf(guest, node, readPath(guest, path, length))
  if (name === undefined) return refuse('isdir')
  if (entry === undefined) return refuse('noent')
  if (entry.node.kind === 'directory') refuse('isdir')
  directory.delete(name, guest)
  state.release(entry)
}

export function pathRemoveDirectory(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  path: number,
  length: number,
): void {
  const { node } = state.descriptors.directory(fd)
  const { directory, name, entry } = placeOf(guest, node, readPath(guest, path, length))
  if (name === undefined) return refuse('inval')
  if (entry === undefined) return refuse('noent')
  if (entry.node.kind !== 'directory') return refuse('notdir')
  if (!entry.node.isEmpty(guest)) refuse('notempty')
  directory.delete(name, guest)
  state.release(entry)
}

// ── Moving ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export function pathRename(
  guest: GuestAccess,
  state: WasiState,
  fromFd: number,
  from: number,
  fromLength: number,
  toFd: number,
  to: number,
  toLength: number,
): void {
  const { node: fromBase } = state.descriptors.directory(fromFd)
  const { node: toBase } = state.descriptors.directory(toFd)
  const [source, target] = [readPath(guest, from, fromLength), readPath(guest, to, toLength)]
  const old = placeOf(guest, fromBase, withoutSlashes(source))
  const next = placeOf(guest, toBase, withoutSlashes(target))
  if (old.name === undefined || next.name === undefined) return refuse('busy')
  const entry = old.entry ?? refuse('noent')
  const { node } = entry
  if ((source.endsWith('/') || target.endsWith('/')) && node.kind !== 'directory') refuse('notdir')
  if (node.kind === 'directory' && isWithin(guest, next.directory, node)) refuse('inval')
  const replaced = next.entry
  if (replaced !== undefined && replaced.node !== node) checkReplaceable(guest, node, replaced.node, old.directory)
  if (next.directory.removed) refuse('noent')
  // If both names are of the same file, nothing is moved.
  if (replaced?.node === node) return
  old.directory.delete(old.name, guest)
  next.directory.set(next.name, entry, guest)
  if (node.kind === 'directory') node.parent = next.directory
  if (replaced !== undefined) state.release(replaced)
}

/** Refuses the call if a node must not replace another one. */
function checkReplaceable(guest: GuestAccess, node: Node, replaced: Node, oldDirectory: DirectoryNode): void {
  if (replaced.kind === 'directory') {
    // The node that is moved is below the directory that it would replace.
    if (isWithin(guest, oldDirectory, replaced)) refuse('notempty')
    if (node.kind !== 'directory') refuse('isdir')
    if (!replaced.isEmpty(guest)) refuse('notempty')
  } else if (node.kind === 'directory') {
    refuse('notdir')
  }
}

/** Returns true if a directory is `outer` or is below it. */
function isWithin(guest: GuestAccess, inner: DirectoryNode, outer: DirectoryNode): boolean {
  for (let at = inner; ; at = at.parent) {
    guest.charge(ITEM)
    if (at === outer) return true
    if (at === at.parent) return false
  }
}

function withoutSlashes(path: string): string {
  return path.replace(/(?<=.)\/+$/s, '')
}
