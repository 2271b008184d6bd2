/** What the files and entries that a program makes may take together, in bytes (WASI-15). */
export class Space {
  readonly #most: number
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Bytes that are still to be had. */
  get left(): number {
    return this.#most - this.#taken
  }

  /** Takes bytes, if there are so many; a negative number gives some back. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false
    this.#taken += bytes
    return true
  }
}
