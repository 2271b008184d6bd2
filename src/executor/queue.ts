/** The queue of an executor. It bounds the number of runs at the same time, and the number of calls that wait. */
import { abortFault, Fault, throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import { count, fields } from '../base/usage.ts'
import { FairQueue, type Place } from './fair-queue.ts'

/** Options of a queue. */
export interface QueueOptions {
  /**
   * The number of tasks that run at once, at least 1. For an engine with n threads, use 2n. Then the threads stay busy
   * while blocks are loaded.
   */
  readonly concurrency: number
  /**
   * The greatest number of calls that wait. They may wait for their turn, for the run of an equal task, or for a retry.
   * A further call ends with the fault `busy`. Default: 1 000.
   */
  readonly maxQueued?: number | undefined
}

/** The place of a run in the queue. Its priority may be raised while the run waits. */
export interface Turn {
  readonly caller: string
  priority: number
  place?: Place<() => void>
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
  readonly #queue = new FairQueue<() => void>()
  #running = 0
  #guests = 0

  /** Without options, no run waits. */
  constructor(options: QueueOptions | undefined) {
    const { concurrency, maxQueued = MAX_QUEUED } = options === undefined ? UNBOUNDED : fields(options, 'queue')
    if (concurrency === undefined)
      throw new Fault('bad-usage', 'queue.concurrency must be given', { argument: 'queue' })
    count(concurrency, 'queue.concurrency', 1)
    count(maxQueued, 'queue.maxQueued')
    this.#concurrency = concurrency
    this.#maxQueued = maxQueued
  }

  /** The number of runs that wait for their turn. */
  get queued(): number {
    return this.#queue.size
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
   * Checks that one more call may wait.
   *
   * @throws Fault busy
   */
  requireRoom(): void {
    const waiting = this.#queue.size + this.#guests
    if (waiting < this.#maxQueued) return
    const message = `${waiting} calls wait, and no more may (maxQueued): try again later`
    throw new Fault('busy', message, { waiting, maxQueued: this.#maxQueued })
  }

  /** Counts a call as waiting outside the queue, until the caller calls the returned function. */
  guest(): () => void {
    this.#guests++
    return () => void this.#guests--
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

  /** Raises the priority of a run to the priority of a call that has joined it. */
  raise(turn: Turn, priority: number): void {
    if (priority <= turn.priority) return
    turn.priority = priority
    if (turn.place !== undefined) this.#queue.raise(turn.place, priority)
  }

  /** Waits for a turn. When a run ends, it gives its turn to the next one, so the number of runs stays the same. */
  #wait(turn: Turn, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = onAbort(signal, () => {
        this.#queue.remove(place)
        reject(abortFault(signal))
      })
      const begin = (): void => {
        leave()
        resolve()
      }
      const place = (turn.place = this.#queue.add(begin, turn.caller, turn.priority))
    })
  }

  #end(): void {
    const next = this.#queue.take()
    if (next === undefined) this.#running--
    else next()
  }
}

const UNBOUNDED: QueueOptions = { concurrency: Infinity, maxQueued: Infinity }
