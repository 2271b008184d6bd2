/** The blocks of a tree of files, which are loaded when a reader that cannot wait for a promise needs them. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { Recent } from '../base/recent.ts'
import { blockKey } from './cids.ts'
import { nodeOf } from './file-node.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** Loads a block whose hash has been checked, before it returns. Throws faults, such as those of `getBlock`. */
export type LoadBlock = (cid: CID) => Uint8Array

/**
 * The greatest number of bytes of blocks that are kept, 64 MiB. A reader that may load no more than that, as is the default of
 * executors, loads no block twice.
 */
export const KEPT_BYTES = 64 * 1024 * 1024

/** The greatest number of bytes of blocks whose nodes are kept. A node takes about ten times the memory of its block. */
const KEPT_NODE_BYTES = 4 * 1024 * 1024

/**
 * How many times `maxBytes` may be worked through: blocks that are loaded, or decoded, again because they were not kept any more.
 * Loading costs the guest no gas, so a guest that reads here and there must not be able to cause any amount of it.
 */
const MAX_REPEATS = 16

/** The work of visiting a shard, in bytes. */
const SHARD_BYTES = 64

/** A CID with its key, which is computed when it is needed. */
export class BlockRef {
  readonly cid: CID
  #key: string | undefined

  constructor(cid: CID) {
    this.cid = cid
  }

  /** The same for all CIDs of one block that read it in the same way. */
  get key(): string {
    return (this.#key ??= `${this.cid.code} ${blockKey(this.cid)}`)
  }
}

/** A decoded block, with room for what a reader has found out about it. */
export interface Decoded<Found = unknown> {
  readonly node: UnixFsNode
  readonly bytes: number
  found?: Found
}

/** Blocks that are loaded when they are needed and kept for a while, within the bounds of one task. */
export class TreeBlocks {
  readonly #load: LoadBlock
  readonly #maxBytes: number
  readonly #kept = new Recent<Uint8Array>(KEPT_BYTES)
  readonly #decoded = new Recent<Decoded>(KEPT_NODE_BYTES)
  /** Keys of the blocks that were read since `begin`. */
  #read = new Set<string>()
  #left: number
  #workLeft: number

  /** `maxBytes` bounds the blocks that are read. Each counts once. */
  constructor(load: LoadBlock, maxBytes: number) {
    this.#load = load
    this.#maxBytes = this.#left = maxBytes
    this.#workLeft = MAX_REPEATS * maxBytes
  }

  /** Begins another attempt at a run: blocks are counted anew, so that it does not matter what an earlier one has read. */
  begin(): void {
    this.#read = new Set()
    this.#left = this.#maxBytes
    this.#workLeft = MAX_REPEATS * this.#maxBytes
  }

  /** The bytes of a block. Throws the faults of loading it, and too-large beyond a bound. */
  bytes({ cid, key }: BlockRef): Uint8Array {
    let bytes = this.#kept.get(key)
    if (bytes === undefined) {
      bytes = this.#load(cid)
      if (this.#read.has(key)) this.#work(bytes.length)
      this.#kept.set(key, bytes, bytes.length)
    }
    this.#count(cid, key, bytes.length)
    return bytes
  }

  /** The node that a block is. `root` is the file or directory that it is part of. Throws bad-dag, and the faults of `bytes`. */
  node(ref: BlockRef, root: CID = ref.cid): Decoded {
    let decoded = this.#decoded.get(ref.key)
    if (decoded === undefined) {
      const again = this.#read.has(ref.key)
      const block = this.bytes(ref)
      if (again) this.#work(block.length)
      decoded = { node: nodeOf(root, ref.cid, block), bytes: block.length }
      this.#decoded.set(ref.key, decoded, block.length)
    }
    this.#count(ref.cid, ref.key, decoded.bytes)
    return decoded
  }

  /** The same for a shard, which may lie at very many places of a directory without any entry. */
  shard(ref: BlockRef, root: CID): UnixFsNode {
    this.#work(SHARD_BYTES)
    return this.node(ref, root).node
  }

  #count(cid: CID, key: string, bytes: number): void {
    if (this.#read.has(key)) return
    this.#read.add(key)
    this.#left -= bytes
    if (this.#left >= 0) return
    const maxBytes = this.#maxBytes
    const message = `the program reads more than ${maxBytes} bytes of its files, and no more are loaded (maxParamBytes)`
    throw new Fault('too-large', message, { cid, maxBytes })
  }

  #work(bytes: number): void {
    this.#workLeft -= bytes
    if (this.#workLeft >= 0) return
    const maxBytes = this.#maxBytes
    const message = `the program reads blocks of its files again and again: more than ${MAX_REPEATS} times the ${maxBytes} bytes that are loaded`
    throw new Fault('too-large', message, { maxBytes })
  }
}
