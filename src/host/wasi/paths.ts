/** Resolves paths (WASI-11, WASI-12). */
import { utf8Length } from '../../base/text.ts'
import { ITEM, type GuestAccess } from './guest-access.ts'
import type { DirectoryNode, Entry, Node } from './nodes.ts'
import { refuse } from './refusal.ts'
import { decode } from './text.ts'

/** The greatest length of a path and of a name, in bytes. */
export const MAX_PATH = 4095
const MAX_NAME = 255
/** The greatest number of symbolic links that are followed for one path. */
export const MAX_LINKS = 40

/** The position to which a path leads. */
export interface Place {
  /**
   * The directory that contains the last name of the path. If the path ends with `.` or `..`, the directory that it
   * names.
   */
  readonly directory: DirectoryNode
  /** The last name; undefined for a path that ends with `.` or `..`. */
  readonly name: string | undefined
  /** The entry of that name; undefined if there is none. */
  readonly entry: Entry | undefined
  /** True if the path ends with a slash, and so can only name a directory. */
  readonly slash: boolean
}

/**
 * Reads a path from the guest's memory, and charges for it. Refuses with ENAMETOOLONG if it is too long, and EILSEQ if
 * it is not UTF-8.
 */
export function readPath(guest: GuestAccess, pointer: number, length: number): string {
  guest.charge(length >>> 0)
  if (length >>> 0 > MAX_PATH) refuse('nametoolong')
  return decode(guest.range(pointer, length >>> 0)) ?? refuse('ilseq')
}

/**
 * Resolves a path from a directory, which it must not leave. Symbolic links are followed; one at the end of the path is
 * followed only if `follow` is true. If the path is to name a new file and ends with a slash, it is refused with
 * EISDIR.
 */
export function locate(guest: GuestAccess, base: DirectoryNode, path: string, follow: boolean, newFile = false): Place {
  if (path.includes('\0')) refuse('inval')
  if (path === '') refuse('noent')
  let links = 0
  let slash = false
  let directory = base
  /** Components that have not been resolved yet, the next one last. */
  const ahead: string[] = []
  const enter = (way: string): void => {
    if (way.startsWith('/')) refuse('perm')
    slash ||= ahead.length === 0 && way.endsWith('/')
    const known = ahead.length
    const parts = way.split('/')
    for (let i = parts.length - 1; i >= 0; i--) if (parts[i] !== '') ahead.push(parts[i]!)
    guest.charge(ITEM * (ahead.length - known))
  }
  enter(path)
  while (true) {
    const name = ahead.pop()
    if (name === undefined) return { directory, name: undefined, entry: undefined, slash }
    if (name === '.') continue
    if (name === '..') {
      if (directory === base) refuse('perm')
      directory = directory.parent
      continue
    }
    if (isLongName(name)) refuse('nametoolong')
    const entry = directory.get(name, guest)
    const isLast = ahead.length === 0
    if (isLast && slash && newFile) refuse('isdir')
    if (entry?.node.kind === 'link' && (!isLast || follow || slash)) {
      if (++links > MAX_LINKS) refuse('loop')
      guest.charge(entry.node.size)
      enter(entry.node.target)
    } else if (isLast) {
      return { directory, name, entry, slash }
    } else {
      directory = directoryOf(entry?.node)
    }
  }
}

/**
 * The node that a path names. Refuses with ENOENT if there is none, and with ENOTDIR if it is a file and the path ends
 * with a slash.
 */
export function find(guest: GuestAccess, base: DirectoryNode, path: string, follow: boolean): Node {
  const { directory, name, entry, slash } = locate(guest, base, path, follow)
  if (name === undefined) return directory
  return slash ? directoryOf(entry?.node) : (entry?.node ?? refuse('noent'))
}

/**
 * Resolves a path to the place where an entry is made, changed or removed. If the path ends with a slash, `.` or `..`,
 * it must name a directory. The place is then this directory, without a name.
 */
export function placeOf(guest: GuestAccess, base: DirectoryNode, path: string): Place {
  const place = locate(guest, base, path, false)
  if (!place.slash || place.name === undefined) return place
  return { ...place, directory: directoryOf(place.entry?.node), name: undefined, entry: undefined }
}

function directoryOf(node: Node | undefined): DirectoryNode {
  if (node === undefined) return refuse('noent')
  return node.kind === 'directory' ? node : refuse('notdir')
}

/**
 * Returns true if a name is too long. Its UTF-8 form has at least as many bytes as the text has code units, and at most
 * thrice as many.
 */
function isLongName(name: string): boolean {
  return name.length > MAX_NAME || (name.length * 3 > MAX_NAME && utf8Length(name) > MAX_NAME)
}
