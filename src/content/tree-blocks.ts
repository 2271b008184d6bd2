/** Loads the blocks of a tree of files on demand, for a reader that is synchronous, such as a guest. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { Recent } from '../base/recent.ts'
import { blockKey } from './cids.ts'
import { nodeOf } from './file-node.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/**
 * Loads a block synchronously. The hash of the returned bytes has been verified.
 *
 * @throws Fault as `getBlock` does: `block-missing`, `hash-mismatch`, `too-large` and others
 */
export type LoadBlock = (cid: CID) => Uint8Array

/**
 * The size of the cache of blocks in bytes: 64 MiB. Executors load at most as much by default, and then no block is
 * loaded twice.
 */
export const KEPT_BYTES = 64 * 1024 * 1024

/**
 * The size of the cache of decoded nodes, in bytes of their blocks. A node takes about ten times the memory of its
 * block.
 */
const KEPT_NODE_BYTES = 4 * 1024 * 1024

/**
 * Bounds repeated work: blocks that are loaded or decoded again, after the cache has dropped them, may have
 * `MAX_REPEATS` × `maxBytes` bytes together. Loading costs the guest no gas, so a guest with a random access pattern
 * could cause any amount of it.
 */
const MAX_REPEATS = 16

/** The amount of repeated work, in bytes, that one visit of a shard counts as. */
const SHARD_BYTES = 64

/** A CID, and its cache key, which is computed on demand. */
export class BlockRef {
  readonly cid: CID
  #key: string | undefined

  constructor(cid: CID) {
    this.cid = cid
  }

  /** The cache key: it is equal for two CIDs if and only if they have the same codec and the same block. */
  get key(): string {
    return (this.#key ??= `${this.cid.code} ${blockKey(this.cid)}`)
  }
}

/** A decoded block. In `found`, a reader can cache what it has computed from the node. */
export interface Decoded<Found = unknown> {
  readonly node: UnixFsNode
  readonly bytes: number
  found?: Found
}

/** Loads blocks on demand and caches them, within the bounds of one task. */
export class TreeBlocks {
  readonly #load: LoadBlock
  readonly #maxBytes: number
  readonly #kept = new Recent<Uint8Array>(KEPT_BYTES)
  readonly #decoded = new Recent<Decoded>(KEPT_NODE_BYTES)
  /** The keys of the blocks that have been read since `begin`. */
  #read = new Set<string>()
  #left: number
  #workLeft: number

  /** `maxBytes` bounds the bytes of all blocks that one attempt reads. Each block counts once. */
  constructor(load: LoadBlock, maxBytes: number) {
    this.#load = load
    this.#maxBytes = this.#left = maxBytes
    this.#workLeft = MAX_REPEATS * maxBytes
  }

  /**
   * Begins another attempt at the run. It resets the counts, so that they do not depend on the blocks of earlier
   * attempts.
   */
  begin(): void {
    this.#read = new Set()
    this.#left = this.#maxBytes
    this.#workLeft = MAX_REPEATS * this.#maxBytes
  }

  /**
   * Returns the bytes of a block.
   *
   * @throws Fault those of loading it; too-large beyond a bound
   */
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

  /**
   * Returns the UnixFS node in a block. `root` is the file or directory that contains the block, for messages.
   *
   * @throws Fault bad-dag if the block is malformed; those of `bytes`
   */
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

  /**
   * Returns the node of a shard, like `node`. Each visit counts as work: a directory can link to one shard from very
   * many places without containing any entry.
   */
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
