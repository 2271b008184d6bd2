import type { HostCall } from '../host/host-call.ts'
import type { HostModule } from '../host/host-module.ts'
import type { Program } from '../host/wasi/input.ts'
import type { WasiState } from '../host/wasi/state.ts'
import type { KeptNode } from '../host/wasi/finish.ts'
import type { Link, PlainValue, Rejection, RejectionCode } from '../interface.ts'
import type { Export, Global } from '../wasm/module.ts'
import type { FunctionType } from '../wasm/types.ts'
import type { Links } from './links.ts'
import type { OpenFile } from './wasi-files.ts'

/** The instance of a module, as an ABI sees it. */
export interface Guest extends HostCall {
  /** The memory as an object of the JavaScript API; undefined if the guest has none. */
  readonly memoryObject: WebAssembly.Memory | undefined
  /**
   * The state that the functions of a host module share during this run. It is made now if none of them has been
   * called.
   */
  state<State>(module: HostModule<State>): State
}

/** A parameter of a call. */
export type Argument = PlainValue

/** A call that has been checked, and can be made. */
export interface Call {
  /**
   * The host's work on the parameters: the number of bytes that each piece of work moves. It is charged before anything
   * runs (docs/spec/gas.md, GAS-18). A link whose size is not known yet has no entry.
   */
  readonly work: readonly number[]
  /**
   * The links that the call reads as bytes, once for each parameter that is one. Their sizes are determined before the
   * call is paid, and their contents are loaded afterwards. Any other link in a parameter stays a link, and is not
   * loaded.
   */
  readonly links: readonly Link[]
  /** The links that name files and directories for a program. Their blocks are loaded when the program reads them. */
  readonly trees?: readonly Link[]
  /** The environment of a program, for the `wasi` ABI. */
  readonly program?: ProgramOf
  /** The parameters as host functions see them: each link that the call reads as bytes is replaced by its content. */
  inputs(): readonly PlainValue[]
  /**
   * Makes the call, and returns the result. The start function has run, and all links have been loaded. Initializes a
   * reactor first.
   */
  invoke(guest: Guest): PlainValue
}

/** The part of a call that only the `wasi` ABI has. */
export interface ProgramOf {
  /**
   * The environment of the program. `task` is the task's CID as bytes, which seeds its randomness. `open` opens the links
   * of `trees`. Throws faults of the content.
   */
  program(task: Uint8Array | undefined, open: OpenFile): Program<WasiState>
  /**
   * After a run without a trap: the files that are kept, which become `files` of the result; undefined if there are
   * none.
   */
  left(): KeptNode | undefined
  /** After a trap: appends the program's output to the logs. */
  trapped(guest: Guest): void
}

/** The part of a module against which a call is checked. Every `Module` has these fields. */
export interface Callable {
  /** The exports, in the order of the module. */
  readonly exports: readonly Pick<Export, 'name' | 'kind' | 'index'>[]
  /** The types of all functions, by their index. */
  readonly functions: readonly FunctionType[]
  /** All globals, by their index. */
  readonly globals: readonly Global[]
}

/**
 * Checks whether a function of a module can be called with these parameters. Nothing runs. A parameter of a form that
 * the ABI does not accept is the rejection `bad-arguments`. `links` has the contents that are known so far; a link of
 * unknown size passes for bytes of a fitting length.
 */
export type PrepareCall = (module: Callable, fun: string, params: readonly Argument[], links: Links) => Call | Rejection

export function reject(code: RejectionCode, subject: string): Rejection {
  return { kind: 'rejection', code, subject }
}
