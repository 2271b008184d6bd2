import type { HostCall, Sink } from '../host-call.ts'
import { refuse } from './refusal.ts'

/**
 * The units of one item of work, besides its bytes: a component of a path, an entry of a directory, or a page of a file
 * (WASI-5).
 */
export const ITEM = 64

/** The greatest number of units that can be charged at once. */
const MAX_UNITS = 2 ** 32 - 1

/**
 * Access to the guest during one call of a WASI function. No code of the guest runs meanwhile, so its memory is not
 * replaced.
 */
export class GuestAccess {
  readonly call: HostCall
  readonly memory: Uint8Array
  readonly #view: DataView
  readonly #charge: ((units: number) => void) | undefined

  /** `charge` pays for units of work. Default: `call.charge`. */
  constructor(call: HostCall, charge?: (units: number) => void) {
    this.call = call
    this.#charge = charge
    this.memory = call.memory()
    this.#view = viewOf(this.memory)
  }

  /** Charges for units of work that is about to be done. */
  charge(units: number): void {
    for (let left = units; left > 0; left -= MAX_UNITS) {
      const now = Math.min(left, MAX_UNITS)
      if (this.#charge === undefined) this.call.charge(now)
      else this.#charge(now)
    }
  }

  sink(name: string): Sink {
    return this.call.sink(name)
  }

  /** Refuses the call with EFAULT if a range is not in the memory. An empty range always is (WASI-3). */
  check(pointer: number, length: number): void {
    if (length > 0 && (pointer >>> 0) + length > this.memory.length) refuse('fault')
  }

  /** The bytes of a range, which must be in the memory. */
  range(pointer: number, length: number): Uint8Array {
    const from = pointer >>> 0
    return length === 0 ? this.memory.subarray(0, 0) : this.memory.subarray(from, from + length)
  }

  // Fields of structures, at any alignment.

  readU16(at: number): number {
    return this.#view.getUint16(at >>> 0, true)
  }

  readU32(at: number): number {
    return this.#view.getUint32(at >>> 0, true)
  }

  readU64(at: number): bigint {
    return this.#view.getBigUint64(at >>> 0, true)
  }

  writeU8(at: number, value: number): void {
    this.#view.setUint8(at >>> 0, value)
  }

  writeU16(at: number, value: number): void {
    this.#view.setUint16(at >>> 0, value, true)
  }

  writeU32(at: number, value: number): void {
    this.#view.setUint32(at >>> 0, value, true)
  }

  /** Writes a bigint, or a number that is an integer from 0 to 2⁵³ − 1. */
  writeU64(at: number, value: bigint | number): void {
    if (typeof value === 'bigint') {
      this.#view.setBigUint64(at >>> 0, value, true)
    } else {
      this.#view.setUint32(at >>> 0, value >>> 0, true)
      this.#view.setUint32((at >>> 0) + 4, Math.floor(value / 2 ** 32), true)
    }
  }
}

/** A view of each memory. Making one takes longer than most calls need for the rest. */
const VIEWS = /* @__PURE__ */ new WeakMap<Uint8Array, DataView>()

function viewOf(memory: Uint8Array): DataView {
  let view = VIEWS.get(memory)
  if (view === undefined) {
    view = new DataView(memory.buffer, memory.byteOffset, memory.length)
    VIEWS.set(memory, view)
  }
  return view
}
