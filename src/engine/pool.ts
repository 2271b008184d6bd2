import type { Callable } from '../abi/guest.ts'
import { abortFault, Fault, throwIfAborted } from '../base/fault.ts'
import { withDeadline } from '../base/deadline.ts'
import { fields } from '../base/usage.ts'
import type { Link, Outcome, Rejection } from '../interface.ts'
import { checkBlock, checkContents, checkJob, checkSource } from './check-job.ts'
import type { ComputeOptions, EngineStats, PreparingEngine } from './engine.ts'
import { loaderOf, sourceOf, type Job, type WantedLinks } from './job.ts'
import { givenOnStage } from './on-stage.ts'
import type { PreparedIndex } from './prepared-index.ts'
import { PreparedModules } from './prepared-modules.ts'
import type { Answer, Claimed, Given } from './protocol.ts'
import type { Stage } from './preparer.ts'
import { Recent } from '../base/recent.ts'
import type { OpenSeat, Seat } from './seat.ts'
import { blockFor, faultFor, notHandedOver, type Waiting } from './waiting.ts'

/** The codes of faults after which a seat is ended. A stack or memory that ran out may have damaged it. */
const DAMAGE: readonly string[] = ['engine-failed', 'host-memory', 'host-stack', 'internal']

const KEPT_BYTES = 32 * 1024 * 1024

/**
 * The greatest number of modules in the list of modules that a seat has prepared. The seat may have dropped some of
 * them; then it prepares them again.
 */
const KEYS_REMEMBERED = 1000

/**
 * An engine on seats. It opens a seat when one is needed, and uses it again for later jobs. A job in the queue has only
 * its key and its plain arguments. Its module and its links are loaded when a seat requests them.
 *
 * A seat that is being ended counts until nothing of it runs any more. So there are never more seats than allowed, even
 * if jobs are given up.
 */
export class Pool implements PreparingEngine {
  readonly #most: number
  readonly #open: OpenSeat
  /** The seats without a job. The last one in the list was used last. */
  readonly #idle: Seat[] = []
  /** The keys of the modules that each seat has worked on. */
  readonly #knows = new WeakMap<Seat, Recent<true>>()
  readonly #busy = new Map<Seat, Waiting>()
  readonly #ending = new Map<Seat, Promise<void>>()
  readonly #queue: Waiting[] = []
  readonly #prepared: PreparedModules
  #deaths = 0
  #closed = false

  /**
   * Opens up to `most` seats, and at least one. Keeps up to `keptBytes` of their prepared modules in memory, and all of them in the
   * index, if there is one.
   */
  constructor(most: number, keptBytes = KEPT_BYTES, open: OpenSeat, index?: PreparedIndex) {
    this.#most = Math.max(most, 1)
    this.#open = open
    this.#prepared = new PreparedModules(keptBytes, index)
  }

  get concurrency(): number {
    return this.#most
  }

