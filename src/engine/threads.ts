import { Worker } from 'node:worker_threads'
import type { Callable } from '../abi/guest.ts'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { codeOf } from '../base/realms.ts'
import { count, fields, givenText, positive } from '../base/usage.ts'
import type { Outcome, Rejection } from '../interface.ts'
import { checkJob, checkSource } from './check-job.ts'
import type { Errand, Job, Wanted, WantedArgs } from './compute.ts'
import type { ComputeOptions, PreparingEngine } from './engine.ts'
import type { Source } from './preparer.ts'
import type { Switches } from './switches.ts'
import type { Answer, Question, Setup } from './worker.ts'

/** How many threads an engine has, and what they keep. */
export interface ThreadOptions {
  /** Jobs that are computed at once, at least 1; others wait. Default 1. */
  readonly threads?: number
  /** Stack of each thread, in MiB. The default 4 holds the profile's bound several times over. */
  readonly stackMb?: number
  /** Where the worker's file is, for bundlers that move it. */
  readonly workerUrl?: URL
  /** Instrumented bytes of the modules that each thread keeps compiled; the least recently used go first. Default 32 MiB. */
  readonly keptBytes?: number
  /**
   * A folder for the private index of instrumented modules, which outlives the process. It is made with mode 0700, and not
   * used if anybody but the user may look into it: whoever can write there decides what guests do. Default: none.
   */
  readonly index?: string
  /** Bytes of all files in it; the least recently used go first. Default 512 MiB. */
  readonly indexBytes?: number
  /** Whether the first thread starts at once, and not with the first job. Default: no. */
  readonly eager?: boolean
  /**
   * Switches of V8 under which binaryen is loaded, and what undoes them. They hold for the whole process, so they are for
   * one that does nothing else meanwhile. Default: none.
   */
  readonly loadUnder?: Switches
}

interface Waiting {
  question: Question
  /** What the thread is given if it asks for it. */
  readonly source: Source
  readonly loadArgs?: Job['loadArgs']
  readonly onStage: ComputeOptions['onStage']
  readonly resolve: (answer: Outcome | Callable | Rejection) => void
  readonly reject: (fault: Fault) => void
}

/**
 * An engine on threads of its own: a guest that runs too long is killed with its thread, and the next job gets another one.
 * Threads are started when they are needed and keep what they prepared. A module crosses to a thread only if it is not
 * prepared there.
 */
export function createThreadEngine(options: ThreadOptions = {}): PreparingEngine {
  const { threads, stackMb, keptBytes, index, indexBytes } = fields(options, 'options')
  count(threads, 'threads', 1)
  positive(stackMb, 'stackMb')
  count(keptBytes, 'keptBytes')
  if (index !== undefined) givenText(index, 'index')
  count(indexBytes, 'indexBytes')
  return new ThreadEngine(options)
}

class ThreadEngine implements PreparingEngine {
  readonly #threads: number
  readonly #stackMb: number
  readonly #workerUrl: URL
  readonly #setup: Setup
  readonly #idle: Worker[] = []
  readonly #busy = new Map<Worker, Waiting>()
  readonly #queue: Waiting[] = []
  #closed = false

  constructor(options: ThreadOptions) {
    const { threads = 1, stackMb = 4, workerUrl = new URL('./worker.js', import.meta.url), keptBytes, index, indexBytes, loadUnder } = options
    this.#threads = threads
    this.#stackMb = stackMb
    this.#workerUrl = workerUrl
    this.#setup = { keptBytes, index: index === undefined ? undefined : { folder: index, maxBytes: indexBytes }, loadUnder }
    if (options.eager === true) this.#rest(this.#start())
  }

  async compute(job: Job, options: ComputeOptions = {}): Promise<Outcome> {
    const { module, profile, key, fun, abi, args, limits, loadArgs } = checkJob(job)
    return this.#ask({ key, fun, abi, args, limits }, { module, profile }, options, loadArgs) as Promise<Outcome>
  }

