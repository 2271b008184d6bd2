import { isError } from './realms.ts'

/** Who has to act on a fault: the one who asked, the one who runs, or the network between. */
export type Whose = 'requestor' | 'runner' | 'network'

/** What is the same for all faults of a code. */
interface Kind {
  readonly whose: Whose
  /** True if the same call on the same host may succeed later, though nobody changes what was asked or how this host is set up. */
  readonly retryable: boolean
}

const ASKED: Kind = { whose: 'requestor', retryable: false }

/**
 * Every way in which this host can be unable to tell what a task comes to, and whose matter it is.
 * A fault is thrown; it never becomes a receipt.
 */
const FAULTS = {
  /** A function of this library that is given what it does not take: a text for a CID, an object without its methods. */
  'bad-usage': ASKED,
  /** A CID, task, receipt, profile, CAR or JSON that does not decode strictly. */
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
  /** A declared safety class that the evidence does not carry. */
  'class-mismatch': ASKED,
  /** A CID whose codec or hash this host does not know, or a DAG that is not a file. */
  'unsupported-codec': ASKED,
  'unsupported-hash': ASKED,
  'bad-dag': ASKED,
  /** More bytes than this host is ready to load. */
  'too-large': ASKED,
  /** A profile that this host does not have. */
  'unknown-profile': { whose: 'runner', retryable: false },
  /** A grant of a profile whose semantics this host has no function for. */
  'unknown-host-function': { whose: 'runner', retryable: false },
  /** A host function that does what it must not: it throws, gives values of another form, or does what its grant does not allow. */
  'host-function-failed': { whose: 'runner', retryable: false },
  /** A block that the store should have and has not, or has with other bytes. It may still arrive, or come whole. */
  'block-missing': { whose: 'network', retryable: true },
  'hash-mismatch': { whose: 'network', retryable: true },
  'gateway-failed': { whose: 'network', retryable: true },
  /** A store that does not read or write: a full disk may have space later. */
  'store-failed': { whose: 'runner', retryable: true },
  /** Given up by an AbortSignal or after the allowed wall-clock time, which a busy host may miss. */
  aborted: { whose: 'runner', retryable: true },
  timeout: { whose: 'runner', retryable: true },
  /** An executor whose queue is full. Nothing was begun; there may be room later. */
  busy: { whose: 'runner', retryable: true },
  /** The engine gave out, or did what this project cannot account for. The next job gets a new thread. */
  'engine-failed': { whose: 'runner', retryable: true },
  'host-memory': { whose: 'runner', retryable: true },
  /** The module needs more stack than the engine has: always so on this one. */
  'host-stack': { whose: 'runner', retryable: false },
  /** A bug of ours. */
  internal: { whose: 'runner', retryable: false },
} as const satisfies Record<string, Kind>

/** The kind of a fault. The list grows with versions; `whose` and `retryable` tell what to do about a code that is new. */
export type FaultCode = keyof typeof FAULTS

/** This host could not tell. Thrown, and never a receipt. */
export class Fault extends Error {
  /** What went wrong, for programs. */
  readonly code: FaultCode
  /** Who has to act: the one who asked, the one who runs, or the network between. */
  readonly whose: Whose
  /** True if the same call on the same host may succeed later, though nobody changes what was asked or how this host is set up. */
  readonly retryable: boolean
  /** Facts for people, such as the CID. */
  readonly detail: Readonly<Record<string, unknown>>

  /** `message` says what happened and, where there is something to do, what to do. */
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
 * True if the call that ended with this error may succeed later on the same host, though nobody changes what was asked or how
 * this host is set up. False for every error that is no fault.
 */
export function isRetryable(error: unknown): boolean {
  return error instanceof Fault && error.retryable
}

/** Throws Fault('bad-usage') for what is neither a signal nor absent. */
export function requireSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === 'function') return
  throw new Fault('bad-usage', 'signal must be an AbortSignal')
}

/** Throws the fault that an aborted signal stands for; returns if it is not aborted. What is no signal is bad-usage. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  requireSignal(signal)
  if (signal?.aborted === true) throw abortFault(signal)
}

/** The fault that a signal stands for which has fired. */
export function abortFault({ reason }: AbortSignal): Fault {
  const timedOut = isError(reason) && reason.name === 'TimeoutError'
  const message = timedOut ? 'the time allowed has passed' : 'given up on request'
  return new Fault(timedOut ? 'timeout' : 'aborted', message, {}, reason)
}
