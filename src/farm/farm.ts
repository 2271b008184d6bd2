/** Farms: they put tasks on the lanes of a queue, and accept receipts by a policy (docs/spec/farm.md). */
import type { CID } from 'multiformats/cid'
import { linkOf } from '../base/dag-cbor.ts'
import { withDeadline, type Deadline } from '../base/deadline.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { isRecord } from '../base/shape.ts'
import { badUsage, fields } from '../base/usage.ts'
import { getBlock, putBlock } from '../content/block.ts'
import { exportCar } from '../content/car.ts'
import { putInOrder } from '../content/put-all.ts'
import type { CloseOptions } from '../executor/execution.ts'
import { givenPriority, Queue } from '../executor/queue.ts'
import { Flights } from '../executor/single-flight.ts'
import { Turn, type Asking } from '../executor/turn.ts'
import type { Block, Receipt, RunLimits, Task } from '../interface.ts'
import { serve, underLimits } from '../receipt/memo.ts'
import { checkLimits, decodeReceipt, encodeReceipt } from '../receipt/receipt.ts'
import { decodeTask, sealTask } from '../task/task.ts'
import type { FarmEvents } from './events.ts'
import { classOf, jobId, type FarmJob } from './job.ts'
import { settle, type Judged } from './judge.ts'
import { partsOf, type FarmOptions, type FarmParts } from './options.ts'
import { statusOf, type FarmCounts, type FarmStatus } from './status.ts'
import type { FarmSettlement } from './transcript.ts'

/** The options of a submission. */
export interface SubmitOptions extends Deadline {
  /** A whole number from -10 to 10. Tasks with a higher priority run first. Default: 0. */
  readonly priority?: number
  /** The name of the caller. Callers get equal shares of this farm. Default: none. */
  readonly caller?: string
}

/** The answer to a submission: a receipt under the limits that were asked for, and its block, which is in the store. */
export interface FarmReceipt extends Block {
  /** The CID of the task. */
  readonly task: CID
  /** The receipt. */
  readonly receipt: Receipt
  /** The source: `farm` for a new job, `joined` for one that had already begun, `memo` for the memo. */
  readonly origin: 'farm' | 'joined' | 'memo'
  /** How the job was settled. Absent for an answer from the memo. */
  readonly settled?: FarmSettlement
  /** The workers that gave the receipt. Absent for an answer from the memo. */
  readonly by?: readonly string[]
  /** The CID of the transcript. Absent for an answer from the memo. */
  readonly transcript?: CID
}

/** A farm. */
export interface Farm {
  /**
   * Runs a task on the farm, and returns its receipt under the limits. The task is given as a value, or as the CID of a
   * block in the store.
   *
   * @throws Fault busy if too many tasks wait, or no worker serves the farm; poison-task; no-agreement; queue-failed;
   *   the fault of the workers if all of them ended with one; store-failed, aborted, timeout, bad-task, bad-limits,
   *   bad-usage
   */
  submit(task: Task | CID, limits: RunLimits, options?: SubmitOptions): Promise<FarmReceipt>
  /** The events of jobs and answers. */
  readonly events: FarmEvents
  /**
   * The lanes, the workers with their histories, and the numbers of this farm.
   *
   * @throws Fault queue-failed, store-failed
   */
  status(): Promise<FarmStatus>
  /**
   * The transcript of the last judgement on a task, as a CAR with all that a third party needs to check it. Its root is
   * the transcript. Undefined if there is none.
   *
   * @throws Fault store-failed, block-missing
   */
  transcript(task: CID): Promise<Uint8Array | undefined>
  /**
   * Closes the farm. Later submissions end with the fault `aborted`. Resolves when all earlier ones have ended. With
   * `abort`, they end with the fault `aborted`. A transport that was given stays open.
   */
  close(options?: CloseOptions): Promise<void>
}

/**
 * Makes a farm. It connects to the queue when it is first used.
 *
 * @throws Fault bad-usage, bad-profile
 */
export function createFarm(options: FarmOptions): Farm {
  return new QueueFarm(partsOf(options))
}

/** A job that was settled, and whether the submission has joined one that had begun. */
interface Settled {
  readonly judged: Judged
  readonly joined: boolean
}

class QueueFarm implements Farm {
  readonly events: FarmEvents
  readonly #parts: FarmParts
  readonly #queue: Queue
  readonly #flights = new Flights<Judged, Turn>()
  readonly #counts: FarmCounts = { memo: 0, joined: 0, alone: 0, confirmed: 0, refereed: 0, unsettled: 0, lies: 0 }
  /** The submissions that have not ended. Each is a function that gives it up. */
  readonly #underWay = new Set<(fault: Fault) => void>()
  readonly #whenIdle = new Set<() => void>()
  #closed: Fault | undefined

