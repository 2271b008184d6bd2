import { Worker } from 'node:worker_threads'
import { Fault, throwIfAborted } from '../base/fault.ts'
import type { Outcome } from '../interface.ts'
import type { Job } from './compute.ts'
import type { Engine } from './engine.ts'
import type { Answer } from './worker.ts'

export interface ThreadOptions {
  /** Jobs that are computed at once, at least 1; others wait. Default 1. */
  readonly threads?: number
  /** Stack of each thread, in MiB. The default 4 holds the profile's bound several times over. */
  readonly stackMb?: number
  /** Where the worker's file is, for bundlers that move it. */
  readonly workerUrl?: URL
}

interface Waiting {
  readonly job: Job
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (fault: Fault) => void
}

/**
 * An engine on threads of its own: a guest that runs too long is killed with its thread, and the next job gets another one.
 * Threads are started when they are needed and keep what they prepared.
 */
export function createThreadEngine(options: ThreadOptions = {}): Engine {
  return new ThreadEngine(options)
}

class ThreadEngine implements Engine {
  readonly #options: Required<ThreadOptions>
  readonly #idle: Worker[] = []
  readonly #busy = new Map<Worker, Waiting>()
  readonly #queue: Waiting[] = []
  #closed = false

  constructor({ threads = 1, stackMb = 4, workerUrl = new URL('./worker.js', import.meta.url) }: ThreadOptions) {
    this.#options = { threads: Math.max(threads, 1), stackMb, workerUrl }
  }

  compute(job: Job, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      if (this.#closed) throw new Fault('aborted', 'the engine is closed')
      const stop = (): void => this.#stop(waiting, signal!)
      const settled = (): void => signal?.removeEventListener('abort', stop)
      const waiting: Waiting = {
        job,
        resolve: outcome => (settled(), resolve(outcome)),
        reject: fault => (settled(), reject(fault)),
      }
      signal?.addEventListener('abort', stop, { once: true })
      this.#queue.push(waiting)
      this.#next()
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const fault = new Fault('aborted', 'the engine was closed')
    for (const waiting of [...this.#queue.splice(0), ...this.#busy.values()]) waiting.reject(fault)
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()]
    this.#busy.clear()
    await Promise.all(workers.map(worker => worker.terminate()))
  }

  #next(): void {
    if (this.#queue.length === 0 || this.#busy.size >= this.#options.threads) return
    const waiting = this.#queue.shift()!
    let worker: Worker | undefined
    try {
      worker = this.#idle.pop() ?? this.#start()
      worker.postMessage(waiting.job)
      this.#busy.set(worker, waiting)
      worker.ref()
    } catch (error) {
      if (worker !== undefined) this.#rest(worker)
      waiting.reject(new Fault('engine-failed', 'the job could not be given to a thread', {}, error))
      this.#next()
    }
  }

  #start(): Worker {
    const { workerUrl, stackMb } = this.#options
    // The process's own arguments may be such as no worker starts with: `--input-type`, `--eval`.
    const worker = new Worker(workerUrl, { execArgv: [], resourceLimits: { stackSizeMb: stackMb } })
    worker.on('message', (answer: Answer) => this.#answered(worker, answer))
    worker.on('messageerror', error => this.#died(worker, error))
    worker.on('error', error => this.#died(worker, error))
    worker.on('exit', () => this.#died(worker))
    return worker
  }

  /** Keeps a thread for the next job. It does not keep the process alive. */
  #rest(worker: Worker): void {
    worker.unref()
    this.#idle.push(worker)
  }

  #answered(worker: Worker, answer: Answer): void {
    const waiting = this.#busy.get(worker)
    if (waiting === undefined) return
    if ('outcome' in answer) {
      this.#busy.delete(worker)
      this.#rest(worker)
      waiting.resolve(answer.outcome)
      return this.#next()
    }
    const { code, message, detail, cause } = answer.fault
    this.#drop(worker, new Fault(code, message, detail, cause))
  }

  #died(worker: Worker, error?: unknown): void {
    const memory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
    this.#drop(worker, memory
      ? new Fault('host-memory', 'the thread ran out of memory', {}, error)
      : new Fault('engine-failed', 'the thread died', {}, error))
  }

  /** Ends a thread that has failed, and its job: nobody knows in which state a stack or memory that gave out has left it. */
  #drop(worker: Worker, fault: Fault): void {
    const waiting = this.#busy.get(worker)
    this.#busy.delete(worker)
    const idle = this.#idle.indexOf(worker)
    if (idle >= 0) this.#idle.splice(idle, 1)
    void worker.terminate()
    waiting?.reject(fault)
    if (!this.#closed) this.#next()
  }

  /** Gives a job up: one that runs takes its thread with it. */
  #stop(waiting: Waiting, signal: AbortSignal): void {
    const queued = this.#queue.indexOf(waiting)
    if (queued >= 0) this.#queue.splice(queued, 1)
    for (const [worker, running] of this.#busy) {
      if (running !== waiting) continue
      this.#busy.delete(worker)
      void worker.terminate()
    }
    try {
      throwIfAborted(signal)
    } catch (fault) {
      waiting.reject(fault as Fault)
    }
    if (!this.#closed) this.#next()
  }
}
