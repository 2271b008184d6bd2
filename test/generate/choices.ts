/**
 * Where a generated module comes from: lists of numbers, read one after the other by a builder that has no randomness
 * of its own. So shrinking the lists, which fast-check does by itself, shrinks the module, and no shrunk list can be
 * invalid.
 *
 * A list that has come to its end goes on with zeros, and zero always means the plainest thing: no statement, a
 * constant.
 */
export class Choices {
  readonly #numbers: readonly number[]
  #next = 0

  /** Numbers from 0 to 65 535. */
  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  /** 0 to 65 535. */
  number(): number {
    return this.#numbers[this.#next++] ?? 0
  }

  /** 0 to `count` − 1; 0 at the end. */
  below(count: number): number {
    return this.number() % count
  }

  /** True once in `times`, which is 2 at least; false at the end. */
  once(times: number): boolean {
    return this.below(times) === times - 1
  }

  /** One of the list; the first one at the end. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** At most `most` of what `make` gives. */
  some<T>(most: number, make: (index: number) => T): T[] {
    return Array.from({ length: this.below(most + 1) }, (_, i) => make(i))
  }
}
