import type { CID } from 'multiformats/cid'
import type { Fault } from '../base/fault.ts'

/** The detail of an event about a task. */
export interface TaskDetail {
  /** The CID of the task. */
  readonly task: CID
}

/** The detail of an event about a call. */
export interface CallDetail extends TaskDetail {
  /** The caller that the call named; empty if it named none. */
  readonly caller: string
  /** The priority, from -10 to 10. Calls with a higher priority run first. */
  readonly priority: number
}

/** The detail of an event about an attempt at a run. */
export interface AttemptDetail extends TaskDetail {
  /** The number of the attempt; the first one is 1. */
  readonly attempt: number
}

/** The detail of an event about an attempt that is repeated. */
export interface RetryDetail extends AttemptDetail {
  /** The fault that ended the attempt. */
  readonly fault: Fault
  /** The time until the next attempt, in milliseconds. */
  readonly delayMs: number
}

/** The detail of an event about a receipt. */
export interface ReceiptDetail extends TaskDetail {
  /** The CID of the receipt. */
  readonly receipt: CID
}

/** The detail of an event about threads or processes that have died. */
export interface DeathsDetail extends TaskDetail {
  /** The number of deaths since the last event. */
  readonly deaths: number
}

/** The detail of an event about a call that has ended with a fault. */
export interface FaultDetail {
  /** The CID of the task; undefined if the task could not be read. */
  readonly task: CID | undefined
  /** The fault. */
  readonly fault: Fault
}

/** The events of an executor, by type. */
export interface ExecutorEventMap {
  /** A run waits for its turn. */
  readonly queued: CustomEvent<CallDetail>
  /** A call has joined the run of an equal task. */
  readonly joined: CustomEvent<CallDetail>
  /** A run has its turn. */
  readonly running: CustomEvent<AttemptDetail>
  /** A module was admitted, instrumented and compiled for a run. */
  readonly prepared: CustomEvent<TaskDetail>
  /** A run has ended with a receipt, which is in the store. */
  readonly ran: CustomEvent<ReceiptDetail>
  /** The memo has answered a call. */
  readonly hit: CustomEvent<ReceiptDetail>
  /** An attempt ended with a fault, and the next one begins after a delay. */
  readonly retry: CustomEvent<RetryDetail>
  /** Threads or processes of the engine have died. This is noticed when an attempt ends with a fault. */
  readonly died: CustomEvent<DeathsDetail>
  /** A call has ended with a fault. */
  readonly fault: CustomEvent<FaultDetail>
}

/** A listener for events of one type. */
export type ExecutorListener<E> = ((event: E) => void) | { handleEvent(event: E): void } | null

/** The `EventTarget` of an executor. An error that a listener throws has no effect on the call. */
export interface ExecutorEvents extends EventTarget {
  /** Adds a listener for events of a type. */
  addEventListener<K extends keyof ExecutorEventMap>(
    type: K,
    listener: ExecutorListener<ExecutorEventMap[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void
  /** As for any `EventTarget`. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  /** Removes a listener. */
  removeEventListener<K extends keyof ExecutorEventMap>(
    type: K,
    listener: ExecutorListener<ExecutorEventMap[K]>,
    options?: boolean | EventListenerOptions,
  ): void
  /** As for any `EventTarget`. */
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void
}

/** Dispatches events. It makes them only for types that have had a listener. */
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
