/** What a program leaves (WASI-18). */
import { utf8Length } from '../../base/text.ts'
import type { HostCall } from '../host-call.ts'
import { GuestAccess, ITEM } from './guest-access.ts'
import type { InputNode } from './input.ts'
import type { DirectoryNode, Node } from './nodes.ts'
import { Refusal } from './refusal.ts'
import type { WasiState } from './state.ts'

/** Most directories that are kept inside one another. */
export const MAX_KEPT_DEPTH = 255

/** Most bytes that the names of a kept directory take, with 64 more for each: as a block of UnixFS it has to fit into 2 MiB. */
export const MAX_KEPT_NAMES = 1024 * 1024

/** Most bytes of all kept files that are not as the task has them. A file counts once for each name under which it is kept. */
export const MAX_KEPT_BYTES = 64 * 1024 * 1024

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
 * trap and charges: `charge` is told of 64 units for each entry of a directory before it is listed, and of one unit for each byte of
 * a kept file that is not as the task has it. The contents can be read at any time.
 */
export function finish(call: HostCall, state: WasiState, exit: number, charge: (units: number) => void): Finished {
  const files = new Keeping(new GuestAccess(call, charge)).root(state.root, state.program.keep)
  return { exit, stdout: call.sink('stdout').bytes, stderr: call.sink('stderr').bytes, files }
}

/** Puts what a program has written to both streams into the logs, in the order of writing: for a run that has trapped. */
export function logStreams(call: HostCall, state: WasiState): void {
  if (state.written !== undefined) call.sink('logs').append(state.written.bytes)
}

/** The names of a path that is kept, from the root on. */
type Path = readonly string[]

/** Collects what is kept, within the bounds of WASI-18. */
class Keeping {
  readonly #guest: GuestAccess
  #bytes = 0

  constructor(guest: GuestAccess) {
    this.#guest = guest
  }

  /** The root with what lies at these paths; undefined if nothing does. */
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

  /** The part of a directory in which these paths lie; undefined if nothing of it is there. It is `depth` directories below the root. */
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
      const { node } = directory.get(name, this.#guest)!
      const whole = within.some(path => path.length === depth + 1)
      if (whole) entries.push([name, this.#node(node, depth + 1)])
      else if (node.kind === 'directory') {
        const part = this.#part(node, within, depth + 1)
        if (part !== undefined) entries.push([name, part])
      }
    }
    return entries.length === 0 ? undefined : this.#made(entries, depth)
  }

  #node(node: Node, depth: number): KeptNode {
    if (node.kind === 'link') return { kind: 'link', target: node.target }
    if (node.kind === 'directory') return this.#directory(node, depth)
    const { content } = node
    if (content.unchanged !== undefined) return { kind: 'input', node: content.unchanged }
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

  /** A directory without a CID, which lies on the way to one of the task's, is listed as one that the program has made. */
  #directory(directory: DirectoryNode, depth: number): KeptNode {
    this.#checkDepth(depth)
    const { untouched } = directory
    if (untouched?.link !== undefined) return { kind: 'input', node: untouched }
    const entries = directory
      .list(this.#guest)
      .map(name => [name, this.#node(directory.get(name, this.#guest)!.node, depth + 1)] as const)
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
