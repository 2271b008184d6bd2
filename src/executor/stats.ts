/** Counts the calls and runs of an executor, and sends its events. */
import type { CID } from 'multiformats/cid'
import { Fault, type FaultCode } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import type { Engine } from '../engine/engine.ts'
import { Events, type ExecutorEventMap } from './events.ts'
import type { Queue } from './queue.ts'

/**
 * The present numbers of an executor. Their names follow the conventions of OpenTelemetry: each is the name of an
 * observable counter or up-down counter. The units are `{task}` for tasks, and `{receipt}`, `{module}`, `{thread}` and
 * `{fault}` for the others.
 */
export interface ExecutorStats {
  /** Runs that now wait for their turn. */
  readonly 'ipvm_wasm.tasks.queued': number
  /** Calls that now wait for the run of an equal task or for another attempt. */
  readonly 'ipvm_wasm.tasks.waiting': number
  /** Runs that now have their turn. */
  readonly 'ipvm_wasm.tasks.running': number
  /** Runs that have ended with a receipt, so far. */
  readonly 'ipvm_wasm.tasks.ran': number
  /** Calls that have joined the run of an equal task, so far. */
  readonly 'ipvm_wasm.tasks.joined': number
  /** Attempts that were repeated after a fault, so far. */
  readonly 'ipvm_wasm.tasks.retries': number
  /** Calls that the memo has answered, so far. */
  readonly 'ipvm_wasm.memo.hits': number
  /** Calls that the memo could not answer, so far. */
  readonly 'ipvm_wasm.memo.misses': number
  /** Errors of the memo store, so far. They change no answer. */
  readonly 'ipvm_wasm.memo.errors': number
  /** Modules that were admitted, instrumented and compiled for runs, so far. */
  readonly 'ipvm_wasm.modules.prepared': number
  /** Threads or processes of the engine that have died, so far. 0 if the engine does not count them. */
  readonly 'ipvm_wasm.threads.deaths': number
  /** Calls that have ended with a fault so far, by the code of the fault (the attribute `error.type`). */
  readonly 'ipvm_wasm.faults': Readonly<Partial<Record<FaultCode, number>>>
}

/** The names of the counters that `count` adds to. */
type Counter = 'ran' | 'joined' | 'retries' | 'hits' | 'misses' | 'errors' | 'prepared'

export class Stats {
  readonly events = new Events()
  readonly #queue: Queue
  readonly #engine: Engine
  readonly #counts: Record<Counter, number> = {
    ran: 0,
    joined: 0,
    retries: 0,
    hits: 0,
    misses: 0,
    errors: 0,
    prepared: 0,
  }
  readonly #faults: Partial<Record<FaultCode, number>> = {}
  #deaths = 0

  constructor(queue: Queue, engine: Engine) {
    this.#queue = queue
    this.#engine = engine
    this.#deaths = this.#died()
  }

  count(counter: Counter): void {
    this.#counts[counter]++
  }

  tell<K extends keyof ExecutorEventMap>(type: K, detail: ExecutorEventMap[K]['detail']): void {
    this.events.tell(type, detail)
  }

  /** Counts a call that has ended with an error, and sends an event. */
  fault(error: unknown, task: CID | undefined): void {
    const fault = error instanceof Fault ? error : hostFault(error)
    this.#faults[fault.code] = (this.#faults[fault.code] ?? 0) + 1
    this.tell('fault', { task, fault })
  }

  /** Sends an event if threads or processes have died since the last call. */
  noticeDeaths(task: CID): void {
    const deaths = this.#died()
    if (deaths > this.#deaths) this.tell('died', { task, deaths: deaths - this.#deaths })
    this.#deaths = deaths
  }

  snapshot(): ExecutorStats {
    const { ran, joined, retries, hits, misses, errors, prepared } = this.#counts
    return {
      'ipvm_wasm.tasks.queued': this.#queue.queued,
      'ipvm_wasm.tasks.waiting': this.#queue.guests,
      'ipvm_wasm.tasks.running': this.#queue.running,
      'ipvm_wasm.tasks.ran': ran,
      'ipvm_wasm.tasks.joined': joined,
      'ipvm_wasm.tasks.retries': retries,
      'ipvm_wasm.memo.hits': hits,
      'ipvm_wasm.memo.misses': misses,
      'ipvm_wasm.memo.errors': errors,
      'ipvm_wasm.modules.prepared': prepared,
      'ipvm_wasm.threads.deaths': this.#died(),
      'ipvm_wasm.faults': { ...this.#faults },
    }
  }

  /** The number of deaths that the engine counts. An engine that fails to tell changes no answer. */
  #died(): number {
    try {
      const deaths: unknown = this.#engine.stats?.().deaths
      return typeof deaths === 'number' ? deaths : 0
    } catch {
      return this.#deaths
    }
  }
}
