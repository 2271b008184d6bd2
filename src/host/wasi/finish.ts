/** What a program leaves (WASI-18). */
import { utf8Length } from '../../base/text.ts'
import type { HostCall } from '../host-call.ts'
import { GuestAccess, ITEM } from './guest-access.ts'
import type { InputNode } from './input.ts'
import type { DirectoryNode, Node } from './nodes.ts'
import type { WasiState } from './state.ts'

/** Most directories that are kept inside one another. */
export const MOST_KEPT_DEPTH = 255

/** Most bytes of a kept directory, which becomes one block: 64 for each entry, and those of its name. */
export const MOST_KEPT_DIRECTORY = 1024 * 1024

/** What is still as the task has it: a file that is equal to its input, or a directory that the program has not looked into. */
export interface KeptInput {
  readonly kind: 'input'
  readonly node: InputNode
}

export interface KeptFile {
  readonly kind: 'file'
  readonly size: number
  /** The bytes of a range that lies in it. */
  read(offset: number, length: number): Uint8Array
}

export interface KeptLink {
  readonly kind: 'link'
  readonly target: string
}

export interface KeptDirectory {
  readonly kind: 'directory'
  /** Its entries in the byte order of their names. Where only parts of a directory are kept, these. */
  readonly entries: readonly (readonly [name: string, node: KeptNode])[]
}

export type KeptNode = KeptInput | KeptFile | KeptLink | KeptDirectory

/** What a program has come to. */
export interface Finished {
  /** The code that it has exited with; 0 if `_start` has returned. */
  readonly exit: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The root with what is kept; undefined if nothing that is to be kept is there. */
  readonly files: KeptNode | undefined
}

/**
 * What a program has come to, once `_start` has returned or it exits. It has to be asked before the run is ended, since it may
 * trap and charges: `charge` is told of 64 units for each entry of a directory before it is listed. The contents of files are not
 * charged for here, and can be read at any time.
 */
export function finish(call: HostCall, state: WasiState, exit: number, charge: (units: number) => void): Finished {
  const guest = new GuestAccess(call, charge)
  const wanted = wantedOf(state.program.keep)
  const files = wanted === undefined ? undefined : keptPart(guest, state.root, wanted)
  return { exit, stdout: call.sink('stdout').bytes, stderr: call.sink('stderr').bytes, files }
}

/** Puts what a program has written to both streams into the logs, in the order of writing: for a run that has trapped. */
export function logStreams(call: HostCall, state: WasiState): void {
  if (state.written !== undefined) call.sink('logs').append(state.written.bytes)
}

/** Paths that are kept, as a tree of their names; `all` where a path ends. */
type Wanted = Map<string, Wanted> | 'all'

function wantedOf(paths: readonly string[]): Wanted | undefined {
  const root = new Map<string, Wanted>()
  for (const path of paths) {
    const names = path.split('/').filter(name => name !== '')
    const last = names.pop()
    if (last === undefined) return 'all'
    let at: Wanted = root
    for (const name of names) {
      if (at === 'all') break
      if (!at.has(name)) at.set(name, new Map())
      at = at.get(name)!
    }
    if (at !== 'all') at.set(last, 'all')
  }
  return root.size === 0 ? undefined : root
}

/** The part of a directory that is kept; undefined if nothing of it is there. */
function keptPart(guest: GuestAccess, directory: DirectoryNode, wanted: Wanted, depth = 0): KeptNode | undefined {
  if (wanted === 'all') return keptDirectory(guest, directory, depth)
  const entries: (readonly [string, KeptNode])[] = []
  for (const name of directory.list(guest)) {
    const within = wanted.get(name)
    if (within === undefined) continue
    const { node } = directory.get(name, guest)!
    const kept =
      within === 'all'
        ? keptNode(guest, node, depth + 1)
        : node.kind === 'directory' && keptPart(guest, node, within, depth + 1)
    if (kept) entries.push([name, kept])
  }
  return entries.length === 0 ? undefined : newDirectory(guest, entries)
}

function keptNode(guest: GuestAccess, node: Node, depth: number): KeptNode {
  if (node.kind === 'link') return { kind: 'link', target: node.target }
  if (node.kind === 'directory') return keptDirectory(guest, node, depth)
  const { content } = node
  if (content.unchanged !== undefined) return { kind: 'input', node: content.unchanged }
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    content.read(offset, bytes)
    return bytes
  }
  return { kind: 'file', size: content.size, read }
}

function keptDirectory(guest: GuestAccess, directory: DirectoryNode, depth: number): KeptNode {
  if (depth > MOST_KEPT_DEPTH) guest.call.trap('abi-violation')
  if (directory.untouched !== undefined) return { kind: 'input', node: directory.untouched }
  const entries = directory
    .list(guest)
    .map(name => [name, keptNode(guest, directory.get(name, guest)!.node, depth + 1)] as const)
  return newDirectory(guest, entries)
}

function newDirectory(guest: GuestAccess, entries: KeptDirectory['entries']): KeptDirectory {
  const bytes = entries.reduce((sum, [name]) => sum + ITEM + utf8Length(name), 0)
  if (bytes > MOST_KEPT_DIRECTORY) guest.call.trap('abi-violation')
  return { kind: 'directory', entries }
}
