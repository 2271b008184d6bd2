/**
 * Floats in documents of other systems. In IPLD, `1.0` and `1` are two values with different encodings and CIDs. In
 * JavaScript they are the same number. So the class `Float` marks a float. Values of tasks and receipts have no floats
 * (docs/spec/receipt.md, RECEIPT-24).
 */
import { badUsage } from './usage.ts'

/** A finite 64-bit float. It is not an integer, even if its value is a whole number. The function `float` makes one. */
export class Float {
  /** The value. It is finite, and may be −0. */
  readonly value: number

  /** `value` must be finite, which is not checked here. */
  constructor(value: number) {
    this.value = value
    Object.freeze(this)
  }
}

/** Returns true if a value is a `Float`. */
export function isFloat(value: unknown): value is Float {
  return value instanceof Float
}

/**
 * Makes a float for a document of another system. For example, `float(1)` is 1.0.
 *
 * @throws Fault bad-usage for a value that is not a finite number
 */
export function float(value: number): Float {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badUsage('a float', 'a finite number', value)
  return new Float(value)
}
