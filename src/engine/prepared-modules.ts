/**
 * The prepared modules of a pool's seats. They are kept in memory, and in an index if the pool has one. A module that neither has
 * is prepared by one seat, and the others wait for it (`claims.ts`).
 */
import { isBytes } from '../base/realms.ts'
import { Recent } from '../base/recent.ts'
import { Claims } from './claims.ts'
import type { PreparedIndex } from './prepared-index.ts'
import type { Claimed } from './protocol.ts'
import type { Seat } from './seat.ts'

export class PreparedModules {
  readonly #kept: Recent<Uint8Array>
  readonly #index: PreparedIndex | undefined
  readonly #claims = new Claims()
  readonly #writing = new Set<Promise<void>>()

  /** Keeps up to `keptBytes` in memory. */
  constructor(keptBytes: number, index: PreparedIndex | undefined) {
    this.#kept = new Recent(keptBytes)
    this.#index = index
  }

  /**
   * Asks for a module for a seat. `tell` is called at once if the module is in memory, or if the seat is to prepare it. Otherwise it is
   * called when the index has answered, when another seat has prepared the module, or when that seat has ended.
   */
  ask(key: string, seat: Seat, tell: (claimed: Claimed) => void): void {
    const known = this.#kept.get(key)
    if (known !== undefined) return tell(known)
    this.#claims.ask(key, seat, claimed => {
      if (claimed === undefined && this.#index !== undefined) void this.#look(this.#index, key, tell)
      else tell(claimed)
    })
  }

  /** Keeps a module that a seat has prepared. Without bytes, the seats find it in their own storage. */
  keep(key: string, bytes: Uint8Array | undefined): void {
    this.#remember(key, bytes)
    if (bytes === undefined || this.#index === undefined) return
    const writing = attempt(() => this.#index?.put(key, bytes)).then(() => void this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  /** Ends all claims of a seat. */
  release(seat: Seat): void {
    this.#claims.release(seat)
  }

  /** Resolves when the index has everything that was prepared so far. */
  async written(): Promise<void> {
    await Promise.all(this.#writing)
  }

  /** The seat that has the claim waits for the index. If its job is given up meanwhile, `tell` has no effect. */
  async #look(index: PreparedIndex, key: string, tell: (claimed: Claimed) => void): Promise<void> {
    const found = await attempt(() => index.get(key))
    if (!isBytes(found)) return tell(undefined)
    this.#remember(key, found)
    tell(found)
  }

  #remember(key: string, bytes: Uint8Array | undefined): void {
    if (bytes !== undefined) this.#kept.set(key, bytes, bytes.length)
    this.#claims.done(key, bytes)
  }
}

/** The answer of an index. Undefined if it fails, since an index of an embedder may do that: the module is prepared then. */
async function attempt<T>(ask: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}