  async judge(source: Pick<Job, 'key' | 'module' | 'profile'>, options: ComputeOptions = {}): Promise<Callable | Rejection> {
    const { key, module, profile } = checkSource(source)
    return this.#ask({ key, judge: true }, { module, profile }, options) as Promise<Callable | Rejection>
  }

  async close(): Promise<void> {
    this.#closed = true
    const fault = new Fault('aborted', 'the engine was closed')
    for (const waiting of [...this.#queue.splice(0), ...this.#busy.values()]) waiting.reject(fault)
    const workers = [...this.#idle.splice(0), ...this.#busy.keys()]
    this.#busy.clear()
    await Promise.all(workers.map(worker => worker.terminate()))
  }

  #ask(question: Question, source: Source, options: ComputeOptions, loadArgs?: Job['loadArgs']): Promise<Outcome | Callable | Rejection> {
    const { signal, onStage } = fields(options, 'options')
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      if (this.#closed) throw new Fault('aborted', 'the engine is closed')
      const stop = (): void => this.#stop(waiting, signal!)
      const settled = (): void => signal?.removeEventListener('abort', stop)
      const waiting: Waiting = {
        question,
        source,
        loadArgs,
        onStage,
        resolve: answer => (settled(), resolve(answer)),
        reject: fault => (settled(), reject(fault)),
      }
      signal?.addEventListener('abort', stop, { once: true })
      this.#queue.push(waiting)
      this.#next()
    })
  }

  #next(): void {
    if (this.#queue.length === 0 || this.#busy.size >= this.#threads) return
    const waiting = this.#queue.shift()!
    let worker: Worker | undefined
    try {
      worker = this.#idle.pop() ?? this.#start()
      worker.postMessage(waiting.question)
      this.#busy.set(worker, waiting)
      worker.ref()
    } catch (error) {
      if (worker !== undefined) this.#rest(worker)
      waiting.reject(new Fault('engine-failed', 'the job could not be given to a thread', {}, error))
      this.#next()
    }
  }

  #start(): Worker {
    // The process's own arguments may be such as no worker starts with: `--input-type`, `--eval`.
    const limits = { stackSizeMb: this.#stackMb }
    const worker = new Worker(this.#workerUrl, { execArgv: [], workerData: this.#setup, resourceLimits: limits })
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
    if ('stage' in answer) return waiting.onStage?.(answer.stage)
    if ('fault' in answer) {
      const { code, message, detail, cause } = answer.fault
      return this.#drop(worker, new Fault(code, message, detail, cause))
    }
    if ('wanted' in answer && answer.wanted !== 'module') return void this.#load(worker, waiting, answer.wanted)
    this.#busy.delete(worker)
    this.#rest(worker)
    if ('wanted' in answer) this.#supply(waiting, answer)
    else waiting.resolve('outcome' in answer ? answer.outcome : answer.judged)
    this.#next()
  }

  /** Asks again at once, this time with the module. */
  #supply(waiting: Waiting, { undecided }: Wanted): void {
    waiting.question = { ...waiting.question, ...waiting.source, ...(undecided && { undecided }) } as Question
    this.#queue.unshift(waiting)
  }

  /**
   * Asks again with what is known of the parameters. The thread is kept meanwhile, so that there are never more contents in
   * memory than threads.
   */
  async #load(worker: Worker, waiting: Waiting, wanted: WantedArgs): Promise<void> {
    try {
      if (waiting.loadArgs === undefined) throw new Fault('engine-failed', 'the job has links, and nothing that loads them')
      const args = await waiting.loadArgs(wanted)
      if (this.#busy.get(worker) !== waiting) return
      waiting.question = { ...waiting.question as Errand, args }
      worker.postMessage(waiting.question)
    } catch (error) {
      if (this.#busy.get(worker) !== waiting) return
      this.#busy.delete(worker)
      this.#rest(worker)
      waiting.reject(error instanceof Fault ? error : new Fault('internal', String(error), {}, error))
      this.#next()
    }
  }

  #died(worker: Worker, error?: unknown): void {
    const memory = codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
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
