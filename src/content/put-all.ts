/** Puts many blocks into a store, several at once. */
import { Fault } from '../base/fault.ts'
import { messageOf } from '../base/realms.ts'
import type { Abortable, Block, BlockStore } from '../interface.ts'
import { raceAbort } from './abort.ts'
import { putBlock } from './block.ts'
import type { BlockSink } from './block.ts'
import { isIdentity } from './hashes.ts'

/** The greatest number of blocks, and of their bytes, that are being put at once. A single block may have more bytes. */
const BLOCKS_AT_ONCE = 16
const BYTES_AT_ONCE = 8 * 1024 * 1024

/** Puts blocks into a store, several at once. The blocks must have been verified. */
export class Putter {
  readonly #store: BlockSink
  readonly #options: Abortable
  readonly #underWay = new Set<Promise<void>>()
  #bytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(store: BlockSink, options: Abortable) {
    this.#store = store
    this.#options = options
  }

  /** Begins to put a block, when few enough are under way. Throws Fault store-failed, aborted, timeout, also of earlier blocks. */
  async put(block: Block): Promise<void> {
    const size = block.bytes.length
    while (this.#underWay.size >= BLOCKS_AT_ONCE || (this.#underWay.size > 0 && this.#bytes + size > BYTES_AT_ONCE))
      await Promise.race(this.#underWay)
    if (this.#failure !== undefined) throw this.#failure.error
    this.#bytes += size
    const putting = putBlock(this.#store, block, this.#options)
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .then(() => {
        this.#bytes -= size
        this.#underWay.delete(putting)
      })
    this.#underWay.add(putting)
  }

  /** Waits until all blocks are in the store. Throws as `put` does, once no block is under way any more. */
  async end(): Promise<void> {
    await this.settle()
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Waits until no block is under way. Never throws. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay)
  }
}

/** Puts blocks into a store. They must have been verified. Throws Fault store-failed, aborted, timeout. */
export async function putAll(store: BlockSink, blocks: Iterable<Block>, options: Abortable): Promise<void> {
  const putter = new Putter(store, options)
  try {
    for (const block of blocks) await putter.put(block)
  } finally {
    await putter.settle()
  }
  await putter.end()
}

/**
 * Puts blocks into a store in an order: if the store has one of them, it has all before it. They must have been verified. Throws
 * Fault store-failed, aborted, timeout.
 */
export async function putInOrder(
  store: BlockSink & Pick<BlockStore, 'putInOrder'>,
  blocks: readonly Block[],
  options: Abortable,
): Promise<void> {
  const { signal } = options
  if (store.putInOrder === undefined) {
    for (const block of blocks) await putBlock(store, block, options)
    return
  }
  const kept = blocks.filter(({ cid }) => !isIdentity(cid))
  try {
    await raceAbort(() => store.putInOrder!(kept, { signal }), signal)
  } catch (error) {
    if (error instanceof Fault) throw error
    const { cid } = blocks.at(-1)!
    throw new Fault('store-failed', `the store did not take block ${cid}: ${messageOf(error)}`, { cid }, error)
  }
}
