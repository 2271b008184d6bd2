/**
 * A memo store keeps the receipts of an executor, as bytes by key. Two functions over any database suffice.
 *
 * An executor answers from a memo store without running the task. So whoever can write to it decides the answers, and
 * only executors of this host may write to it. A block store must not be used as a memo store: a hash shows that a
 * receipt is intact, but not that it is true.
 */
export interface MemoStore {
  /**
   * Returns the bytes that were last put under a key; `undefined` if there are none. A key is text of at most 200 ASCII
   * characters. An executor ignores bytes that it cannot read.
   */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Stores bytes under a key, and replaces earlier ones. They are at most 2 MiB, and usually less than 1 KiB. */
  put(key: string, bytes: Uint8Array): unknown
  /** All keys with their bytes, in any order. An executor does not need them; `memoRoots` does. */
  entries?(): MemoEntries
}

/** The entries of a memo store. */
export type MemoEntries =
  Iterable<readonly [key: string, bytes: Uint8Array]> | AsyncIterable<readonly [key: string, bytes: Uint8Array]>
