import { isError } from './realms.ts'

/** Who has to act on a fault: the requestor of the task, the runner of this host, or the network between them. */
export type Whose = 'requestor' | 'runner' | 'network'

/** The properties that all faults of a code share. */
interface Kind {
  readonly whose: Whose
  /**
   * True if the same call on the same host may succeed later, without a change of the call or of the host's settings.
   */
  readonly retryable: boolean
}

const ASKED: Kind = { whose: 'requestor', retryable: false }

/**
 * All codes of faults, and who has to act on each. A fault means that this host could not determine the outcome of a
 * task. It is thrown, and never becomes a receipt.
 */
const FAULTS = {
  /** An argument of the wrong kind: text in the place of a CID, or an object without the required methods. */
  'bad-usage': ASKED,
  // A CID, task, receipt, profile, CAR or JSON that does not decode strictly; then limits and work that are out of
  // range.
  'bad-cid': ASKED,
  'bad-task': ASKED,
  'bad-receipt': ASKED,
  'bad-profile': ASKED,
  'bad-car': ASKED,
  'bad-json': ASKED,
  'bad-limits': ASKED,
  'bad-work': ASKED,
  /** A workflow that does not decode strictly, contradicts itself, or has a task that cannot be run as it says. */
  'bad-workflow': ASKED,
  /** A declared safety class that does not follow from the evidence. */
  'class-mismatch': ASKED,
  // A task of another system that asks for what no profile here can run.
  'unsupported-task': ASKED,
  // An envelope that does not decode strictly, or whose signature or contents do not hold.
  'bad-envelope': ASKED,
  // A key, or the file of a key, that is malformed or that others can access.
  'bad-key': ASKED,
  // A CID whose codec or hash this host does not know, or a DAG that is not a file or directory.
  'unsupported-codec': ASKED,
  'unsupported-hash': ASKED,
  'bad-dag': ASKED,
  /** Content with more bytes than this host is willing to load. */
  'too-large': ASKED,
  /** A profile that this host does not have. */
  'unknown-profile': { whose: 'runner', retryable: false },
  /** A grant for whose semantics this host has no host function. */
  'unknown-host-function': { whose: 'runner', retryable: false },
  /**
   * A host function that broke its contract: it threw, returned values of another form, or used an ability without a
   * grant.
   */
  'host-function-failed': { whose: 'runner', retryable: false },
  // A block that the store does not have, or returns with other bytes. A later attempt may find it.
  'block-missing': { whose: 'network', retryable: true },
  'hash-mismatch': { whose: 'network', retryable: true },
  'gateway-failed': { whose: 'network', retryable: true },
  /** A store that failed to read or write, for example because the disk is full. */
  'store-failed': { whose: 'runner', retryable: true },
  // Ended by an AbortSignal, or when the allowed time had passed. A host that is less busy may finish in time.
  aborted: { whose: 'runner', retryable: true },
  timeout: { whose: 'runner', retryable: true },
  // The queue of the executor is full. Nothing was begun, and there may be room later.
  busy: { whose: 'runner', retryable: true },
  /** The queue of a farm that does not answer. */
  'queue-failed': { whose: 'runner', retryable: true },
  /** The workers of a farm gave no receipt that could be accepted. */
  'no-agreement': { whose: 'runner', retryable: true },
  /** A task with which several workers of a farm have died. The farm does not try it again. */
  'poison-task': ASKED,
  // The engine failed, or ran out of memory. The next job gets a new thread.
  'engine-failed': { whose: 'runner', retryable: true },
  /** A file of this library that is loaded when it is needed could not be read or fetched. */
  'asset-failed': { whose: 'runner', retryable: true },
  'host-memory': { whose: 'runner', retryable: true },
  /** The module needs more stack than this engine has. It will fail here each time. */
  'host-stack': { whose: 'runner', retryable: false },
  /** This host compiles no WebAssembly, for example because of the Content-Security-Policy of the page. */
  'compilation-forbidden': { whose: 'runner', retryable: false },
  /** A bug of this library. */
  internal: { whose: 'runner', retryable: false },
} as const satisfies Record<string, Kind>

/**
 * The code of a fault. Later versions may add codes. A program that does not know a code can act on `whose` and
 * `retryable`.
 */
export type FaultCode = keyof typeof FAULTS

/** Returns true if a text is the code of a fault. */
export function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(FAULTS, text)
}

/** This host could not determine the outcome. A fault is thrown, and never becomes a receipt. */
export class Fault extends Error {
  /** The kind of the failure, for programs. */
  readonly code: FaultCode
  /** Who has to act: the requestor of the task, the runner of this host, or the network between them. */
  readonly whose: Whose
  /**
   * True if the same call on the same host may succeed later, without a change of the call or of the host's settings.
   */
  readonly retryable: boolean
  /** Details for people, such as a CID. */
  readonly detail: Readonly<Record<string, unknown>>

  /** `message` says what happened and, where possible, how to solve the problem. */
  constructor(code: FaultCode, message: string, detail: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Fault'
    this.code = code
    this.whose = FAULTS[code].whose
    this.retryable = FAULTS[code].retryable
    this.detail = detail
  }
}

/**
 * Returns true if the call that ended with this error may succeed later on the same host, although the request and the configuration
 * stay the same. Returns false for every error that is not a fault.
 */
export function isRetryable(error: unknown): boolean {
  return error instanceof Fault && error.retryable
}

/** Throws Fault('bad-usage') unless the value is an AbortSignal or undefined. */
export function requireSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === 'function') return
  throw new Fault('bad-usage', 'signal must be an AbortSignal')
}

/**
 * Throws Fault('aborted') or Fault('timeout') if the signal has fired, and Fault('bad-usage') if it is not an
 * AbortSignal.
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  requireSignal(signal)
  if (signal?.aborted === true) throw abortFault(signal)
}

/** The fault for a signal that has fired: `timeout` if its reason is a TimeoutError, else `aborted`. */
export function abortFault({ reason }: AbortSignal): Fault {
  const timedOut = isError(reason) && reason.name === 'TimeoutError'
  const message = timedOut ? 'the time allowed has passed' : 'given up on request'
  return new Fault(timedOut ? 'timeout' : 'aborted', message, {}, reason)
}
