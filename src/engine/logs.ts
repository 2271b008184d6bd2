const FIRST_BYTES = 256

/** Bytes of logs in the order in which they came, up to a limit; what comes beyond it is dropped. */
export class Logs {
  readonly #most: number
  #kept = new Uint8Array(0)
  #length = 0

  constructor(most: number) {
    this.#most = most
  }

  /** A copy of what is kept. */
  get bytes(): Uint8Array {
    return this.#kept.slice(0, this.#length)
  }

  /** Keeps the bytes that still fit. */
  append(bytes: Uint8Array): void {
    const fitting = bytes.subarray(0, this.#most - this.#length)
    const length = this.#length + fitting.length
    if (length > this.#kept.length) this.#grow(length)
    this.#kept.set(fitting, this.#length)
    this.#length = length
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.min(this.#most, Math.max(length, 2 * this.#kept.length, FIRST_BYTES)))
    grown.set(this.#kept)
    this.#kept = grown
  }
}
