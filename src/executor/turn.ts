/**
 * The turn of a run. Several callers may wait for the same run. So while the run waits, it has a place in the line of each
 * of them, and begins when the first of these places comes. Otherwise a call that joins a run would wait until all
 * earlier runs of the other caller have ended.
 */
import type { FairQueue, Place } from './fair-queue.ts'

/** A call that waits for a run. */
export interface Asking {
  readonly caller: string
  readonly priority: number
}

export class Turn {
  /** The caller whose call has begun the run. */
  readonly caller: string
  readonly #asking = new Set<Asking>()
  /** The places by caller. Undefined while the run does not wait. */
  #places: Map<string, Place<() => void>> | undefined
  #queue: FairQueue<() => void> | undefined
  #begin = (): void => {}

  constructor(caller: string) {
    this.caller = caller
  }

  /** Adds a call that waits for the run. The returned function is called when the call does not wait any more. */
  add(call: Asking): () => void {
    const { caller } = call
    this.#asking.add(call)
    this.#place(call)
    return () => {
      if (!this.#asking.delete(call)) return
      for (const other of this.#asking) if (other.caller === caller) return
      const place = this.#places?.get(caller)
      // Without its last place, the run would never begin. The run is given up anyway when no call waits for it.
      if (place === undefined || this.#places!.size === 1) return
      this.#queue!.remove(place)
      this.#places!.delete(caller)
    }
  }

  /** Enters the line of each caller. `begin` is called when the run has its turn. */
  enter(queue: FairQueue<() => void>, begin: () => void): void {
    this.#queue = queue
    this.#begin = begin
    this.#places = new Map()
    for (const call of this.#asking) this.#place(call)
  }

  /** Leaves all lines. */
  leave(): void {
    for (const place of this.#places?.values() ?? []) this.#queue!.remove(place)
    this.#places = undefined
  }

  #place({ caller, priority }: Asking): void {
    if (this.#places === undefined) return
    const known = this.#places.get(caller)
    if (known === undefined) this.#places.set(caller, this.#queue!.add(this.#begin, caller, priority))
    else this.#queue!.raise(known, priority)
  }
}
