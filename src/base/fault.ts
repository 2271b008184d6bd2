/** Who has to act on a fault: the one who asked, the one who runs, or the network between. */
export type Whose = 'requestor' | 'runner' | 'network'

/**
 * Every way in which this host can be unable to tell what a task comes to, and whose matter it is.
 * A fault is thrown; it never becomes a receipt.
 */
const FAULTS = {
  /** A CID, task, receipt, profile or CAR that does not decode strictly. */
  'bad-cid': 'requestor',
  'bad-task': 'requestor',
  'bad-receipt': 'requestor',
  'bad-profile': 'requestor',
  'bad-car': 'requestor',
  'bad-limits': 'requestor',
  'bad-work': 'requestor',
  /** A declared safety class that the evidence does not carry. */
  'class-mismatch': 'requestor',
  /** A CID whose codec or hash this host does not know, or a DAG that is not a file. */
  'unsupported-codec': 'requestor',
  'unsupported-hash': 'requestor',
  'bad-dag': 'requestor',
  /** More bytes than this host is ready to load. */
  'too-large': 'requestor',
  /** A profile that this host does not have. */
  'unknown-profile': 'runner',
  /** A block that the store should have and has not, or has with other bytes. */
  'block-missing': 'network',
  'hash-mismatch': 'network',
  'gateway-failed': 'network',
  'store-failed': 'runner',
  /** Given up by an AbortSignal or after the allowed wall-clock time. */
  aborted: 'runner',
  timeout: 'runner',
  /** The engine gave out, or did what this project cannot account for. */
  'engine-failed': 'runner',
  'host-memory': 'runner',
  'host-stack': 'runner',
  /** A bug of ours. */
  internal: 'runner',
} as const satisfies Record<string, Whose>

export type FaultCode = keyof typeof FAULTS

/** This host could not tell. Thrown, and never a receipt. */
export class Fault extends Error {
  readonly code: FaultCode
  readonly whose: Whose
  /** Facts for people, such as the CID. */
  readonly detail: Readonly<Record<string, unknown>>

  /** `message` says what happened and, where there is something to do, what to do. */
  constructor(code: FaultCode, message: string, detail: Readonly<Record<string, unknown>> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'Fault'
    this.code = code
    this.whose = FAULTS[code]
    this.detail = detail
  }
}

/** Throws the fault that an aborted signal stands for; returns if it is not aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  const timedOut = signal.reason instanceof Error && signal.reason.name === 'TimeoutError'
  throw new Fault(timedOut ? 'timeout' : 'aborted', timedOut ? 'the time allowed has passed' : 'given up on request', {}, signal.reason)
}
