/** Loads and keeps the blocks of trees of files. Its callers are synchronous, so they cannot wait for a promise. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { Recent } from '../base/recent.ts'
import { blockKey } from './cids.ts'
import { nodeOf } from './file-node.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** Returns the bytes of a block and checks their hash. Throws faults, such as those of `getBlock`. */
export type LoadBlock = (cid: CID) => Uint8Array

/**
 * The greatest number of bytes of blocks that are kept in memory, 64 MiB. It is also the default of `maxParamBytes`, so
 * by default no block is loaded twice.
 */
export const KEPT_BYTES = 64 * 1024 * 1024

/**
 * The greatest number of bytes of blocks that are kept decoded. A decoded node takes about ten times the memory of its
 * block.
 */
const KEPT_NODE_BYTES = 4 * 1024 * 1024

/**
 * The bound on repeated work, as a multiple of `maxBytes`. Work is repeated if a block is loaded or decoded again
 * because it was no longer kept. The guest pays no gas for repeated work, so this needs a bound of its own.
 */
const MAX_REPEATS = 16

/** The number of bytes that one visit of a shard counts as. */
const SHARD_BYTES = 64

/** A CID with the key of its block. The key is computed when it is first used. */
export class BlockRef {
  readonly cid: CID
  #key: string | undefined

  constructor(cid: CID) {
    this.cid = cid
  }

  /**
   * The key of the block. The two versions of a CID have the same key; CIDs with different codecs have different keys.
   */
  get key(): string {
    return (this.#key ??= `${this.cid.code} ${blockKey(this.cid)}`)
  }
}

/** A decoded block. Its reader may store in `found` a value that it has derived from the node. */
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

  /**
   * Begins another attempt at a run. The counts start from zero, so blocks that an earlier attempt has read do not
   * count.
   */
  begin(): void {
    this.#read = new Set()
    this.#left = this.#maxBytes
    this.#workLeft = MAX_REPEATS * this.#maxBytes
  }

  /**
   * Returns the bytes of a block.
   *
   * @throws Fault too-large if the blocks exceed a bound, and the faults of loading the block
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
   * Returns the node in a block. `root` is the CID of the file or directory that the block belongs to.
   *
   * @throws Fault bad-dag, and those of `bytes`
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
   * Returns the node of a shard. Each visit counts as work. Otherwise a few shards could cost much time: if each links
   * twice to the next one and none has entries, there are very many paths.
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
