import type { Callable } from '../abi/guest.ts'
import { abortFault, Fault, throwIfAborted } from '../base/fault.ts'
import { withDeadline } from '../base/deadline.ts'
import { fields } from '../base/usage.ts'
import type { Outcome, Rejection } from '../interface.ts'
import { checkContents, checkJob, checkSource } from './check-job.ts'
import type { ComputeOptions, PreparingEngine } from './engine.ts'
import { loaderOf, sourceOf, type Job, type WantedLinks } from './job.ts'
import { givenOnStage, type OnStage } from './on-stage.ts'
import { faultOf, type Answer, type Given, type Question, type Request } from './protocol.ts'
import type { Stage } from './preparer.ts'
import { Recent } from './recent.ts'
import type { OpenSeat, Seat } from './seat.ts'

/** A question that waits for a seat or is being answered by one, and the caller that waits for the answer. */
interface Waiting {
  readonly question: Exclude<Question, { readonly given: Given }>
  /** Loads the answer to a request of the seat. */
  readonly load: (wanted: 'source' | WantedLinks) => Promise<Given>
  readonly onStage: OnStage
  readonly resolve: (answer: Outcome | Callable | Rejection) => void
  readonly reject: (fault: unknown) => void
  /** True while its seat waits for the answer to a request. */
  loading: boolean
}

/** Faults after which a seat is not used again, since a stack or memory that ran out may have damaged its state. */
const DAMAGE: readonly string[] = ['engine-failed', 'host-memory', 'host-stack', 'internal']

const KEPT_BYTES = 32 * 1024 * 1024

/**
 * An engine over seats, which are opened when they are needed and used again. A job in the queue holds its key and its plain
 * arguments only; its module and its links are loaded when a seat requests them. A seat is counted until nothing of it runs any
 * more. So no more seats run than are allowed, even if jobs are given up.
 */
export class Pool implements PreparingEngine {
  readonly #most: number
  readonly #open: OpenSeat
  readonly #idle: Seat[] = []
  readonly #busy = new Map<Seat, Waiting>()
  readonly #ending = new Map<Seat, Promise<void>>()
  readonly #queue: Waiting[] = []
  /** Prepared modules of all seats, for seats that are opened later. */
  readonly #prepared: Recent<Uint8Array>
  #closed = false

  /** Opens up to `most` seats, and at least one. Keeps up to `keptBytes` of their prepared modules. */
  constructor(most: number, keptBytes = KEPT_BYTES, open: OpenSeat) {
    this.#most = Math.max(most, 1)
    this.#open = open
    this.#prepared = new Recent(keptBytes)
  }

  get concurrency(): number {
    return this.#most
  }

