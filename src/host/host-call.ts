/** What code of the host can do with a guest that is running: the ABIs, which call it, and host functions, which it calls. */
import type { AbortCall, PlainValue, Result, TrapCode } from '../interface.ts'

/** A value of a Wasm number type as its bits: i32 and f32 as a number, i64 and f64 as a bigint, v128 as two bigints, the low half first. */
export type Bits = number | bigint

/**
 * A run of a guest, for code of the host that works with it. Each method may throw what ends the run, a trap of the guest or a
 * fault. It must be let through; what catches it cannot go on, since everything here throws it again.
 */
export interface HostCall {
  /** Most bytes that a value may have that the run results in (docs/spec/profile.md, PROFILE-21). */
  readonly valueBytes: number
  /**
   * Calls a function that the guest exports with the bits of its parameters, and gives the bits of its results. For a host
   * function it is the trap `abi-violation` if there is no function of that name that takes these parameters, and the fault
   * `host-function-failed` if its grant does not have `call-guest`.
   */
  call(name: string, ...params: readonly Bits[]): readonly Bits[]
  /** The guest's memory as it is now, empty if it has none. It is another one once the guest has run. */
  memory(): Uint8Array
  /** The bytes of a range of it, both numbers read as unsigned i32. One that does not lie in the memory is the trap `memory-out-of-bounds`. */
  range(pointer: number, length: number): Uint8Array
  /**
   * Charges for so many units of work, before they are done (docs/spec/gas.md, GAS-12). In a host function a unit costs
   * `perUnit` of its grant; `flat` was charged when it was called. In an ABI it is a piece of host work on so many bytes. Traps
   * with `out-of-gas` if that cannot be paid. `units` is an integer from 0 to 2³² − 1.
   */
  charge(units: number): void
  /** Ends the run with a trap. `about` is what the guest said of it, for people; no receipt holds it. */
  trap(code: TrapCode, about?: AbortCall): never
  /**
   * Ends the run well, with this result: no code of the guest runs any more. Links in it are CIDs or `{ '/': 'bafy…' }`. A result
   * beyond the profile's limits is the trap `abi-violation` (docs/spec/profile.md, PROFILE-21). What is no value is the
   * fault `host-function-failed`, and so is any result where the grant does not have `end-run`.
   */
  exit(result: Result | PlainValue): never
  /** What the run writes to under a name. `logs` are those of the receipt; others are for host functions and ABIs that know of them. */
  sink(name: string): Sink
}

/** Bytes that a run has written, in the order of writing, up to a bound. */
export interface Sink {
  /** A copy of what it keeps. */
  readonly bytes: Uint8Array
  /** Bytes that it still has room for. */
  readonly room: number
  /** Keeps the bytes that it has room for, and drops the rest. */
  append(bytes: Uint8Array): void
}
