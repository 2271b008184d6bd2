/** Opening paths. */
import { FDFLAG, LOOKUP_FOLLOW, OFLAG, RIGHT } from '../constants.ts'
import { Content } from '../content.ts'
import type { Descriptor } from '../descriptors.ts'
import type { GuestAccess } from '../guest-access.ts'
import { ENTRY_SPACE, FileNode, type DirectoryNode } from '../nodes.ts'
import { locate, readPath, type Place } from '../paths.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'

/** The flags with which a path is opened. */
interface Opening {
  readonly follow: boolean
  readonly create: boolean
  readonly exclusive: boolean
  readonly truncate: boolean
  readonly directory: boolean
  readonly reads: boolean
  readonly writes: boolean
  readonly append: boolean
  readonly nonblock: boolean
}

export function pathOpen(
  guest: GuestAccess,
  state: WasiState,
  fd: number,
  lookup: number,
  path: number,
  length: number,
  oflags: number,
  rights: bigint,
  _inheriting: bigint,
  fdflags: number,
  result: number,
): void {
  const text = readPath(guest, path, length)
  if (state.descriptors.get(fd).kind === 'file') refuse('notdir')
  const { node } = state.descriptors.directory(fd)
  if ((fdflags & (FDFLAG.dsync | FDFLAG.rsync | FDFLAG.sync)) !== 0) refuse('notsup')
  const opening = openingOf(lookup, oflags, rights, fdflags)
  if (opening.directory && (oflags & ~OFLAG.directory) !== 0) refuse('inval')
  state.descriptors.next()
  guest.writeU32(result, state.descriptors.add(open(guest, state, node, text, opening)))
}

function openingOf(lookup: number, oflags: number, rights: bigint, fdflags: number): Opening {
  const create = (oflags & OFLAG.create) !== 0
  const exclusive = create && (oflags & OFLAG.exclusive) !== 0
  const truncate = (oflags & OFLAG.truncate) !== 0
  return {
    follow: (lookup & LOOKUP_FOLLOW) !== 0 && !exclusive,
    create,
    exclusive,
    truncate,
    directory: (oflags & OFLAG.directory) !== 0,
    // Without the right to write, a file can be read.
    reads: (rights & RIGHT.fdRead) !== 0n || (rights & RIGHT.fdWrite) === 0n,
    writes: (rights & RIGHT.fdWrite) !== 0n || create || truncate,
    append: (fdflags & FDFLAG.append) !== 0,
    nonblock: (fdflags & FDFLAG.nonblock) !== 0,
  }
}

function open(guest: GuestAccess, state: WasiState, base: DirectoryNode, path: string, opening: Opening): Descriptor {
  const place = locate(guest, base, path, opening.follow, opening.create)
  if (place.name === undefined) return openDirectory(place.directory, opening)
  if (place.entry === undefined) {
    if (!opening.create) refuse('noent')
    return openFile(create(guest, state, place), opening)
  }
  const { node } = place.entry
  if (node.kind === 'directory') return openDirectory(node, opening)
  if (opening.exclusive) refuse('exist')
  if (node.kind === 'link') return refuse('loop')
  if (place.slash || opening.directory) refuse('notdir')
  if (opening.truncate) node.content.resize(0, state.space, guest)
  return openFile(node, opening)
}

function openDirectory(node: DirectoryNode, { exclusive, writes, reads }: Opening): Descriptor {
  if (exclusive) refuse('exist')
  if (writes) refuse('isdir')
  return { kind: 'directory', node, preopened: false, reads, listing: undefined }
}

function openFile(node: FileNode, { reads, writes, append, nonblock }: Opening): Descriptor {
  node.open++
  return { kind: 'file', node, reads, writes, position: 0n, append, nonblock }
}

function create(guest: GuestAccess, state: WasiState, { directory, name }: Place): FileNode {
  if (directory.removed) refuse('noent')
  if (!state.space.take(ENTRY_SPACE)) refuse('nospc')
  const node = new FileNode(new Content())
  node.links = 1
  directory.set(name!, { node, space: ENTRY_SPACE }, guest)
  return node
}
