/** Pseudorandom numbers (xorshift32), which are the same in every run. */
export class Random {
  #state: number

  /** Any integer can be the seed. 0 is replaced, since xorshift stays at 0. */
  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e3779b9
    // Similar seeds give similar first numbers, so these are skipped.
    for (let i = 0; i < 8; i++) this.u32()
  }

  /** A number from 0 to 2³² − 1. */
  u32(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }

  /** A number from 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor((this.u32() / 2 ** 32) * count)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** Returns true with a probability of 1 / `times`. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  /** The items in random order. */
  shuffled<T>(items: Iterable<T>): T[] {
    const list = [...items]
    for (let i = list.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      ;[list[i], list[j]] = [list[j]!, list[i]!]
    }
    return list
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256))
  }
}
