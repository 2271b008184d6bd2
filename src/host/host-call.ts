/**
 * The operations on a running guest that code of the host can use: ABIs, which call the guest, and host functions,
 * which it calls.
 */
import type { AbortCall, PlainValue, Result, TrapCode } from '../interface.ts'

/**
 * The bits of a Wasm value. An i32 or f32 is a number, an i64 or f64 a bigint, and a v128 two bigints, the low half
 * first.
 */
export type Bits = number | bigint

/**
 * A run of a guest, as code of the host sees it. Each method may throw an error that ends the run: a trap of the guest
 * or a fault. A host function must not catch it. If it does, the next call of any method throws the error again.
 */
export interface HostCall {
  /** The greatest size of the result, in bytes (docs/spec/profile.md, PROFILE-21). */
  readonly valueBytes: number
  /**
   * Calls an exported function of the guest with the bits of its parameters, and returns the bits of its results. If a
   * host function calls this, and the guest has no such function with these parameters, the run ends with the trap
   * `abi-violation`. If its grant does not have `call-guest`, the fault is `host-function-failed`.
   */
  call(name: string, ...params: readonly Bits[]): readonly Bits[]
  /**
   * The guest's memory, empty if it has none. The array may be detached after the guest has run, so it must not be
   * kept.
   */
  memory(): Uint8Array
  /**
   * A range of the memory. Both numbers are read as unsigned i32. Traps with `memory-out-of-bounds` if it is not in the
   * memory.
   */
  range(pointer: number, length: number): Uint8Array
  /**
   * Charges for units of work, before the work is done (docs/spec/gas.md, GAS-12). Traps with `out-of-gas` if the gas
   * does not suffice. In a host function, each unit costs `perUnit` of its grant; `flat` was charged at the call. In an
   * ABI, this charges for one piece of host work, and a unit is a byte. `units` is an integer from 0 to 2³² − 1.
   */
  charge(units: number): void
  /**
   * Ends the run with a trap. `about` is the guest's own message, for people. It does not become part of the receipt.
   */
  trap(code: TrapCode, about?: AbortCall): never
  /**
   * Ends the run with a result. No more code of the guest runs. Links in the result are CIDs or `{ '/': 'bafy…' }`. A
   * result beyond the profile's limits is the trap `abi-violation` (docs/spec/profile.md, PROFILE-21). The fault is
   * `host-function-failed` if the result is not a value, or if the grant does not have `end-run`.
   */
  exit(result: Result | PlainValue): never
  /**
   * The sink of that name. `logs` becomes the logs of the receipt. The use of any other sink is up to host functions
   * and ABIs.
   */
  sink(name: string): Sink
}

/** The bytes that a run writes under one name, in the order of writing, up to a bound. */
export interface Sink {
  /** A copy of the bytes that it has kept. */
  readonly bytes: Uint8Array
  /** The number of bytes for which it has room left. */
  readonly room: number
  /** Keeps as many bytes as it has room for, and drops the rest. */
  append(bytes: Uint8Array): void
}
