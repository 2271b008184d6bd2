/** The messages between an engine and its seats. All of them are plain data. */
import type { Argument, Callable } from '../abi/guest.ts'
import { Fault, type FaultCode } from '../base/fault.ts'
import { isBytes } from '../base/realms.ts'
import type { Link, Outcome, Rejection, RunLimits } from '../interface.ts'
import type { LinkContent } from '../abi/links.ts'
import type { WantedLinks } from './job.ts'
import type { Source, Stage } from './preparer.ts'
import type { Switches } from './switches.ts'

/** The options of a worker. */
export interface Setup {
  /** URLs of modules of host functions. */
  readonly hostModules: readonly string[]
  readonly keptBytes?: number | undefined
  /** The folder of the private index, and its bound. Without one, the worker asks the engine for prepared modules. */
  readonly index?: { readonly folder: string; readonly maxBytes?: number | undefined } | undefined
  /** Switches of V8 under which binaryen is loaded. */
  readonly loadUnder?: Switches | undefined
}

/** A message to a worker: a job, a module to inspect, or the answer to its request. A worker does one thing at a time. */
export type Question =
  { readonly compute: JobMessage } | { readonly inspect: { readonly key: string } } | { readonly given: Given }

export interface JobMessage {
  readonly key: string
  readonly task: Uint8Array | undefined
  readonly fun: string
  readonly abi: string
  readonly limits: RunLimits
  readonly args: readonly Argument[]
  /** The bound on the blocks of its files; undefined if it has none. */
  readonly fileBytes: number | undefined
}

/**
 * A request of a worker while it computes a job: a prepared module by its key, the module with its profile, links, a block of a file, or
 * the next piece of that block. If another worker prepares the module, then the answer comes when it has done so. If the worker is to
 * prepare the module itself, the answer has no bytes.
 */
export type Request =
  { readonly prepared: string } | 'source' | { readonly wanted: WantedLinks } | { readonly block: Link } | 'piece'

/**
 * The answer to a request for a prepared module: its bytes; `look again` in the folder of the index, where another worker has put it;
 * or undefined, if the worker is to prepare it.
 */
export type Claimed = Uint8Array | 'look again' | undefined

/** The answer to a request. `failed` has no reason, since the engine reports the fault to the caller itself. */
export type Given =
  | { readonly prepared: Claimed }
  | { readonly source: Source }
  | { readonly contents: readonly LinkContent[] }
  | BlockGiven
  | 'failed'

/** A block, or the fault of loading it. It goes to a guest that waits, through shared memory (`block-channel.ts`). */
export type BlockGiven = { readonly block: Uint8Array } | { readonly blockFault: FaultMessage }

/**
 * A message from a worker: stages, requests and prepared modules, and then the last answer to a question. A prepared module has no
 * bytes here if workers find it in the folder of the index.
 */
export type Answer =
  | { readonly stage: Stage }
  | { readonly request: Request }
  | { readonly prepared: { readonly key: string; readonly bytes?: Uint8Array } }
  | LastAnswer

export type LastAnswer =
  { readonly outcome: Outcome } | { readonly inspected: Callable | Rejection } | { readonly fault: FaultMessage }

/** The parts of a fault, since instances of classes cannot be sent between threads. CIDs among its facts are links here. */
export interface FaultMessage {
  readonly code: FaultCode
  readonly message: string
  readonly detail: Readonly<Record<string, unknown>>
  readonly cause: string
}

export function faultMessage(error: unknown): FaultMessage {
  const { code, message, detail, cause } =
    error instanceof Fault ? error : new Fault('internal', String(error), {}, error)
  const facts = Object.entries(detail).map(([name, fact]) => [name, withoutCid(fact)])
  const words = cause instanceof Error ? wordsOf(cause) : String(cause)
  return { code, message, detail: Object.fromEntries(facts), cause: words }
}

/** The stack of an error with its message, which Firefox and Safari leave out there. */
function wordsOf(error: Error): string {
  const { message, stack = '' } = error
  return stack.includes(message) ? stack : `${String(error)}\n${stack}`
}

/** A CID, of whichever library, as a link. Any other fact as it is. */
function withoutCid(fact: unknown): unknown {
  const { '/': mark, bytes } = (fact ?? {}) as { readonly '/'?: unknown; readonly bytes?: unknown }
  return isBytes(mark) && mark === bytes ? { '/': String(fact) } : fact
}

export function faultOf({ code, message, detail, cause }: FaultMessage): Fault {
  return new Fault(code, message, detail, cause)
}
