/** The state that the functions of WASI share during one attempt at a run. */
import { byBytes } from '../../base/text.ts'
import { Clock } from './clock.ts'
import { Content } from './content.ts'
import { Descriptors, type Descriptor } from './descriptors.ts'
import type { Sink } from '../host-call.ts'
import type { GuestAccess } from './guest-access.ts'
import type { Program } from './input.ts'
import { DirectoryNode, type Entry, type Node } from './nodes.ts'
import { Randomness } from './randomness.ts'
import { Space } from './space.ts'
import { encode } from './text.ts'

export class WasiState {
  readonly program: Program<WasiState>
  /** The arguments in UTF-8, without terminating NULs. */
  readonly args: readonly Uint8Array[]
  /** The environment variables as `NAME=value`, in byte order of the names. */
  readonly variables: readonly Uint8Array[]
  readonly root: DirectoryNode
  readonly descriptors: Descriptors
  readonly space: Space
  readonly stdin: Content
  /** The number of bytes of the standard input that have been read. */
  stdinRead = 0
  /**
   * The output of both streams in the order of writing, as far as the logs have room. For streams that are values
   * (WASI-9).
   */
  written: Sink | undefined
  readonly clock = new Clock()
  readonly randomness: Randomness
  /** The inode numbers. A weak map, so that they do not keep removed nodes in memory. */
  readonly #inodes = new WeakMap<Node, number>()
  #lastInode = 0

  /** `fileBytes` is the profile's limit on the space for files (WASI-15). */
  constructor(program: Program<WasiState>, fileBytes: number) {
    this.program = program
    this.args = program.args.map(encode)
    this.variables = [...program.variables]
      .sort(([a], [b]) => byBytes(a, b))
      .map(([name, value]) => encode(`${name}=${value}`))
    this.root = new DirectoryNode(new Space(fileBytes), program.root)
    this.stdin = new Content(program.stdin)
    this.space = new Space(fileBytes)
    this.randomness = new Randomness(program.seed)
    this.descriptors = new Descriptors([
      { kind: 'input' },
      { kind: 'output', name: 'stdout' },
      { kind: 'output', name: 'stderr' },
      { kind: 'directory', node: this.root, preopened: true, reads: true, listing: undefined },
    ])
  }

  /** The inode number of a node. Numbers are given in the order in which they are first asked for (WASI-14). */
  inodeOf(node: Node): number {
    let inode = this.#inodes.get(node)
    if (inode === undefined) {
      inode = ++this.#lastInode
      this.#inodes.set(node, inode)
    }
    return inode
  }

  /**
   * Gives back the space of an entry that was removed, and that of its file if it has no other entry and no open
   * descriptor.
   */
  release({ node, space }: Entry): void {
    this.space.take(-space)
    if (node.kind === 'directory') node.removed = true
    else node.links--
    if (node.kind === 'file') this.#releaseContent(node)
  }

  /** Updates a file after one of its descriptors was closed. */
  closed(descriptor: Descriptor): void {
    if (descriptor.kind !== 'file') return
    descriptor.node.open--
    this.#releaseContent(descriptor.node)
  }

  #releaseContent({ content, links, open }: { content: Content; links: number; open: number }): void {
    if (links === 0 && open === 0) this.space.take(-content.taken)
  }
}

/** The implementation of a WASI function. To refuse the call, it throws a `Refusal` before it changes anything. */
export type Step = (guest: GuestAccess, state: WasiState, ...params: never[]) => void
