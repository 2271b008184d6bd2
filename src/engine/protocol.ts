/** What crosses between an engine and a thread or process of it. All of it is plain data. */
import type { Argument, Callable } from '../abi/guest.ts'
import { Fault, type FaultCode } from '../base/fault.ts'
import type { Outcome, Rejection, RunLimits } from '../interface.ts'
import type { LinkContent } from '../abi/links.ts'
import type { WantedLinks } from './job.ts'
import type { Source, Stage } from './preparer.ts'
import type { Switches } from './switches.ts'

/** How a worker is set up. */
export interface Setup {
  /** URLs of modules of host functions. */
  readonly hostModules: readonly string[]
  readonly keptBytes?: number | undefined
  /** The folder of the private index, and its bound. Without one the engine is asked for what is prepared. */
  readonly index?: { readonly folder: string; readonly maxBytes?: number | undefined } | undefined
  /** Switches of V8 for loading binaryen. */
  readonly loadUnder?: Switches | undefined
}

/** A message to a worker: a job, a module to judge, or the answer to its request. A worker does one thing at a time. */
export type Question =
  { readonly compute: JobMessage } | { readonly judge: { readonly key: string } } | { readonly given: Given }

export interface JobMessage {
  readonly key: string
  readonly task: Uint8Array | undefined
  readonly fun: string
  readonly abi: string
  readonly limits: RunLimits
  readonly args: readonly Argument[]
}

/** A worker's request while it computes a job: what was prepared under a key, the module with its profile, or more of its links. */
export type Request = { readonly prepared: string } | 'source' | { readonly wanted: WantedLinks }

/** The answer to that; a failure is no more than that: the one who asked knows more of it. */
export type Given =
  | { readonly prepared: Uint8Array | undefined }
  | { readonly source: Source }
  | { readonly contents: readonly LinkContent[] }
  | 'failed'

/** A message from a worker. Stages, requests and prepared modules come before its last answer. */
export type Answer =
  | { readonly stage: Stage }
  | { readonly request: Request }
  | { readonly prepared: { readonly key: string; readonly bytes: Uint8Array } }
  | LastAnswer

export type LastAnswer =
  { readonly outcome: Outcome } | { readonly judged: Callable | Rejection } | { readonly fault: FaultMessage }

/** A fault taken apart, since classes do not cross. */
export interface FaultMessage {
  readonly code: FaultCode
  readonly message: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly cause: string
}

export function faultMessage(error: unknown): FaultMessage {
  const { code, message, detail, cause } =
    error instanceof Fault ? error : new Fault('internal', String(error), {}, error)
  return { code, message, detail, cause: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }
}

export function faultOf({ code, message, detail, cause }: FaultMessage): Fault {
  return new Fault(code, message, detail, cause)
}
