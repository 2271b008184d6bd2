/** Loads and keeps the blocks of trees of files for synchronous readers, which cannot wait for a promise. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { Recent } from '../base/recent.ts'
import { blockKey } from './cids.ts'
import { nodeOf } from './file-node.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** Returns the bytes of a block, whose hash has been checked. Throws faults, such as those of `getBlock`. */
export type LoadBlock = (cid: CID) => Uint8Array

/**
 * The greatest number of bytes of blocks that are kept in memory, 64 MiB. It is also the default of `maxParamBytes`, so by default
 * no block is loaded twice.
 */
export const KEPT_BYTES = 64 * 1024 * 1024

/** The greatest number of bytes of blocks that are kept decoded. A decoded node takes about ten times the memory of its block. */
const KEPT_NODE_BYTES = 4 * 1024 * 1024

/**
 * The bound on repeated work, as a multiple of `maxBytes`. Work is repeated if a block is loaded or decoded again because it was no
 * longer kept. The guest pays no gas for that, so it needs a bound of its own.
 */
const MAX_REPEATS = 16

/** The work of one visit of a shard, counted in bytes. */
const SHARD_BYTES = 64

/** A CID with the key of its block. The key is computed when it is first used. */
export class BlockRef {
  readonly cid: CID
  #key: string | undefined

  constructor(cid: CID) {
    this.cid = cid
  }

  /** The key. CIDs of both versions have the same key; CIDs of different codecs have different keys. */
  get key(): string {
    return (this.#key ??= `${this.cid.code} ${blockKey(this.cid)}`)
  }
}

/** A decoded block. Its reader may put into `found` what it derives from the node. */
export interface Decoded<Found = unknown> {
  readonly node: UnixFsNode
  readonly bytes: number
  found?: Found
}

/** The blocks of one task's files. A block is loaded when it is first read, and kept as long as there is room. */
export class TreeBlocks {
  readonly #load: LoadBlock
  readonly #maxBytes: number
  readonly #kept = new Recent<Uint8Array>(KEPT_BYTES)
  readonly #decoded = new Recent<Decoded>(KEPT_NODE_BYTES)
  /** The keys of the blocks that were read since `begin`. */
  #read = new Set<string>()
  #left: number
  #workLeft: number

  /** `maxBytes` bounds the bytes of all blocks that are read. Each block counts once. */
  constructor(load: LoadBlock, maxBytes: number) {
    this.#load = load
    this.#maxBytes = this.#left = maxBytes
    this.#workLeft = MAX_REPEATS * maxBytes
  }

  /** Begins another attempt at a run. Its blocks are counted from zero, so that the blocks of an earlier attempt do not count. */
  begin(): void {
    this.#read = new Set()
    this.#left = this.#maxBytes
    this.#workLeft = MAX_REPEATS * this.#maxBytes
  }

  /** The bytes of a block. Throws Fault too-large beyond a bound, and the faults of loading the block. */
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

  /** The node in a block. `root` is the file or directory that it is part of. Throws Fault bad-dag, and those of `bytes`. */
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

  /** The node of a shard. Each visit counts as work: a few shards without entries, linked twice each, have very many paths. */
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
