import type { Rejection, Result, RejectionCode, TrapCode } from '../interface.ts'
import type { Export, Global } from '../wasm/module.ts'
import type { FunctionType } from '../wasm/types.ts'

/** A value of a Wasm number type as its bits: i32 and f32 as a number, i64 and f64 as a bigint, v128 as two bigints. */
export type Bits = number | bigint

/** An instance that is being called. Anything here may throw what ends the run: a trap of the guest, or a fault. */
export interface Guest {
  /** Calls an exported function with the bits of its parameters and gives the bits of its results. */
  call(name: string, ...params: readonly Bits[]): readonly Bits[]
  /** The guest's memory as it is now; empty if it has none. */
  memory(): Uint8Array
  /** Charges work of the host on so many bytes, before it is done. Throws out-of-gas. */
  charge(bytes: number): void
  /** Ends the run with a trap. */
  trap(code: TrapCode): never
}

/** A parameter with its link resolved. */
export type Argument = bigint | Uint8Array | string

/** A call that was judged and can be made. */
export interface Call {
  /** Instantiates in the ABI's own way; absent for the ordinary one. */
  readonly instantiate?: (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance
  /** Makes the call on an instance whose start function has run; initializes a reactor first. */
  invoke(guest: Guest): Result
}

/** What a module shows to whoever calls it: all that a call is judged by. Every `Module` has it. */
export interface Callable {
  readonly exports: readonly Pick<Export, 'name' | 'kind' | 'index'>[]
  /** Types of functions, and globals, by the indices that exports give. */
  readonly functions: readonly FunctionType[]
  readonly globals: readonly Global[]
}

/** How a function is called: judges a call by the module alone, before anything runs. */
export type PrepareCall = (module: Callable, fun: string, params: readonly Argument[]) => Call | Rejection

export function reject(code: RejectionCode, subject: string): Rejection {
  return { kind: 'rejection', code, subject }
}
