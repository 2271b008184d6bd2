/** The form of a module of host functions: what an embedder writes, in one file, to give a grant its meaning. */
import type { Limits } from '../interface-profile.ts'
import type { PlainValue } from '../interface.ts'
import type { Bits, HostCall } from './host-call.ts'

/**
 * A JavaScript module of host functions. Its exports are these. It is loaded by its URL, since functions do not cross to the
 * threads and processes where guests run.
 *
 *     export const functions = {
 *       'example/count@1': { type: 'i:i', run: (call, state, step) => (state.count += step) },
 *     }
 *     export const begin = () => ({ count: 0 })
 *
 * What it does must be a function of its arguments, of the guest's memory and of what `begin` was given, and of nothing else.
 */
export interface HostModule<State = unknown> {
  /** Functions by the ids of their semantics. */
  readonly functions: Readonly<Record<string, HostFunction<State>>>
  /**
   * Makes the state that its functions share, when the first of them is called. It is made anew for each attempt at a run, of
   * which a task may take up to three.
   */
  begin?(inputs: HostInputs): State
}

/** What the guest's import does. */
export interface HostFunction<State = unknown> {
  /** Its type, in the notation of grants. A grant of its semantics with another type is not this function. */
  readonly type: string
  /**
   * Does what the import does. Its parameters are bits, a vector two of them; it gives the bits of its results: nothing, one
   * value, or a list. A function may say which of its parameters are numbers and which are bigints. It is called when the
   * grant's price has been paid. What it throws of its own is the fault `host-function-failed`, and so are results of another
   * form.
   */
  run(call: HostCall, state: State, ...params: readonly Bits[]): HostResults
}

/** The bits of a host function's results. */
export type HostResults = void | Bits | readonly Bits[]

/** What the task at hand determines, for the states of host functions. Nothing in it may be changed. */
export interface HostInputs {
  /** The bytes of the task's CID. Undefined for an engine that is used without tasks. */
  readonly task?: Uint8Array | undefined
  /** The name of the function that the task calls. */
  readonly fun: string
  /** Its parameters. Links that the ABI reads as bytes have become their bytes; any other is `{ '/': 'bafy…' }`. */
  readonly params: readonly PlainValue[]
  /** The limits of the profile that bound what host functions keep. */
  readonly limits: HostLimits
}

/** Limits on what host functions keep during a run. */
export type HostLimits = Pick<Limits, 'fileBytes' | 'logBytes' | 'valueBytes'>
