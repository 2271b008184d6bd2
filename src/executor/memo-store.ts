/**
 * The store in which an executor keeps the receipts that it has made: byte strings by keys. Two functions on top of any
 * database are a memo store.
 *
 * An executor answers with the receipts that it finds here, and does not run their tasks. Anybody who can write to a
 * memo store decides its answers. So only executors of this host may write to it.
 *
 * Do not use a block store as a memo store. The hash of a block shows that a receipt is intact, and not that it is
 * true.
 */
export interface MemoStore {
  /**
   * Returns the bytes that were last put under a key, or `undefined` if there are none. A key is a text of at most 200
   * ASCII characters. Bytes that an executor cannot read count as absent.
   */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Keeps bytes under a key, and replaces earlier ones. They are at most 2 MiB, and mostly less than 1 KiB. */
  put(key: string, bytes: Uint8Array): unknown
  /** Returns all keys with their bytes, in any order. Only `memoRoots` needs this method; executors do not. */
  entries?(): MemoEntries
}

/** The entries of a memo store. */
export type MemoEntries =
  Iterable<readonly [key: string, bytes: Uint8Array]> | AsyncIterable<readonly [key: string, bytes: Uint8Array]>
