/** What the functions of WASI share during one attempt at a run. */
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
  /** Arguments in UTF-8, without their last NUL. */
  readonly args: readonly Uint8Array[]
  /** The environment as `NAME=value`, in byte order of the names. */
  readonly variables: readonly Uint8Array[]
  readonly root: DirectoryNode
  readonly descriptors: Descriptors
  readonly space: Space
  readonly stdin: Content
  /** Bytes of the standard input that were read. */
  stdinRead = 0
  /** What both streams have written, in the order of writing, as far as the logs have room. For streams that are values (WASI-9). */
  written: Sink | undefined
  readonly clock = new Clock()
  readonly randomness: Randomness
  /** A node that is gone is not kept for its number. */
  readonly #inodes = new WeakMap<Node, number>()
  #lastInode = 0

  /** `fileBytes` is the profile's limit on what its files take (WASI-15). */
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

  /** The number of a node: the next one where it is first asked for (WASI-14). */
  inodeOf(node: Node): number {
    let inode = this.#inodes.get(node)
    if (inode === undefined) {
      inode = ++this.#lastInode
      this.#inodes.set(node, inode)
    }
    return inode
  }

  /** Gives back what an entry took that is no more, and what its file took if nothing holds that any more. */
  release({ node, space }: Entry): void {
    this.space.take(-space)
    if (node.kind === 'directory') node.removed = true
    else node.links--
    if (node.kind === 'file') this.#releaseContent(node)
  }

  /** Ends the use of a descriptor that has been closed. */
  closed(descriptor: Descriptor): void {
    if (descriptor.kind !== 'file') return
    descriptor.node.open--
    this.#releaseContent(descriptor.node)
  }

  #releaseContent({ content, links, open }: { content: Content; links: number; open: number }): void {
    if (links === 0 && open === 0) this.space.take(-content.taken)
  }
}

/** Does what a function of WASI does. It refuses by throwing a `Refusal`, before it has changed anything. */
export type Step = (guest: GuestAccess, state: WasiState, ...params: never[]) => void
