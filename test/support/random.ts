/** Numbers that look random and are the same in every run: xorshift32. */
export class Random {
  #state: number

  /** Any integer is a seed; 0 counts as another number, since xorshift stays at 0. */
  constructor(seed: number) {
    this.#state = seed | 0 || 0x9e3779b9
    // Seeds that lie close to each other begin alike: skip the beginning.
    for (let i = 0; i < 8; i++) this.u32()
  }

  /** 0 to 2³² − 1. */
  u32(): number {
    let x = this.#state
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#state = x
    return x >>> 0
  }

  /** 0 to `count` − 1. */
  below(count: number): number {
    return Math.floor((this.u32() / 2 ** 32) * count)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === 0
  }

  /** The items in another order. */
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
