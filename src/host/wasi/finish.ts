/** What a program leaves (WASI-18). */
import type { HostCall } from '../host-call.ts'
import { GuestAccess } from './guest-access.ts'
import type { InputDirectory, InputFile } from './input.ts'
import type { DirectoryNode, FileNode, Node } from './nodes.ts'
import type { WasiState } from './state.ts'

/** A file that is kept. */
export interface KeptFile {
  readonly kind: 'file'
  readonly size: number
  /** The file of the task that it is still equal to. */
  readonly input: InputFile | undefined
  /** The bytes of a range that lies in it. */
  read(offset: number, length: number): Uint8Array
}

/** A symbolic link that is kept. */
export interface KeptLink {
  readonly kind: 'link'
  readonly target: string
}

export interface KeptDirectory {
  readonly kind: 'directory'
  /** The directory of the task that it is, if the program has not looked into it. */
  readonly input: InputDirectory | undefined
  /** Its entries in the byte order of their names. Of a directory that holds a kept path and is not kept itself, what is kept. */
  entries(): Iterable<readonly [name: string, node: KeptNode]>
}

export type KeptNode = KeptFile | KeptDirectory | KeptLink

/** What a program has come to. */
export interface Finished {
  /** The code that it has exited with; 0 if `_start` has returned. */
  readonly exit: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The root with what is kept; undefined if nothing that is to be kept is there. */
  readonly files: KeptDirectory | undefined
}

/**
 * What a program has come to, once it has ended well. Listing directories that the program has not seen charges for them, as
 * the program would pay. `entries` of the kept tree are to be walked before the run is over, since they charge as well.
 */
export function finish(call: HostCall, state: WasiState, exit: number): Finished {
  const guest = new GuestAccess(call)
  const wanted = wantedOf(state.program.keep)
  const files = wanted === undefined ? undefined : keptPart(guest, state.root, wanted)
  return { exit, stdout: call.sink('stdout').bytes, stderr: call.sink('stderr').bytes, files }
}

/** Puts what a program has written to both streams into the logs, in the order of writing: for a run that has trapped. */
export function logStreams(call: HostCall, state: WasiState): void {
  for (const bytes of state.written) call.sink('logs').append(bytes)
}

/** Paths that are kept, as a tree of their names; `all` where a path ends. */
type Wanted = Map<string, Wanted | 'all'> | 'all'

function wantedOf(paths: readonly string[]): Wanted | undefined {
  const root = new Map<string, Wanted | 'all'>()
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
function keptPart(guest: GuestAccess, directory: DirectoryNode, wanted: Wanted): KeptDirectory | undefined {
  if (wanted === 'all') return keptDirectory(guest, directory)
  const parts: (readonly [string, KeptNode])[] = []
  for (const [name, node] of directory.list(guest)) {
    const within = wanted.get(name)
    if (within === undefined) continue
    const kept = within === 'all' ? keptNode(guest, node) : node.kind === 'directory' && keptPart(guest, node, within)
    if (kept) parts.push([name, kept])
  }
  return parts.length === 0 ? undefined : { kind: 'directory', input: undefined, entries: () => parts }
}

function keptNode(guest: GuestAccess, node: Node): KeptNode {
  if (node.kind === 'link') return { kind: 'link', target: node.target }
  return node.kind === 'file' ? keptFile(node) : keptDirectory(guest, node)
}

function keptFile({ content }: FileNode): KeptFile {
  const read = (offset: number, length: number): Uint8Array => {
    const bytes = new Uint8Array(length)
    content.read(offset, bytes)
    return bytes
  }
  return { kind: 'file', size: content.size, input: content.unchanged, read }
}

function keptDirectory(guest: GuestAccess, directory: DirectoryNode): KeptDirectory {
  return {
    kind: 'directory',
    input: directory.untouched,
    *entries() {
      for (const [name, node] of directory.list(guest)) yield [name, keptNode(guest, node)]
    },
  }
}
