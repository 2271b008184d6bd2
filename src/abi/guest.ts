import { Fault } from '../base/fault.ts'
import { isBytes } from '../base/realms.ts'
import { utf8Length } from '../base/text.ts'
import type { HostCall } from '../host/host-call.ts'
import type { Rejection, Result, RejectionCode } from '../interface.ts'
import type { Export, Global } from '../wasm/module.ts'
import type { FunctionType } from '../wasm/types.ts'

/** An instance that an ABI calls. */
export interface Guest extends HostCall {
  /** The memory itself, for those who need it as such; undefined if the guest has none. */
  readonly memoryObject: WebAssembly.Memory | undefined
}

/**
 * A parameter that is given by link and stands for bytes. It is judged by what is known of it so far: that it is bytes, then
 * how many, and it has its content once that is paid for.
 */
export interface Linked {
  /** Tells it from bytes. */
  readonly kind: 'link'
  /** Bytes of the content. */
  readonly size?: number | undefined
  /** The content itself. */
  readonly content?: Uint8Array | undefined
}

/** A parameter of a call. */
export type Argument = bigint | Uint8Array | string | Linked

/** What a parameter is in bytes, if it is any. */
export function asBytes(value: Argument): Uint8Array | Linked | undefined {
  return typeof value === 'object' ? value : undefined
}

/** How many bytes there are, of text those of its UTF-8 form; undefined as long as it is not known. */
export function sizeOf(value: Uint8Array | Linked | string): number | undefined {
  if (typeof value === 'string') return utf8Length(value)
  return isBytes(value) ? value.length : value.size
}

/** The bytes themselves, once the call is made. */
export function contentOf(bytes: Uint8Array | Linked): Uint8Array {
  if (isBytes(bytes)) return bytes
  if (bytes.content === undefined) throw new Fault('internal', 'a call was made before its parameters were loaded')
  return bytes.content
}

/** A call that was judged and can be made. */
export interface Call {
  /**
   * The host's work on the parameters: for each piece of it the bytes that it moves. It is paid before anything runs
   * (docs/spec/gas.md, GAS-18). Of a link whose size is not known there is none.
   */
  readonly work: readonly number[]
  /** Makes the call on an instance whose start function has run; initializes a reactor first. Every link has its content by then. */
  invoke(guest: Guest): Result
}

/** What a module shows to whoever calls it: all that a call is judged by. Every `Module` has it. */
export interface Callable {
  /** What it exports, in the order of the module. */
  readonly exports: readonly Pick<Export, 'name' | 'kind' | 'index'>[]
  /** Types of functions, by the indices that exports give. */
  readonly functions: readonly FunctionType[]
  /** Globals, by the indices that exports give. */
  readonly globals: readonly Global[]
}

/** How a function is called: judges a call by the module alone, before anything runs. */
export type PrepareCall = (module: Callable, fun: string, params: readonly Argument[]) => Call | Rejection

export function reject(code: RejectionCode, subject: string): Rejection {
  return { kind: 'rejection', code, subject }
}
