/** The gas counter of an instance, as the host reads and writes it. */

/** JavaScript numbers are exact up to this one. */
const EXACT = Number.MAX_SAFE_INTEGER

/**
 * The gas counter. The remaining gas is in a global of the instance, which the guest's code decreases.
 *
 * Each access to the global crosses into the engine and makes a bigint, which is slow. So while the guest waits for the
 * host, the charges are only added up here, and `settle` subtracts the sum from the global. `settle` must be called
 * before code of the guest runs again.
 */
export class Meter {
  readonly #counter: WebAssembly.Global
  /**
   * The value of the counter before the first charge that is not settled yet. It is undefined if all charges are
   * settled.
   */
  #before: bigint | undefined
  /** The greatest sum of charges that `#before` allows, as an exact number. */
  #room = 0
  /** The sum of the charges that are not settled yet. */
  #charged = 0

  constructor(counter: WebAssembly.Global) {
    this.#counter = counter
  }

  /** The remaining gas. It is negative if the gas ran out. */
  get left(): bigint {
    this.settle()
    return this.#counter.value as bigint
  }

  /** Charges an integer from 0 to 2⁵³ − 1. Returns false if the gas ran out. */
  pay(gas: number): boolean {
    if (this.#before === undefined) {
      this.#before = this.#counter.value as bigint
      this.#room = Math.min(Number(this.#before), EXACT)
      this.#charged = 0
    }
    if (gas <= this.#room - this.#charged) {
      this.#charged += gas
      return true
    }
    this.settle()
    this.#counter.value = (this.#counter.value as bigint) - BigInt(gas)
    return (this.#counter.value as bigint) >= 0n
  }

  /** Subtracts the sum of the charges from the counter. */
  settle(): void {
    if (this.#before === undefined) return
    this.#counter.value = this.#before - BigInt(this.#charged)
    this.#before = undefined
  }
}
