interface Weighed<V> {
  readonly value: V
  readonly weight: number
}

/**
 * A cache with a bound on the total weight of its values. The least recently used values are removed first. The value that was
 * added last is kept even if it alone exceeds the bound.
 */
export class Recent<V> {
  readonly #most: number
  readonly #values = new Map<string, Weighed<V>>()
  #weight = 0

  /** `most` is the greatest weight of all values. */
  constructor(most: number) {
    this.#most = most
  }

  get weight(): number {
    return this.#weight
  }

  get size(): number {
    return this.#values.size
  }

  /** The keys with their values, the least recently used first. None of them counts as used. */
  *entries(): Generator<readonly [key: string, value: V]> {
    for (const [key, { value }] of this.#values) yield [key, value]
  }

  /** The value under a key; undefined if there is none. The value counts as used. */
  get(key: string): V | undefined {
    const found = this.#values.get(key)
    if (found === undefined) return undefined
    this.#values.delete(key)
    this.#values.set(key, found)
    return found.value
  }

  /** Puts a value under a key. Replaces the one that was there. */
  set(key: string, value: V, weight: number): void {
    this.delete(key)
    this.#values.set(key, { value, weight })
    this.#weight += weight
    for (const oldest of this.#values.keys()) {
      if (this.#weight <= this.#most || oldest === key) return
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const found = this.#values.get(key)
    if (found === undefined) return
    this.#values.delete(key)
    this.#weight -= found.weight
  }
}
