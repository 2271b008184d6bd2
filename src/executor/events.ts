import type { CID } from 'multiformats/cid'
import type { Fault } from '../base/fault.ts'

/** The events of an executor. The `detail` of each names the task by its CID. */
export interface ExecutorEventMap {
  /** A run waits for its turn. */
  readonly queued: CustomEvent<{ readonly task: CID; readonly caller: string; readonly priority: number }>
  /** A call has joined the run of an equal task. */
  readonly joined: CustomEvent<{ readonly task: CID; readonly caller: string; readonly priority: number }>
  /** A run has its turn. Attempts are counted from 1. */
  readonly running: CustomEvent<{ readonly task: CID; readonly attempt: number }>
  /** A module was admitted, instrumented and compiled for a run. */
  readonly prepared: CustomEvent<{ readonly task: CID }>
  /** A run has ended with a receipt, which is in the store. */
  readonly ran: CustomEvent<{ readonly task: CID; readonly receipt: CID }>
  /** The memo has answered a call. */
  readonly hit: CustomEvent<{ readonly task: CID; readonly receipt: CID }>
  /** An attempt ended with a fault, and the next one begins after a delay. */
  readonly retry: CustomEvent<{
    readonly task: CID
    readonly fault: Fault
    readonly attempt: number
    readonly delayMs: number
  }>
  /** Threads or processes of the engine have died, as was noticed when an attempt ended with a fault. */
  readonly died: CustomEvent<{ readonly task: CID; readonly deaths: number }>
  /** A call has ended with a fault. There is no task if it could not be read. */
  readonly fault: CustomEvent<{ readonly task: CID | undefined; readonly fault: Fault }>
}

/** A listener for events of one type. */
type Listener<E> = ((event: E) => void) | { handleEvent(event: E): void } | null

/** The `EventTarget` of an executor. An error that a listener throws does not reach the call that the event is about. */
export interface ExecutorEvents extends EventTarget {
  addEventListener<K extends keyof ExecutorEventMap>(
    type: K,
    listener: Listener<ExecutorEventMap[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener<K extends keyof ExecutorEventMap>(
    type: K,
    listener: Listener<ExecutorEventMap[K]>,
    options?: boolean | EventListenerOptions,
  ): void
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void
}

/** Makes events only of types that somebody has listened to. */
export class Events extends EventTarget {
  readonly #heard = new Set<string>()

  override addEventListener(...[type, ...rest]: Parameters<EventTarget['addEventListener']>): void {
    this.#heard.add(type)
    super.addEventListener(type, ...rest)
  }

  tell<K extends keyof ExecutorEventMap>(type: K, detail: ExecutorEventMap[K]['detail']): void {
    if (this.#heard.has(type)) this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
