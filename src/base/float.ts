/**
 * A float in a document of another system. `1.0` and `1` are two values of IPLD, with two encodings and so two CIDs, and one number
 * of JavaScript. Values of tasks and receipts have no floats (docs/spec/receipt.md, RECEIPT-24).
 */
import { badUsage } from './usage.ts'

/** A finite float of 64 bits, which is no integer even if its value is whole. `float` makes one. */
export class Float {
  /** The value: finite, and perhaps −0. */
  readonly value: number

  /** Of a finite number, which is not checked. */
  constructor(value: number) {
    this.value = value
    Object.freeze(this)
  }
}

/** True if a value is a float of a foreign document. */
export function isFloat(value: unknown): value is Float {
  return value instanceof Float
}

/** A float for a document of another system: `float(1)` is 1.0. Throws Fault('bad-usage') for what is no finite number. */
export function float(value: number): Float {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badUsage('a float', 'a finite number', value)
  return new Float(value)
}
