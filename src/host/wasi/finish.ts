/** Collects the output of a program and the files that it keeps (WASI-18). */
import { utf8Length } from '../../base/text.ts'
import type { HostCall } from '../host-call.ts'
import { GuestAccess, ITEM } from './guest-access.ts'
import type { InputEntry, InputNode } from './input.ts'
import type { DirectoryNode, Entry, Node } from './nodes.ts'
import { Refusal } from './refusal.ts'
import type { WasiState } from './state.ts'

/** The greatest number of levels of directories that are kept. */
export const MAX_KEPT_DEPTH = 255

/**
 * The greatest size of the names of a kept directory, in bytes, plus 64 for each name. It has to fit into a UnixFS
 * block of 2 MiB.
 */
export const MAX_KEPT_NAMES = 1024 * 1024

/**
 * The greatest size of all kept files that differ from the inputs, in bytes. A file counts once for each name that is
 * kept.
 */
export const MAX_KEPT_BYTES = 64 * 1024 * 1024

/** A file that is equal to its input, or a directory of the input that the program has not read. */
export interface KeptInput {
  readonly kind: 'input'
  readonly entry: InputEntry
}

export interface KeptFile {
  readonly kind: 'file'
  readonly size: number
  /** Reads a range, which must be in the file. */
  read(offset: number, length: number): Uint8Array
}

export interface KeptLink {
  readonly kind: 'link'
  readonly target: string
}

export interface KeptDirectory {
  readonly kind: 'directory'
  /** The entries that are kept, in the byte order of their names. */
  readonly entries: readonly (readonly [name: string, node: KeptNode])[]
}

export type KeptNode = KeptInput | KeptFile | KeptLink | KeptDirectory

/** The result of a program. */
export interface Finished {
  /** The exit code; 0 if `_start` returned. */
  readonly exit: number
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
  /** The root directory, with only the kept files in it; undefined if none of them exists. */
  readonly files: KeptNode | undefined
}

/**
 * The result of a program that has returned or exits. This must be called before the run ends, since it charges gas and
 * may trap. It calls `charge` with 64 units for each entry of a directory, before it lists the directory. It charges
 * one unit for each byte of a kept file that differs from its input. The contents of kept files can be read at any
 * later time.
 */
export function finish(call: HostCall, state: WasiState, exit: number, charge: (units: number) => void): Finished {
  const files = new Keeping(new GuestAccess(call, charge)).root(state.root, state.program.keep)
  return { exit, stdout: call.sink('stdout').bytes, stderr: call.sink('stderr').bytes, files }
}

/** Appends the output of a program to the logs, both streams in the order of writing. For a run that has trapped. */
export function logStreams(call: HostCall, state: WasiState): void {
  if (state.written !== undefined) call.sink('logs').append(state.written.bytes)
}

/** The names in a kept path, from the root on. */
type Path = readonly string[]

/** Collects the kept files, within the bounds of WASI-18. */
class Keeping {
  readonly #guest: GuestAccess
  #bytes = 0

  constructor(guest: GuestAccess) {
    this.#guest = guest
  }

  /** The root directory with the files at these paths; undefined if none of them exists. */
  root(root: DirectoryNode, keep: readonly string[]): KeptNode | undefined {
    const paths = keep.map(path => path.split('/').filter(name => name !== ''))
    try {
      return paths.length === 0 ? undefined : this.#part(root, paths, 0)
    } catch (error) {
      // There is no space for the entries of a directory (WASI-15), and no call that could be refused.
      if (error instanceof Refusal) this.#guest.call.trap('abi-violation')
      throw error
    }
  }

  /** A directory, `depth` levels below the root, with the files at these paths; undefined if none of them exists. */
  #part(directory: DirectoryNode, paths: readonly Path[], depth: number): KeptNode | undefined {
    if (paths.some(path => path.length === depth)) return this.#directory(directory, depth)
    const byName = new Map<string, Path[]>()
    for (const path of paths) {
      const within = byName.get(path[depth]!)
      if (within === undefined) byName.set(path[depth]!, [path])
      else within.push(path)
    }
    const entries: (readonly [string, KeptNode])[] = []
    for (const name of directory.list(this.#guest)) {
      const within = byName.get(name)
      if (within === undefined) continue
      const entry = directory.get(name, this.#guest)!
      const whole = within.some(path => path.length === depth + 1)
      if (whole) entries.push([name, this.#entry(entry, depth + 1)])
      else if (entry.node.kind === 'directory') {
        const part = this.#part(entry.node, within, depth + 1)
        if (part !== undefined) entries.push([name, part])
      }
    }
    return entries.length === 0 ? undefined : this.#made(entries, depth)
  }

  /** An entry that was not opened is kept by its CID, unless it may be a directory that is nested too deep. */
  #entry(entry: Entry, depth: number): KeptNode {
    const { unopened } = entry
    if (unopened?.link !== undefined && depth <= MAX_KEPT_DEPTH) return { kind: 'input', entry: unopened }
    return this.#node(entry.node, depth)
  }

  #node(node: Node, depth: number): KeptNode {
    if (node.kind === 'link') return { kind: 'link', target: node.target }
    if (node.kind === 'directory') return this.#directory(node, depth)
    const { content } = node
    const { unchanged } = content
    if (unchanged !== undefined) return given(unchanged)
    this.#bytes += content.size
    if (this.#bytes > MAX_KEPT_BYTES) this.#guest.call.trap('abi-violation')
    this.#guest.charge(content.size)
    const read = (offset: number, length: number): Uint8Array => {
      const bytes = new Uint8Array(length)
      content.read(offset, bytes)
      return bytes
    }
    return { kind: 'file', size: content.size, read }
  }

  /**
   * A whole directory. One of the input's that has no CID, because it only contains mounts, is listed as if the program
   * had made it.
   */
  #directory(directory: DirectoryNode, depth: number): KeptNode {
    this.#checkDepth(depth)
    const { untouched } = directory
    if (untouched?.link !== undefined) return given(untouched)
    const entries = directory
      .list(this.#guest)
      .map(name => [name, this.#entry(directory.get(name, this.#guest)!, depth + 1)] as const)
    return this.#made(entries, depth)
  }

  #made(entries: readonly (readonly [string, KeptNode])[], depth: number): KeptDirectory {
    this.#checkDepth(depth)
    const bytes = entries.reduce((sum, [name]) => sum + ITEM + utf8Length(name), 0)
    if (bytes > MAX_KEPT_NAMES) this.#guest.call.trap('abi-violation')
    return { kind: 'directory', entries }
  }

  #checkDepth(depth: number): void {
    if (depth > MAX_KEPT_DEPTH) this.#guest.call.trap('abi-violation')
  }
}

function given(node: InputNode): KeptInput {
  return { kind: 'input', entry: { link: node.link, open: () => node } }
}
