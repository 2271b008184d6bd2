/** Where the virtual clock stands at first, in nanoseconds since 1970: 2024-01-01T00:00:00Z (WASI-20). */
export const START = 1_704_067_200_000_000_000n

/** How far each reading sets it forward, in nanoseconds. */
export const STEP = 1_000n

const LAST = 2n ** 64n - 1n

/** A clock that only its readers set forward. The real time and the monotonic time are both read from it. */
export class Clock {
  #now = START

  get now(): bigint {
    return this.#now
  }

  /** What it shows, before it is set forward. */
  read(): bigint {
    const shown = this.#now
    this.jumpTo(shown + STEP)
    return shown
  }

  /** Sets it forward to an instant that lies ahead; it stops at the last one that it can show. */
  jumpTo(instant: bigint): void {
    if (instant > this.#now) this.#now = instant < LAST ? instant : LAST
  }
}
