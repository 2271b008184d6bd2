/** The counter of gas of an instance, from the host's side. */

/** Numbers up to this one are exact. */
const EXACT = Number.MAX_SAFE_INTEGER

/**
 * The remaining gas stands in a global of the instance, which the guest's code counts down. Reading and writing it crosses into
 * the engine and makes a bigint each time. So while the guest waits for the host, charges are summed up here, and `settle` takes
 * the sum off the global. It has to be called before code of the guest runs again.
 */
export class Meter {
  readonly #counter: WebAssembly.Global
  /** What the counter was when the host began to charge; undefined while nothing is charged. */
  #before: bigint | undefined
  /** The gas that may be charged in all before the counter has to be looked at again. */
  #room = 0
  /** The gas that was charged since. */
  #charged = 0

  constructor(counter: WebAssembly.Global) {
    this.#counter = counter
  }

  /** The remaining gas; negative if it ran out. */
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

  /** Takes off the counter what was charged. */
  settle(): void {
    if (this.#before === undefined) return
    this.#counter.value = this.#before - BigInt(this.#charged)
    this.#before = undefined
  }
}
