/**
 * A private index of prepared modules, by the key of a job and the mode. Its entries are run without a check. So only this host
 * may write to it, and a block store must not be used as one: a hash shows that bytes are intact, not that they are the right
 * instrumentation.
 */
export interface PreparedIndex {
  /**
   * The bytes that the same version of this software has put under the key. Undefined if there are none or they are damaged.
   * Throws nothing but Fault('bad-usage').
   */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Keeps bytes under a key, if it can. Throws nothing but Fault('bad-usage'). */
  put(key: string, bytes: Uint8Array): void | Promise<void>
}
