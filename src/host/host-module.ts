/** The form of a host module: a file in which an embedder implements the functions that a profile grants. */
import type { Limits } from '../interface-profile.ts'
import type { PlainValue } from '../interface.ts'
import type { Bits, HostCall } from './host-call.ts'

/**
 * The exports of a host module, a JavaScript module with host functions. It is loaded by its URL, because functions
 * cannot be sent to the threads and processes where guests run.
 *
 *     export const functions = {
 *       'example/count@1': { type: 'i:i', run: (call, state, step) => (state.count += step) },
 *     }
 *     export const begin = () => ({ count: 0 })
 *
 * The behaviour of a host function may depend only on its arguments, the guest's memory and the argument of `begin`.
 * Otherwise runs would not be deterministic.
 */
export interface HostModule<State = unknown> {
  /** The functions, by the id of their semantics. */
  readonly functions: Readonly<Record<string, HostFunction<State>>>
  /**
   * Makes the state that the functions share. It is called before the first of them runs. Each attempt at a run has a
   * new state; a task takes up to three attempts.
   */
  begin?(inputs: HostInputs): State
}

/** The implementation of an import. */
export interface HostFunction<State = unknown> {
  /**
   * The type in the notation of grants, such as `ii:i`. A grant with the same semantics and another type does not
   * match.
   */
  readonly type: string
  /**
   * Runs the function, after the grant's price was charged. The parameters are bits: numbers for i32 and f32, bigints
   * for i64 and f64, and two bigints for v128. It returns the bits of its results: nothing, one value, or a list. An
   * error that it throws is the fault `host-function-failed`, and so are results of another form.
   */
  run(call: HostCall, state: State, ...params: readonly Bits[]): HostResults
}

/** The bits of a host function's results. */
export type HostResults = void | Bits | readonly Bits[]

/** The inputs of a run from which a host module may make its state. They must not be changed. */
export interface HostInputs {
  /** The task's CID as bytes. Undefined if an engine runs a job without a task. */
  readonly task?: Uint8Array | undefined
  /** The name of the function that the task calls. */
  readonly fun: string
  /** The parameters. A link that the ABI reads as bytes is replaced by the bytes; any other is `{ '/': 'bafy…' }`. */
  readonly params: readonly PlainValue[]
  /** The limits of the profile on data that host functions keep. */
  readonly limits: HostLimits
}

/** The limits on data that host functions keep during a run. */
export type HostLimits = Pick<Limits, 'fileBytes' | 'logBytes' | 'valueBytes'>