  constructor(parts: FarmParts) {
    this.#parts = parts
    this.#queue = new Queue(parts.queue)
    this.events = parts.events as FarmEvents
    this.events.addEventListener('settled', ({ detail }) => void this.#counts[detail.settled]++)
    this.events.addEventListener('lie', () => void this.#counts.lies++)
  }

  async submit(task: Task | CID, limits: RunLimits, options: SubmitOptions = {}): Promise<FarmReceipt> {
    if (this.#closed !== undefined) throw this.#closed
    return new Promise<FarmReceipt>((resolve, reject) => {
      this.#underWay.add(reject)
      withDeadline(options, signal => this.#submit(task, limits, options, signal))
        .then(resolve, reject)
        .finally(() => {
          this.#underWay.delete(reject)
          if (this.#underWay.size > 0) return
          for (const wake of this.#whenIdle) wake()
          this.#whenIdle.clear()
        })
    })
  }

  async status(): Promise<FarmStatus> {
    const { queued, running } = this.#queue
    return { ...(await statusOf(this.#parts)), jobs: { queued, running, ...this.#counts } }
  }

  async transcript(task: CID): Promise<Uint8Array | undefined> {
    const root = await this.#parts.ledger.transcript(givenCid(task, 'task'))
    // A false receipt may link to blocks that nobody has.
    return root && exportCar(this.#parts.store, [root], { skipMissing: true })
  }

  async close(options: CloseOptions = {}): Promise<void> {
    const { abort = false } = fields(options, 'options')
    if (typeof abort !== 'boolean') throw badUsage('abort', 'true or false', abort)
    this.#closed ??= new Fault('aborted', 'the farm is closed')
    if (abort) {
      this.#flights.abort(new DOMException('the farm was closed', 'AbortError'))
      for (const giveUp of this.#underWay) giveUp(new Fault('aborted', 'the farm was closed'))
    }
    if (this.#underWay.size > 0) await new Promise<void>(resolve => this.#whenIdle.add(resolve))
    if (this.#parts.isOwn) await this.#parts.transport.close()
  }

  async #submit(
    given: Task | CID,
    asked: RunLimits,
    { caller = '', priority = 0 }: SubmitOptions,
    signal: AbortSignal | undefined,
  ): Promise<FarmReceipt> {
    const limits = checkLimits(asked)
    if (typeof caller !== 'string') throw badUsage('caller', 'text', caller)
    const call: Asking = { caller, priority: givenPriority(priority) }
    const { store, profile, memory } = this.#parts
    const block = await this.#blockOf(given, signal)
    const task = block.cid
    // Workers read the task from the store.
    await putInOrder(store, [profile, block], { signal })
    const known = await memory?.recall(task, limits, signal)
    if (known !== undefined) {
      this.#counts.memo++
      return { ...(await this.#kept(underLimits(known.receipt, limits), signal)), origin: 'memo' }
    }
    const job = { task, profile: profile.cid, limits: classOf(limits) }
    let settled = await this.#settled(job, call, signal)
    let own = serve(settled.judged.receipt, limits)
    if (own === undefined) {
      // The receipt of the class does not tell what these limits give: they are a job of their own (FARM-2).
      settled = await this.#settled({ ...job, limits }, call, signal)
      own = settled.judged.receipt
    }
    const { judged, joined } = settled
    const { by, transcript } = judged
    const answer = await this.#kept(own, signal)
    return { ...answer, origin: joined ? 'joined' : 'farm', settled: judged.settled, by, transcript }
  }

  /** The block of a task. One that is given by its CID is read from the store. */
  async #blockOf(given: Task | CID, signal: AbortSignal | undefined): Promise<Block> {
    if (isRecord(given)) return sealTask(given as Task).block
    const bytes = await getBlock(this.#parts.store, givenCid(given as CID, 'the task'), { signal })
    decodeTask(bytes)
    return { cid: linkOf(bytes), bytes }
  }

  /** Puts a receipt into the store. */
  async #kept(
    receipt: Receipt,
    signal: AbortSignal | undefined,
  ): Promise<Pick<FarmReceipt, 'cid' | 'bytes' | 'receipt' | 'task'>> {
    const { cid, bytes } = encodeReceipt(receipt)
    await putBlock(this.#parts.store, { cid, bytes }, { signal })
    return { cid, bytes, receipt: decodeReceipt(bytes), task: receipt.ran }
  }

  /** Settles a job, or joins a submission of the same one. */
  async #settled(job: FarmJob, call: Asking, signal: AbortSignal | undefined): Promise<Settled> {
    const queue = this.#queue
    const passenger = { signal, onStage: undefined }
    const flying = this.#flights.find(jobId(job), () => true)
    if (flying !== undefined) {
      queue.requireRoom(call.caller)
      this.#counts.joined++
      const leave = queue.guest(call.caller)
      const end = flying.about.add({ ...call })
      try {
        return { judged: await flying.join(passenger), joined: true }
      } finally {
        end()
        leave()
      }
    }
    if (!queue.isFree) queue.requireRoom(call.caller)
    const turn = new Turn(call.caller)
    const end = turn.add(call)
    const flight = this.#flights.start(jobId(job), job.limits, turn, context =>
      queue.run(turn, () => this.#judge(job, call.priority, context.signal), context.signal),
    )
    return { judged: await flight.join(passenger).finally(end), joined: false }
  }

  async #judge(job: FarmJob, priority: number, signal: AbortSignal): Promise<Judged> {
    const { memory } = this.#parts
    const judged = await settle(job, this.#parts, { priority, signal })
    const { receipt, block, linked } = judged
    await memory?.keep({ receipt, block, linked })
    return judged
  }
}
