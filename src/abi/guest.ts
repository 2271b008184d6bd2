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

/** An instance that an ABI calls. */
export interface Guest extends HostCall {
  /** The memory itself, for those who need it as such; undefined if the guest has none. */
  readonly memoryObject: WebAssembly.Memory | undefined
  /** The state that the functions of a module share during this run. It is made now if none of them was called. */
  state<State>(module: HostModule<State>): State
}

/** A parameter of a call. */
export type Argument = PlainValue

/** A call that was checked and can be made. */
export interface Call {
  /**
   * The host's work on the parameters: for each piece of it the bytes that it moves. It is paid before anything runs
   * (docs/spec/gas.md, GAS-18). Of a link whose size is not known there is none.
   */
  readonly work: readonly number[]
  /**
   * The links among the parameters that the call reads as bytes, one for each place where it does. Their sizes are found out
   * before it is paid, and their contents after. Every other link of the parameters stays a link, and nothing is loaded for it.
   */
  readonly links: readonly Link[]
  /** The links that stand for files and directories, of which blocks are loaded as the guest comes to them. */
  readonly trees?: readonly Link[]
  /** The surroundings of a program. */
  readonly program?: ProgramOf
  /** The parameters as host functions see them: with the content of each of its links in the place where the call reads it. */
  inputs(): readonly PlainValue[]
  /** Makes the call on an instance whose start function has run; initializes a reactor first. Each of its links has its content by then. */
  invoke(guest: Guest): PlainValue
}

/** What the ABI of programs knows of a call beside the call itself. */
export interface ProgramOf {
  /** What the program finds, given the bytes of the task's CID, and what opens the links of `trees`. Throws faults of the content. */
  program(task: Uint8Array | undefined, open: OpenFile): Program<WasiState>
  /** The files that it has left, once the run has ended well; undefined if there are none. They belong to the result as `files`. */
  left(): KeptNode | undefined
  /** Puts what it has said into the logs, once the run has ended in a trap. */
  trapped(guest: Guest): void
}

/** The part of a module that a call is checked against: its exports. Every `Module` has it. */
export interface Callable {
  /** What it exports, in the order of the module. */
  readonly exports: readonly Pick<Export, 'name' | 'kind' | 'index'>[]
  /** Types of functions, by the indices that exports give. */
  readonly functions: readonly FunctionType[]
  /** Globals, by the indices that exports give. */
  readonly globals: readonly Global[]
}

/**
 * Checks a call against the module, the parameters, and what is known so far of links among them. Before
 * their sizes are known, a link counts as bytes of a fitting length. Nothing runs. A parameter that is not of a form that the
 * ABI knows is the rejection `bad-arguments`.
 */
export type PrepareCall = (module: Callable, fun: string, params: readonly Argument[], links: Links) => Call | Rejection

export function reject(code: RejectionCode, subject: string): Rejection {
  return { kind: 'rejection', code, subject }
}
