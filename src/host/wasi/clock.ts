/** The time of the virtual clock at first, in nanoseconds since 1970: 2024-01-01T00:00:00Z (WASI-20). */
export const START = 1_704_067_200_000_000_000n

/** The step by which each reading advances the clock, in nanoseconds. */
export const STEP = 1_000n

const LAST = 2n ** 64n - 1n

/**
 * A virtual clock that advances only when it is read or waited for. It serves as the real-time and as the monotonic
 * clock.
 */
export class Clock {
  #now = START

  get now(): bigint {
    return this.#now
  }

  /** Returns the time in nanoseconds, and then advances the clock. */
  read(): bigint {
    const shown = this.#now
    this.jumpTo(shown + STEP)
    return shown
  }

  /**
   * Advances the clock to an instant, in nanoseconds. An earlier instant has no effect, and the clock stops at 2⁶⁴ − 1.
   */
  jumpTo(instant: bigint): void {
    if (instant > this.#now) this.#now = instant < LAST ? instant : LAST
  }
}
