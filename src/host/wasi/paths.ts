/** From a path to what it names (WASI-11, WASI-12). */
import { utf8Length } from '../../base/text.ts'
import { ITEM, type GuestAccess } from './guest-access.ts'
import type { DirectoryNode, Entry, Node } from './nodes.ts'
import { refuse } from './refusal.ts'
import { decode } from './text.ts'

/** Most bytes of a path and of a name. */
export const MAX_PATH = 4095
const MAX_NAME = 255
/** Most symbolic links that are followed for one path. */
export const MAX_LINKS = 40

/** Where a path leads. */
export interface Place {
  /** The directory that the last name of the path is in; what the path names itself if it does not end in a name. */
  readonly directory: DirectoryNode
  /** The last name; undefined for a path that ends with `.` or `..`. */
  readonly name: string | undefined
  /** What has that name. */
  readonly entry: Entry | undefined
  /** Whether the path can name a directory alone, since it ends with a slash. */
  readonly slash: boolean
}

/** The text in a range of the guest's memory, which is charged for. Refuses with ENAMETOOLONG and EILSEQ. */
export function readPath(guest: GuestAccess, pointer: number, length: number): string {
  guest.charge(length >>> 0)
  if (length >>> 0 > MAX_PATH) refuse('nametoolong')
  return decode(guest.range(pointer, length >>> 0)) ?? refuse('ilseq')
}

/**
 * Where a path leads from a directory, below which it stays. Symbolic links are followed, at its end only if told so. A path that
 * is to name a new file and ends with a slash is EISDIR.
 */
export function locate(guest: GuestAccess, base: DirectoryNode, path: string, follow: boolean, newFile = false): Place {
  if (path.includes('\0')) refuse('inval')
  if (path === '') refuse('noent')
  let links = 0
  let slash = false
  let directory = base
  /** Components that are still to be walked, the next one last. */
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

/** What a path names. Refuses with ENOENT where there is nothing, and with ENOTDIR a file whose path ends with a slash. */
export function find(guest: GuestAccess, base: DirectoryNode, path: string, follow: boolean): Node {
  const { directory, name, entry, slash } = locate(guest, base, path, follow)
  if (name === undefined) return directory
  return slash ? directoryOf(entry?.node) : (entry?.node ?? refuse('noent'))
}

/**
 * Where a path says that an entry is made, changed or removed. A path that ends with a slash, `.` or `..` says no name: what it
 * names must be a directory, and is the place's directory.
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

/** Whether a name has more bytes than a name may have. Units of UTF-16 are fewer than bytes. */
function isLongName(name: string): boolean {
  return name.length > MAX_NAME || (name.length * 3 > MAX_NAME && utf8Length(name) > MAX_NAME)
}