  async compute(job: Job, options: ComputeOptions = {}): Promise<Outcome> {
    const { key, task, fun, abi, args, limits, loadLinks, files } = checkJob(job)
    return this.#ask(
      key,
      { compute: { key, task, fun, abi, args, limits, fileBytes: files?.maxBytes } },
      async wanted => {
        if (wanted === 'source') return { source: await sourceOf(job) }
        return { contents: checkContents(await loaderOf(loadLinks)(wanted), wanted) }
      },
      options,
      files && (async link => checkBlock(await files.load(link), link)),
    ) as Promise<Outcome>
  }

  async inspect(
    job: Pick<Job, 'key' | 'module' | 'profile'>,
    options: ComputeOptions = {},
  ): Promise<Callable | Rejection> {
    checkSource(job)
    const load = async (): Promise<Given> => ({ source: await sourceOf(job) })
    return this.#ask(job.key, { inspect: { key: job.key } }, load, options) as Promise<Callable | Rejection>
  }

  async close(): Promise<void> {
    this.#closed = true
    const fault = new Fault('aborted', 'the engine was closed')
    for (const waiting of [...this.#queue.splice(0), ...this.#busy.values()]) waiting.reject(fault)
    for (const seat of [...this.#idle, ...this.#busy.keys()]) this.#end(seat)
    await Promise.all([...this.#ending.values(), this.#prepared.written()])
  }

  stats(): EngineStats {
    const busy = this.#busy.size
    return { open: busy + this.#idle.length, busy, queued: this.#queue.length, deaths: this.#deaths }
  }

  #ask(
    key: string,
    question: Waiting['question'],
    load: Waiting['load'],
    options: ComputeOptions,
    loadBlock?: Waiting['loadBlock'],
  ): Promise<Outcome | Callable | Rejection> {
    const onStage = givenOnStage(fields(options, 'options').onStage)
    return withDeadline(
      options,
      signal =>
        new Promise((resolve, reject) => {
          throwIfAborted(signal)
          if (this.#closed) throw new Fault('aborted', 'the engine is closed')
          const waiting: Waiting = {
            key,
            question,
            load,
            ...(loadBlock && { loadBlock }),
            onStage,
            resolve,
            reject,
            loading: false,
            blockFault: undefined,
          }
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
        seat = this.#takeIdle(waiting.key) ?? this.#start()
        seat.post(waiting.question)
        this.#busy.set(seat, waiting)
        this.#knows.get(seat)!.set(waiting.key, true, 1)
        seat.hold(true)
      } catch (error) {
        if (seat !== undefined) this.#rest(seat)
        const message = 'the job could not be handed over to where it is computed'
        waiting.reject(error instanceof Fault ? error : new Fault('engine-failed', message, {}, error))
      }
    }
  }

  /**
   * Takes an idle seat for a module. It is the last one that has worked on the module. If there is none, it is the seat
   * that was used last.
   */
  #takeIdle(key: string): Seat | undefined {
    const knowing = this.#idle.findLastIndex(seat => this.#knows.get(seat)!.get(key) === true)
    return knowing < 0 ? this.#idle.pop() : this.#idle.splice(knowing, 1)[0]
  }

  #start(): Seat {
    const seat: Seat = this.#open({
      answered: (answer, worn = false) => this.#answered(seat, answer, worn),
      died: fault => this.#died(seat, fault),
    })
    this.#knows.set(seat, new Recent(KEYS_REMEMBERED))
    return seat
  }

  #answered(seat: Seat, answer: Answer, worn: boolean): void {
    // A prepared module is kept even if its job was given up meanwhile.
    if ('prepared' in answer) return this.#prepared.keep(answer.prepared.key, answer.prepared.bytes)
    const waiting = this.#busy.get(seat)
    if (waiting === undefined) return
    if ('stage' in answer) return this.#tell(waiting, answer.stage)
    if ('request' in answer) {
      const { request } = answer
      // The seat answers requests for further pieces itself.
      if (request === 'piece') return
      if (request === 'source' || 'wanted' in request) return void this.#supply(seat, waiting, request)
      if ('block' in request) return void this.#supplyBlock(seat, waiting, request.block)
      return this.#supplyPrepared(seat, waiting, request.prepared)
    }
    this.#busy.delete(seat)
    this.#prepared.release(seat)
    if ('fault' in answer) void faultFor(waiting, answer.fault).then(waiting.reject)
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

  async #supply(seat: Seat, waiting: Waiting, request: 'source' | { readonly wanted: WantedLinks }): Promise<void> {
    waiting.loading = true
    try {
      const given = await waiting.load(request === 'source' ? request : request.wanted)
      // If the job was given up meanwhile, `#giveUp` has already answered the seat.
      if (waiting.loading) seat.post({ given })
    } catch (error) {
      waiting.reject(error instanceof Fault ? error : notHandedOver(error))
      if (waiting.loading) seat.post({ given: 'failed' })
    }
    waiting.loading = false
  }

  /**
   * Loads a block for a guest that waits. If that fails, the guest's host function gets the fault, which ends only this
   * attempt at the run. If the job is given up meanwhile, the seat is ended, as with any guest that runs.
   */
  async #supplyBlock(seat: Seat, waiting: Waiting, link: Link): Promise<void> {
    const given = await blockFor(waiting, link)
    if (this.#busy.get(seat) !== waiting) return
    try {
      seat.post({ given })
    } catch (error) {
      this.#died(seat, notHandedOver(error))
    }
  }

  /**
   * Sends a prepared module to a seat. If there is none and no other seat prepares the module, this seat is told to prepare it.
   * Otherwise the seat gets the module when the other one has prepared it.
   */
  #supplyPrepared(seat: Seat, waiting: Waiting, key: string): void {
    const tell = (prepared: Claimed): void => {
      // If the job was given up meanwhile, `#giveUp` has already answered the seat.
      if (!waiting.loading) return
      waiting.loading = false
      try {
        seat.post({ given: { prepared } })
      } catch (error) {
        waiting.reject(new Fault('engine-failed', 'a prepared module could not be handed over', {}, error))
        this.#end(seat)
      }
    }
    waiting.loading = true
    this.#prepared.ask(key, seat, tell)
  }

  /** Makes a seat idle: the next job can use it. */
  #rest(seat: Seat): void {
    seat.hold(false)
    this.#idle.push(seat)
  }

  #died(seat: Seat, fault: Fault): void {
    const waiting = this.#busy.get(seat)
    if (waiting !== undefined || this.#idle.includes(seat)) this.#deaths++
    this.#end(seat)
    waiting?.reject(fault)
  }

  /** Ends a seat. When it has ended, another seat can be opened in its place. */
  #end(seat: Seat): void {
    const waiting = this.#busy.get(seat)
    if (waiting !== undefined) waiting.loading = false
    this.#busy.delete(seat)
    this.#prepared.release(seat)
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

  /**
   * Gives a job up. If a guest runs, the seat is ended. If the seat waits for requested data, it is told that loading
   * them has failed, and it stays open.
   */
  #giveUp(waiting: Waiting, fault: unknown): void {
    waiting.reject(fault)
    const queued = this.#queue.indexOf(waiting)
    if (queued >= 0) this.#queue.splice(queued, 1)
    for (const [seat, running] of this.#busy) {
      if (running !== waiting) continue
      if (!waiting.loading) return this.#end(seat)
      waiting.loading = false
      this.#prepared.release(seat)
      seat.post({ given: 'failed' })
    }
  }
}
