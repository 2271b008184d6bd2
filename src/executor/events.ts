import type { CID } from 'multiformats/cid'
import type { Fault } from '../base/fault.ts'

/** The detail of an event of a task. */
export interface TaskDetail {
  /** The task's CID. */
  readonly task: CID
}

/** The detail of an event of a call. */
export interface CallDetail extends TaskDetail {
  /** The name of the caller. It is empty if the call has none. */
  readonly caller: string
  /** The priority, from -10 to 10. Runs with a higher priority come first. */
  readonly priority: number
}

/** The detail of an event of an attempt at a run. */
export interface AttemptDetail extends TaskDetail {
  /** The number of the attempt; the first one is 1. */
  readonly attempt: number
}

/** The detail of an event of an attempt that is repeated. */
export interface RetryDetail extends AttemptDetail {
  /** The fault that ended the attempt. */
  readonly fault: Fault
  /** Milliseconds until the next attempt. */
  readonly delayMs: number
}

/** The detail of an event of a receipt. */
export interface ReceiptDetail extends TaskDetail {
  /** The receipt's CID. */
  readonly receipt: CID
}

/** The detail of an event of threads or processes that have died. */
export interface DeathsDetail extends TaskDetail {
  /** The number of threads or processes that have died since the last event. */
  readonly deaths: number
}

/** The detail of an event of a call that has ended with a fault. */
export interface FaultDetail {
  /** The task's CID; undefined if the task could not be read. */
  readonly task: CID | undefined
  /** The fault. */
  readonly fault: Fault
}

/** The events of an executor, by their types. */
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
  /** Threads or processes of the engine have died. The executor notices this only when an attempt ends with a fault. */
  readonly died: CustomEvent<DeathsDetail>
  /** A call has ended with a fault. */
  readonly fault: CustomEvent<FaultDetail>
}

/** A listener for events of one type. */
export type ExecutorListener<E> = ((event: E) => void) | { handleEvent(event: E): void } | null

/** An `EventTarget` whose events have types. `M` has the events by the names of their types. */
export interface TypedEvents<M extends Readonly<Record<keyof M, CustomEvent>>> extends EventTarget {
  /** Adds a listener for the events of one type. */
  addEventListener<K extends keyof M>(
    type: K,
    listener: ExecutorListener<M[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void
  /** Adds a listener as any `EventTarget` does. */
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  /** Removes a listener. */
  removeEventListener<K extends keyof M>(
    type: K,
    listener: ExecutorListener<M[K]>,
    options?: boolean | EventListenerOptions,
  ): void
  /** Removes a listener as any `EventTarget` does. */
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | EventListenerOptions,
  ): void
}

/** The `EventTarget` of an executor. If a listener throws, the call that the event is about does not see the error. */
export type ExecutorEvents = TypedEvents<ExecutorEventMap>

/** An `EventTarget` that makes an event only if a listener for its type was added. `M` has the events by their types. */
export class Events<M extends Readonly<Record<keyof M, CustomEvent>> = ExecutorEventMap> extends EventTarget {
  readonly #heard = new Set<string>()

  override addEventListener(...[type, ...rest]: Parameters<EventTarget['addEventListener']>): void {
    this.#heard.add(type)
    super.addEventListener(type, ...rest)
  }

  tell<K extends keyof M & string>(type: K, detail: M[K]['detail']): void {
    if (this.#heard.has(type)) this.dispatchEvent(new CustomEvent(type, { detail }))
  }
}
