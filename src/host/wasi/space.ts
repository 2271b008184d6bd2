/** The space for the files and entries that a program makes, in bytes (WASI-15). */
export class Space {
  readonly #most: number
  #taken = 0

  constructor(most: number) {
    this.#most = most
  }

  /** The bytes that are left. */
  get left(): number {
    return this.#most - this.#taken
  }

  /** Takes bytes; a negative number gives bytes back. Returns false, and takes nothing, if too few are left. */
  take(bytes: number): boolean {
    if (bytes > this.left) return false
    this.#taken += bytes
    return true
  }
}
