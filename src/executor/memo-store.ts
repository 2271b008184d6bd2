/**
 * The store in which an executor keeps the receipts that it has made: bytes by key. Two functions over any database are a memo store.
 *
 * An executor serves what it finds here without running the task. So whoever can write to a memo store decides what the executor
 * answers, and only executors of this host may write to it. A block store must not be used as one: a hash shows that a receipt is
 * intact, and not that it is true.
 */
export interface MemoStore {
  /**
   * The bytes that were put last under a key; `undefined` if there are none. A key is text of at most 200 ASCII characters.
   * Bytes that an executor cannot read count as absent.
   */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Keeps bytes under a key, in the place of those that were there. They are at most 2 MiB, and mostly less than 1 KiB. */
  put(key: string, bytes: Uint8Array): unknown
  /** All keys with their bytes, in any order. An executor does not need them; `memoRoots` does. */
  entries?(): MemoEntries
}

/** The entries of a memo store. */
export type MemoEntries =
  Iterable<readonly [key: string, bytes: Uint8Array]> | AsyncIterable<readonly [key: string, bytes: Uint8Array]>
