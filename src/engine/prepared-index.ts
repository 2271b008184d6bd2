/**
 * A private index of prepared modules, by the key of a job and the mode. What it gives is run as it is: it must be written
 * by this host alone, and it is no block store, since a hash shows that bytes are intact, not that they are the right
 * instrumentation.
 */
export interface PreparedIndex {
  /** What was put under the key by the same version of this software, whole and unharmed; else undefined. Throws for wrong use alone. */
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Keeps bytes for later, if it can. Throws for wrong use alone. */
  put(key: string, bytes: Uint8Array): void | Promise<void>
}
