import { BaseBlockstore } from 'blockstore-core/base'
import type { Blockstore, InputPair, Pair } from 'interface-blockstore'
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import type { Abortable, Block, BlockBytes } from '../interface.ts'
import { MAX_TOTAL_BYTES, blockMissing, collectBytes } from './block.ts'
import { blockKey } from './cids.ts'

/** A block store in memory. It implements `BlockStore` and the `Blockstore` of `interface-blockstore`. */
export interface MemoryStore extends Blockstore {
  /** The number of blocks. */
  readonly size: number
  /** The blocks in the order in which they were put. Each has the CID under which it was put last. */
  blocks(): Iterable<Block>
}

/** Creates an empty block store in memory. It copies the bytes that are put. */
export function createMemoryStore(): MemoryStore {
  return new MapStore()
}

/** A multihash that is longer than this has a text key. */
const MAX_PLAIN_KEY = 128

/**
 * The key of a block in memory: its multihash as a string with a character for each byte, which is made faster than
 * `blockKey`. A long one is that of an identity CID. Its `blockKey` is longer than any other key, so it is no other one.
 */
function memoryKey(cid: CID): string {
  const { bytes } = givenCid(cid, 'cid').multihash
  return bytes.length > MAX_PLAIN_KEY ? blockKey(cid) : String.fromCharCode.apply(null, bytes as unknown as number[])
}

class MapStore extends BaseBlockstore implements MemoryStore {
  readonly #blocks = new Map<string, Block>()

  get size(): number {
    return this.#blocks.size
  }

  blocks(): Iterable<Block> {
    return this.#blocks.values()
  }

  override put(cid: CID, input: InputPair['bytes'], options?: Abortable): Promise<CID> {
    return this.#put(cid, input, options)
  }

  override *get(cid: CID, options?: Abortable): Generator<Uint8Array> {
    throwIfAborted(options?.signal)
    const block = this.#blocks.get(memoryKey(cid))
    if (block === undefined) throw blockMissing(cid)
    yield block.bytes
  }

  override async has(cid: CID): Promise<boolean> {
    return this.#blocks.has(memoryKey(cid))
  }

  override async delete(cid: CID): Promise<void> {
    this.#blocks.delete(memoryKey(cid))
  }

  override async *getAll(): AsyncGenerator<Pair> {
    for (const block of this.#blocks.values()) {
      yield {
        cid: block.cid,
        bytes: (function* () {
          yield block.bytes
        })(),
      }
    }
  }

  async #put(cid: CID, input: BlockBytes, options?: Abortable): Promise<CID> {
    throwIfAborted(options?.signal)
    givenCid(cid, 'cid')
    const tooLarge = (): Fault => new Fault('too-large', `block ${cid} has more than ${MAX_TOTAL_BYTES} bytes`, { cid })
    const bytes = await collectBytes(input, { signal: options?.signal, maxBytes: MAX_TOTAL_BYTES }, tooLarge)
    this.#blocks.set(memoryKey(cid), { cid, bytes: bytes.slice() })
    return cid
  }
}
