/** Properties of descriptors, and closing and renumbering them. */
import { ALL_RIGHTS, FDFLAG, FILETYPE, FSTFLAG, RIGHT } from '../constants.ts'
import type { Descriptor } from '../descriptors.ts'
import type { GuestAccess } from '../guest-access.ts'
import type { Node } from '../nodes.ts'
import { refuse } from '../refusal.ts'
import type { WasiState } from '../state.ts'
import { encode } from '../text.ts'

/** The name of the preopened directory. */
const PREOPENED = /* @__PURE__ */ encode('/')

/** The rights of the preopened directory. */
const PREOPENED_RIGHTS =
  RIGHT.pathCreateDirectory |
  RIGHT.pathCreateFile |
  RIGHT.pathLinkSource |
  RIGHT.pathLinkTarget |
  RIGHT.pathOpen |
  RIGHT.fdReaddir |
  RIGHT.pathReadlink |
  RIGHT.pathRenameSource |
  RIGHT.pathRenameTarget |
  RIGHT.pathSymlink |
  RIGHT.pathRemoveDirectory |
  RIGHT.pathUnlinkFile |
  RIGHT.pathFilestatGet |
  RIGHT.pathFilestatSetTimes |
  RIGHT.fdFilestatGet |
  RIGHT.fdFilestatSetTimes

/** The rights that descriptors opened in it may have. */
const INHERITED_RIGHTS =
  PREOPENED_RIGHTS |
  RIGHT.fdDatasync |
  RIGHT.fdRead |
  RIGHT.fdSeek |
  RIGHT.fdFdstatSetFlags |
  RIGHT.fdSync |
  RIGHT.fdTell |
  RIGHT.fdWrite |
  RIGHT.fdAdvise |
  RIGHT.fdAllocate |
  RIGHT.fdFilestatSetSize |
  RIGHT.pollFdReadwrite

export function fdClose(_: GuestAccess, state: WasiState, fd: number): void {
  state.closed(state.descriptors.close(fd))
}

export function fdRenumber(_: GuestAccess, state: WasiState, from: number, to: number): void {
  const { descriptors } = state
  descriptors.get(to)
  descriptors.get(from)
  if (from === to) return
  state.closed(descriptors.close(to))
  descriptors.move(from, to)
}

export function fdFdstatGet(guest: GuestAccess, { descriptors }: WasiState, fd: number, result: number): void {
  const descriptor = descriptors.get(fd)
  const [base, inheriting] = rightsOf(descriptor)
  guest.writeU8(result, filetypeOf(descriptor))
  guest.writeU16(result + 2, flagsOf(descriptor))
  guest.writeU64(result + 8, base)
  guest.writeU64(result + 16, inheriting)
}

function rightsOf(descriptor: Descriptor): readonly [base: bigint, inheriting: bigint] {
  switch (descriptor.kind) {
    case 'input':
      return [RIGHT.fdRead, RIGHT.fdRead]
    case 'output':
      return [RIGHT.fdWrite, RIGHT.fdWrite]
    case 'directory': {
      if (descriptor.preopened) return [PREOPENED_RIGHTS, INHERITED_RIGHTS]
      const none = RIGHT.fdSeek | RIGHT.fdFilestatSetSize | RIGHT.pathFilestatSetSize | RIGHT.fdWrite
      return both(without(none | (descriptor.reads ? 0n : RIGHT.fdRead | RIGHT.fdReaddir)))
    }
    case 'file':
      return both(
        without((descriptor.reads ? 0n : RIGHT.fdRead | RIGHT.fdReaddir) | (descriptor.writes ? 0n : RIGHT.fdWrite)),
      )
  }
}

const without = (rights: bigint): bigint => ALL_RIGHTS & ~rights
const both = (rights: bigint): readonly [bigint, bigint] => [rights, rights]

function flagsOf(descriptor: Descriptor): number {
  if (descriptor.kind !== 'file') return 0
  return (descriptor.append ? FDFLAG.append : 0) | (descriptor.nonblock ? FDFLAG.nonblock : 0)
}

function filetypeOf(descriptor: Descriptor): number {
  return descriptor.kind === 'input' || descriptor.kind === 'output' ? FILETYPE.unknown : FILETYPE[descriptor.kind]
}

export function fdFdstatSetFlags(_: GuestAccess, { descriptors }: WasiState, fd: number, flags: number): void {
  const file = descriptors.file(fd)
  if ((flags & (FDFLAG.dsync | FDFLAG.rsync | FDFLAG.sync)) !== 0) refuse('inval')
  file.append = (flags & FDFLAG.append) !== 0
  file.nonblock = (flags & FDFLAG.nonblock) !== 0
}

export function fdFdstatSetRights(_: GuestAccess, { descriptors }: WasiState, fd: number): void {
  descriptors.node(fd)
  refuse('notsup')
}

export function fdFilestatGet(guest: GuestAccess, state: WasiState, fd: number, result: number): void {
  const descriptor = state.descriptors.get(fd)
  if (descriptor.kind === 'file' || descriptor.kind === 'directory')
    writeFilestat(guest, state, descriptor.node, result)
  else writeStat(guest, result, { device: 0, inode: 0, type: FILETYPE.unknown, links: 0, size: 0 })
}

/** Writes the attributes of a node. All times are 0. */
export function writeFilestat(guest: GuestAccess, state: WasiState, node: Node, result: number): void {
  const links = node.kind === 'directory' ? 1 : node.links
  const size = node.kind === 'directory' ? 0 : node.kind === 'file' ? node.content.size : node.size
  writeStat(guest, result, { device: 1, inode: state.inodeOf(node), type: FILETYPE[node.kind], links, size })
}

interface Stat {
  readonly device: number
  readonly inode: number
  readonly type: number
  readonly links: number
  readonly size: number
}

function writeStat(guest: GuestAccess, at: number, { device, inode, type, links, size }: Stat): void {
  guest.writeU64(at, device)
  guest.writeU64(at + 8, inode)
  guest.writeU8(at + 16, type)
  guest.writeU64(at + 24, links)
  guest.writeU64(at + 32, size)
  for (const time of [40, 48, 56]) guest.writeU64(at + time, 0)
}

export function fdFilestatSetTimes(
  _: GuestAccess,
  { descriptors }: WasiState,
  fd: number,
  _access: bigint,
  _modification: bigint,
  flags: number,
): void {
  checkTimes(flags)
  descriptors.node(fd)
}

/** Refuses with EINVAL if the flags ask for a given time and for the current time. */
export function checkTimes(flags: number): void {
  for (const both of [FSTFLAG.access | FSTFLAG.accessNow, FSTFLAG.modification | FSTFLAG.modificationNow])
    if ((flags & both) === both) refuse('inval')
}

export function fdPrestatGet(guest: GuestAccess, { descriptors }: WasiState, fd: number, result: number): void {
  const found = descriptors.get(fd)
  if (found.kind !== 'directory' || !found.preopened) refuse('badf')
  guest.writeU8(result, 0)
  guest.writeU32(result + 4, PREOPENED.length)
}

export function fdPrestatDirName(
  guest: GuestAccess,
  { descriptors }: WasiState,
  fd: number,
  path: number,
  length: number,
): void {
  const found = descriptors.get(fd)
  if (found.kind !== 'directory' || !found.preopened) refuse('notdir')
  if (PREOPENED.length > length >>> 0) refuse('nametoolong')
  guest.charge(PREOPENED.length)
  guest.range(path, PREOPENED.length).set(PREOPENED)
}
