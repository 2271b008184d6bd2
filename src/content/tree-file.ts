/** A file of a tree. Only the blocks that a program reads are loaded (docs/spec/wasi.md, WASI-27 and WASI-28). */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import { badDag } from './bad-dag.ts'
import { codecName, DAG_PB, RAW } from './cids.ts'
import { fileNodeOf, type FileNode } from './file-node.ts'
import { BlockRef, type Decoded, type TreeBlocks } from './tree-blocks.ts'
import { MAX_DEPTH, MAX_FILE_BLOCKS } from './unixfs.ts'

/** The layout of a node's content: first the bytes in the node, and then those of its parts. */
interface Layout {
  readonly data: Uint8Array
  readonly parts: readonly BlockRef[]
  /** For each part, the offset of its end in the node's content. */
  readonly ends: readonly number[]
  readonly size: number
  /** The number of levels below the node that were read to determine the sizes of its parts. */
  readonly height: number
}

export class TreeFile {
  readonly kind = 'file'
  readonly #blocks: TreeBlocks
  readonly #root: BlockRef

  constructor(blocks: TreeBlocks, root: BlockRef) {
    this.#blocks = blocks
    this.#root = root
  }

  get link(): Link {
    return { '/': this.#root.cid.toString() }
  }

  /**
   * The size of the file's content in bytes, below 2⁵³. In most cases the root declares it. If the root is a raw block,
   * or does not declare the sizes of its parts, the blocks are read to determine it.
   *
   * @throws Fault bad-dag, too-large, and those of loading a block
   */
  get size(): number {
    const root = this.#root
    if (root.cid.code === RAW) return this.#blocks.bytes(root).length
    return this.#layoutOf(root, 0, { left: MAX_FILE_BLOCKS }).size
  }

  /**
   * Fills `into` with the bytes from `offset` on. The caller ensures that the range lies in the file.
   *
   * @throws Fault as `size` does
   */
  read(offset: number, into: Uint8Array): void {
    this.#copy(this.#root, 0, undefined, offset, into)
  }

  #copy(ref: BlockRef, depth: number, expected: number | undefined, offset: number, into: Uint8Array): void {
    this.#requirePart(ref.cid, depth)
    if (ref.cid.code === RAW) {
      const block = this.#blocks.bytes(ref)
      this.#requireSize(ref.cid, block.length, expected)
      return into.set(block.subarray(offset, offset + into.length))
    }
    const { data, parts, ends, size } = this.#layoutOf(ref, depth, { left: MAX_FILE_BLOCKS })
    this.#requireSize(ref.cid, size, expected)
    const own = data.subarray(offset, offset + into.length)
    into.set(own)
    for (let i = firstAfter(ends, offset + own.length), done = own.length; done < into.length; i++) {
      const start = i === 0 ? data.length : ends[i - 1]!
      const from = offset + done - start
      const length = Math.min(ends[i]! - start - from, into.length - done)
      if (length > 0) this.#copy(parts[i]!, depth + 1, ends[i]! - start, from, into.subarray(done, done + length))
      done += length
    }
  }

  /**
   * Returns the layout of a node. If the node does not declare the sizes of its parts, the parts are read. `budget`
   * bounds their number.
   */
  #layoutOf(ref: BlockRef, depth: number, budget: { left: number }): Layout {
    const decoded = this.#blocks.node(ref, this.#root.cid) as Decoded<Layout>
    const layout = (decoded.found ??= this.#newLayout(ref.cid, decoded, depth, budget))
    if (depth + layout.height > MAX_DEPTH) throw this.#tooDeep(ref.cid)
    return layout
  }

  #newLayout(cid: CID, { node }: Decoded, depth: number, budget: { left: number }): Layout {
    const file = fileNodeOf(this.#root.cid, cid, node)
    const { data, links, declared, blockSizes } = file
    if (declared !== undefined && declared > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#tooLong(declared)
    const parts = links.map(link => new BlockRef(link.cid))
    const learns = blockSizes.length < links.length
    const { sizes, height } = learns
      ? this.#learn(parts, depth + 1, budget)
      : { sizes: blockSizes.map(Number), height: 0 }
    let size = data.length
    const ends = sizes.map(length => (size += length))
    if (size > Number.MAX_SAFE_INTEGER) throw this.#tooLong(size)
    if (learns) this.#requireDeclared(cid, size, file)
    return { data, parts, ends, size, height }
  }

  /**
   * Determines the sizes of parts that their node does not declare. `height` is the number of levels that were read.
   */
  #learn(parts: readonly BlockRef[], depth: number, budget: { left: number }): { sizes: number[]; height: number } {
    let height = 0
    const sizes = parts.map(part => {
      if (--budget.left < 0) {
        const what = `has more than ${MAX_FILE_BLOCKS} blocks whose sizes are not declared`
        throw new Fault('too-large', `file ${this.#root.cid} ${what}`, { cid: this.#root.cid })
      }
      this.#requirePart(part.cid, depth)
      if (part.cid.code === RAW) return this.#blocks.bytes(part).length
      const layout = this.#layoutOf(part, depth, budget)
      height = Math.max(height, layout.height)
      return layout.size
    })
    return { sizes, height: height + 1 }
  }

  #requirePart(cid: CID, depth: number): void {
    if (depth > MAX_DEPTH) throw this.#tooDeep(cid)
    if (cid.code !== RAW && cid.code !== DAG_PB)
      throw badDag(cid, `is ${codecName(cid.code)}, no part of a file`, this.#root.cid)
  }

  #requireSize(cid: CID, size: number, expected: number | undefined): void {
    if (expected === undefined || size === expected) return
    const what = `has ${size} bytes of content where the node above declares ${expected}`
    throw badDag(cid, what, this.#root.cid)
  }

  #requireDeclared(cid: CID, size: number, { declared }: FileNode): void {
    if (declared === undefined || BigInt(size) === declared) return
    throw badDag(cid, `declares ${declared} bytes of content, and has ${size}`, this.#root.cid)
  }

  #tooDeep(cid: CID): Fault {
    return badDag(cid, `is nested deeper than ${MAX_DEPTH} levels`, this.#root.cid)
  }

  #tooLong(size: bigint | number): Fault {
    const { cid } = this.#root
    return new Fault('too-large', `file ${cid} declares ${size} bytes, which no run can hold`, { cid })
  }
}

/** Returns the index of the first part that ends after a position. It is a binary search. */
function firstAfter(ends: readonly number[], position: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! > position) high = middle
    else low = middle + 1
  }
  return low
}
