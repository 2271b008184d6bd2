/** The queue of an executor. It bounds the number of runs at the same time, and the number of calls that wait. */
import { abortFault, Fault, throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import { count, fields } from '../base/usage.ts'
import { FairQueue } from './fair-queue.ts'
import type { Turn } from './turn.ts'

/** Options of a queue. */
export interface QueueOptions {
  /**
   * The number of tasks that run at once, at least 1. For an engine with n threads, use 2n. Then the threads stay busy
   * while blocks are loaded.
   */
  readonly concurrency: number
  /**
   * The greatest number of calls that wait. They may wait for their turn, for the run of an equal task, or for a retry.
   * A further call ends with the fault `busy`. Calls that are looked up in the memo and the store have a bound of their
   * own, which is `concurrency` + `maxQueued`. Default: 1 000.
   */
  readonly maxQueued?: number | undefined
  /**
   * The greatest number of calls of one caller that wait. With it, a caller that sends very many calls leaves room for
   * the others. Default: no limit but `maxQueued`.
   */
  readonly maxQueuedPerCaller?: number | undefined
}

const MAX_QUEUED = 1000

/** The lowest and the highest priority. */
const PRIORITIES = [-10, 10] as const

/**
 * Checks a priority and returns it.
 *
 * @throws Fault bad-usage for anything else than a priority
 */
export function givenPriority(priority: number): number {
  const [least, greatest] = PRIORITIES
  if (Number.isInteger(priority) && priority >= least && priority <= greatest) return priority
  throw new Fault('bad-usage', `priority must be a whole number from ${least} to ${greatest}`, { argument: 'priority' })
}

export class Queue {
  readonly #concurrency: number
  readonly #maxQueued: number
  readonly #maxQueuedPerCaller: number
  readonly #queue = new FairQueue<() => void>()
  /** The number of waiting calls of each caller that has any, those outside the queue included. */
  readonly #waiting = new Map<string, number>()
  #queued = 0
  #running = 0
  #guests = 0
  #looking = 0

  /** Without options, no run waits. */
  constructor(options: QueueOptions | undefined) {
    const given = options === undefined ? UNBOUNDED : fields(options, 'queue')
    const { concurrency, maxQueued = MAX_QUEUED, maxQueuedPerCaller = Infinity } = given
    if (concurrency === undefined)
      throw new Fault('bad-usage', 'queue.concurrency must be given', { argument: 'queue' })
    count(concurrency, 'queue.concurrency', 1)
    count(maxQueued, 'queue.maxQueued')
    count(maxQueuedPerCaller, 'queue.maxQueuedPerCaller')
    this.#concurrency = concurrency
    this.#maxQueued = maxQueued
    this.#maxQueuedPerCaller = maxQueuedPerCaller
  }

  /** The number of runs that wait for their turn. */
  get queued(): number {
    return this.#queued
  }

  /** The number of runs that have their turn. */
  get running(): number {
    return this.#running
  }

  /** The number of waiting calls outside the queue: calls that wait for a run of an equal task or for a retry. */
  get guests(): number {
    return this.#guests
  }

  /** True if a new run would get its turn at once. */
  get isFree(): boolean {
    return this.#running < this.#concurrency
  }

  /**
   * Checks that one more call of a caller may wait.
   *
   * @throws Fault busy
   */
  requireRoom(caller: string): void {
    const waiting = this.#queued + this.#guests
    const own = this.#waiting.get(caller) ?? 0
    if (waiting >= this.#maxQueued) {
      const message = `${waiting} calls wait, and no more may (maxQueued): try again later`
      throw new Fault('busy', message, { waiting, maxQueued: this.#maxQueued })
    }
    if (own >= this.#maxQueuedPerCaller) {
      const message = `${own} calls of this caller wait, and no more may (maxQueuedPerCaller): try again later`
      throw new Fault('busy', message, { waiting: own, maxQueuedPerCaller: this.#maxQueuedPerCaller })
    }
  }

  /** Counts a call as waiting outside the queue, until the returned function is called. */
  guest(caller: string): () => void {
    this.#guests++
    this.#count(caller, 1)
    return () => {
      this.#guests--
      this.#count(caller, -1)
    }
  }

  /**
   * Counts a call as one that is looked up in the memo and the store, until the returned function is called.
   *
   * @throws Fault busy if too many calls are
   */
  look(): () => void {
    const most = this.#concurrency + this.#maxQueued
    if (this.#looking >= most) {
      const message = `${most} calls are looked up in the memo and the store, and no more may be: try again later`
      throw new Fault('busy', message, { looking: most })
    }
    this.#looking++
    return () => void this.#looking--
  }

  /**
   * Waits for a turn, and then does the work.
   *
   * @throws Fault aborted, timeout while it waits, and the errors of the work
   */
  async run<T>(turn: Turn, work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    throwIfAborted(signal)
    if (this.isFree) this.#running++
    else await this.#wait(turn, signal)
    try {
      return await work()
    } finally {
      this.#end()
    }
  }

  /** Waits for a turn. When a run ends, it gives its turn to the next one, so the number of runs stays the same. */
  #wait(turn: Turn, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queued++
      this.#count(turn.caller, 1)
      const end = (): void => {
        leave()
        turn.leave()
        this.#queued--
        this.#count(turn.caller, -1)
      }
      const leave = onAbort(signal, () => {
        end()
        reject(abortFault(signal))
      })
      turn.enter(this.#queue, () => {
        end()
        resolve()
      })
    })
  }

  #count(caller: string, more: number): void {
    const waiting = (this.#waiting.get(caller) ?? 0) + more
    if (waiting === 0) this.#waiting.delete(caller)
    else this.#waiting.set(caller, waiting)
  }

  #end(): void {
    const next = this.#queue.take()
    if (next === undefined) this.#running--
    else next()
  }
}

const UNBOUNDED: QueueOptions = { concurrency: Infinity, maxQueued: Infinity }