  async compute(job: Job, options: ComputeOptions = {}): Promise<Outcome> {
    const { key, task, fun, abi, args, limits, loadLinks } = checkJob(job)
    return this.#ask(
      { compute: { key, task, fun, abi, args, limits } },
      async wanted => {
        if (wanted === 'source') return { source: await sourceOf(job) }
        return { contents: checkContents(await loaderOf(loadLinks)(wanted), wanted) }
      },
      options,
    ) as Promise<Outcome>
  }

  async inspect(
    job: Pick<Job, 'key' | 'module' | 'profile'>,
    options: ComputeOptions = {},
  ): Promise<Callable | Rejection> {
    checkSource(job)
    const load = async (): Promise<Given> => ({ source: await sourceOf(job) })
    return this.#ask({ inspect: { key: job.key } }, load, options) as Promise<Callable | Rejection>
  }

  async close(): Promise<void> {
    this.#closed = true
    const fault = new Fault('aborted', 'the engine was closed')
    for (const waiting of [...this.#queue.splice(0), ...this.#busy.values()]) waiting.reject(fault)
    for (const seat of [...this.#idle, ...this.#busy.keys()]) this.#end(seat)
    await Promise.all(this.#ending.values())
  }

  #ask(
    question: Waiting['question'],
    load: Waiting['load'],
    options: ComputeOptions,
  ): Promise<Outcome | Callable | Rejection> {
    const onStage = givenOnStage(fields(options, 'options').onStage)
    return withDeadline(
      options,
      signal =>
        new Promise((resolve, reject) => {
          throwIfAborted(signal)
          if (this.#closed) throw new Fault('aborted', 'the engine is closed')
          const waiting: Waiting = { question, load, onStage, resolve, reject, loading: false }
          signal?.addEventListener('abort', () => this.#giveUp(waiting, abortFault(signal)), { once: true })
          this.#queue.push(waiting)
          this.#next()
        }),
    )
  }

  #next(): void {
    while (this.#queue.length > 0) {
      if (this.#idle.length === 0 && this.#busy.size + this.#ending.size >= this.#most) return
      const waiting = this.#queue.shift()!
      let seat: Seat | undefined
      try {
        seat = this.#idle.pop() ?? this.#start()
        seat.post(waiting.question)
        this.#busy.set(seat, waiting)
        seat.hold(true)
      } catch (error) {
        if (seat !== undefined) this.#rest(seat)
        waiting.reject(
          new Fault('engine-failed', 'the job could not be handed over to where it is computed', {}, error),
        )
      }
    }
  }

  #start(): Seat {
    const seat: Seat = this.#open({
      answered: (answer, worn = false) => this.#answered(seat, answer, worn),
      died: fault => this.#died(seat, fault),
    })
    return seat
  }

  #answered(seat: Seat, answer: Answer, worn: boolean): void {
    // Kept even if the job was given up meanwhile.
    if ('prepared' in answer)
      return this.#prepared.set(answer.prepared.key, answer.prepared.bytes, answer.prepared.bytes.length)
    const waiting = this.#busy.get(seat)
    if (waiting === undefined) return
    if ('stage' in answer) return this.#tell(waiting, answer.stage)
    if ('request' in answer) return void this.#supply(seat, waiting, answer.request)
    this.#busy.delete(seat)
    if ('fault' in answer) waiting.reject(faultOf(answer.fault))
    else waiting.resolve('outcome' in answer ? answer.outcome : answer.inspected)
    if (worn || ('fault' in answer && DAMAGE.includes(answer.fault.code))) this.#end(seat)
    else this.#rest(seat)
    this.#next()
  }

  #tell(waiting: Waiting, stage: Stage): void {
    try {
      waiting.onStage?.(stage)
    } catch (fault) {
      this.#giveUp(waiting, fault)
    }
  }

  async #supply(seat: Seat, waiting: Waiting, request: Request): Promise<void> {
    if (typeof request === 'object' && 'prepared' in request)
      return seat.post({ given: { prepared: this.#prepared.get(request.prepared) } })
    waiting.loading = true
    try {
      const given = await waiting.load(request === 'source' ? request : request.wanted)
      // If the job was given up meanwhile, its seat was told.
      if (waiting.loading) seat.post({ given })
    } catch (error) {
      const unknown = (): Fault =>
        new Fault('engine-failed', 'what the job takes could not be loaded and handed over', {}, error)
      waiting.reject(error instanceof Fault ? error : unknown())
      if (waiting.loading) seat.post({ given: 'failed' })
    }
    waiting.loading = false
  }

  /** Makes a seat idle: the next job can use it. */
  #rest(seat: Seat): void {
    seat.hold(false)
    this.#idle.push(seat)
  }

  #died(seat: Seat, fault: Fault): void {
    const waiting = this.#busy.get(seat)
    this.#end(seat)
    waiting?.reject(fault)
  }

  /** Ends a seat. Another one can be opened in its place when it has ended. */
  #end(seat: Seat): void {
    const waiting = this.#busy.get(seat)
    if (waiting !== undefined) waiting.loading = false
    this.#busy.delete(seat)
    const idle = this.#idle.indexOf(seat)
    if (idle >= 0) this.#idle.splice(idle, 1)
    if (this.#ending.has(seat)) return
    this.#ending.set(
      seat,
      seat.end().then(() => {
        this.#ending.delete(seat)
        this.#next()
      }),
    )
  }

  /** Gives a job up. If a seat computes it, the seat is ended; if the seat waits for a request, it is told and stays. */
  #giveUp(waiting: Waiting, fault: unknown): void {
    waiting.reject(fault)
    const queued = this.#queue.indexOf(waiting)
    if (queued >= 0) this.#queue.splice(queued, 1)
    for (const [seat, running] of this.#busy) {
      if (running !== waiting) continue
      if (!waiting.loading) return this.#end(seat)
      waiting.loading = false
      seat.post({ given: 'failed' })
    }
  }
}
