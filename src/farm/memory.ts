/**
 * What a farm remembers of receipts that it has accepted. These are not receipts that this host has made or verified, so
 * they stand under keys of their own, which no executor reads (docs/spec/farm.md, FARM-12).
 */
import type { CID } from 'multiformats/cid'
import { raceAbort } from '../content/abort.ts'
import { hasBlock } from '../content/block.ts'
import { Memo, type Made } from '../executor/memo.ts'
import type { MemoStore } from '../executor/memo-store.ts'
import type { BlockStore, RunLimits } from '../interface.ts'

/** The end of the keys. The beginning is that of an executor's memo, so that `memoRoots` finds the receipts. */
const SUFFIX = '/farm'

/** The number of blocks that are looked up in the store at once. */
const AT_ONCE = 32

export class FarmMemory {
  readonly #store: BlockStore
  readonly #memo: Memo

  constructor(memo: MemoStore, store: BlockStore, profile: CID) {
    this.#store = store
    this.#memo = new Memo(
      { get: key => memo.get(key + SUFFIX), put: (key, bytes) => memo.put(key + SUFFIX, bytes) },
      profile,
    )
  }

  /**
   * Returns a receipt that serves the limits, and all of whose blocks are in the store. An error of the memo counts as
   * none.
   *
   * @throws Fault store-failed, aborted, timeout
   */
  async recall(task: CID, limits: RunLimits, signal: AbortSignal | undefined): Promise<Made | undefined> {
    const made = await raceAbort(async () => {
      try {
        return await this.#memo.find(task, limits)
      } catch {
        return undefined
      }
    }, signal)
    if (made === undefined) return undefined
    for (let at = 0; at < made.linked.length; at += AT_ONCE) {
      const some = made.linked.slice(at, at + AT_ONCE)
      const found = await Promise.all(some.map(cid => hasBlock(this.#store, cid, { signal })))
      if (found.includes(false)) return undefined
    }
    return made
  }

  /** Keeps a receipt that was accepted. An error of the memo changes no answer. */
  async keep(made: Made): Promise<void> {
    await this.#memo.keep(made).catch(() => {})
  }
}
