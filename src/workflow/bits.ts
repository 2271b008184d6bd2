/** A set of tasks. Each task is represented by its number. */
export class Bits {
  readonly #words: Uint32Array

  /** Makes an empty set for numbers below `size`. */
  constructor(size: number) {
    this.#words = new Uint32Array(Math.ceil(size / 32))
  }

  add(n: number): void {
    this.#words[n >>> 5]! |= 1 << (n & 31)
  }

  has(n: number): boolean {
    return (this.#words[n >>> 5]! & (1 << (n & 31))) !== 0
  }

  addAll(other: Bits): void {
    for (const [i, word] of other.#words.entries()) this.#words[i]! |= word
  }

  /** Returns the least number that is in both sets, or undefined if there is none. */
  firstCommon(other: Bits): number | undefined {
    for (const [i, word] of other.#words.entries()) {
      const both = (this.#words[i]! & word) >>> 0
      if (both !== 0) return 32 * i + 31 - Math.clz32(both & -both)
    }
    return undefined
  }
}
