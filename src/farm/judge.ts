/** The judge: it settles a job from the answers of several lanes (docs/spec/farm.md, FARM-7 to FARM-9). */
import type { CID } from 'multiformats/cid'
import { Fault, isFaultCode, throwIfAborted, type FaultCode } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import { raceAbort } from '../content/abort.ts'
import type { Events } from '../executor/events.ts'
import type { Block, BlockStore, Receipt } from '../interface.ts'
import { decide, type Decision } from '../verifier/decide.ts'
import type { Verifier } from '../verifier/verifier.ts'
import { ask, type ReceiptReply, type Reply } from './ask.ts'
import type { FarmEventMap } from './events.ts'
import { jobId, replicaId, type FarmJob } from './job.ts'
import type { LaneBoard } from './lane-board.ts'
import type { FarmLedger } from './ledger.ts'
import { confirmationsFor, firstLanes, NO_HISTORY, nextLane, type LaneView, type Policy, type Toss } from './policy.ts'
import { conclude, type Accepted, type ConcludeParts } from './conclude.ts'
import { rule, type FarmLiar } from './rule.ts'
import type { FarmSettlement } from './transcript.ts'
import type { FarmTransport } from './transport.ts'

/** The parts of a judge. */
export interface JudgeParts extends ConcludeParts {
  readonly transport: FarmTransport
  readonly store: BlockStore
  readonly board: LaneBoard
  readonly ledger: FarmLedger
  readonly policy: Policy
  /** The secret from which it follows which answers are checked. */
  readonly seed: Uint8Array
  readonly referee: Pick<Verifier, 'verify'>
  readonly events: Events<FarmEventMap>
  /** The time after which one more lane is asked if none has answered, in milliseconds. */
  readonly patienceMs: number
}

/** A job that was settled. */
export interface Judged {
  /** The receipt under the limits of the job. */
  readonly receipt: Receipt
  readonly block: Block
  /** The blocks of its result and logs. */
  readonly linked: readonly CID[]
  readonly settled: FarmSettlement
  /** The workers that gave the receipt. */
  readonly by: readonly string[]
  /** The CID of the transcript. */
  readonly transcript: CID
}

/** Options of settling a job. */
export interface SettleOptions {
  readonly priority: number
  readonly signal: AbortSignal
}

/**
 * Settles a job. The receipt that it returns is under the limits of the job.
 *
 * @throws Fault poison-task, no-agreement, busy, queue-failed, store-failed, aborted, timeout, and the fault of the
 *   workers if all of them ended with one
 */
export async function settle(job: FarmJob, parts: JudgeParts, options: SettleOptions): Promise<Judged> {
  const trial = new Trial(job, parts, options)
  try {
    return await trial.run()
  } finally {
    trial.end()
  }
}

/** The trial of one job. */
class Trial {
  readonly #job: FarmJob
  readonly #parts: JudgeParts
  readonly #priority: number
  readonly #signal: AbortSignal
  readonly #toss: Toss
  /** Ends what is still being asked when the job is settled. */
  readonly #over = new AbortController()
  readonly #pending = new Map<string, Promise<Reply>>()
  readonly #replies: Reply[] = []
  readonly #liars: FarmLiar[] = []
  /** The lanes that were asked, one entry for each time. */
  readonly #asked: string[] = []
  #views: readonly LaneView[] = []
  /** The number of workers that must agree. It is known from the beginning, or from the first receipt on. */
  #confirmations: number | undefined
  #isSplit = false
  readonly #leave: () => void

  constructor(job: FarmJob, parts: JudgeParts, { priority, signal }: SettleOptions) {
    this.#job = job
    this.#parts = parts
    this.#priority = priority
    this.#signal = signal
    this.#toss = { seed: parts.seed, job: jobId(job) }
    this.#leave = onAbort(signal, () => this.#over.abort(signal.reason))
  }

  async run(): Promise<Judged> {
    const { board, policy } = this.#parts
    this.#views = await board.views(this.#signal)
    const first = firstLanes(this.#views, this.#toss, policy)
    if (first.length > 1) this.#confirmations = policy.replicas
    for (const lane of first) this.#ask(lane)
    for (;;) {
      await this.#gather()
      const receipts = this.#receipts()
      if (receipts.length === 0) throw await this.#failed()
      const ruling = await rule(receipts, this.#job, this.#confirmations!, this.#parts.referee, this.#signal)
      await this.#charge(receipts, ruling.liars)
      if (ruling.settled !== 'unsettled') return this.#settled(ruling)
      if (ruling.why !== undefined) throw await this.#unsettled(ruling.why)
      if (!(await this.#askMore(this.#confirmations!))) throw await this.#unsettled('all receipts are false')
    }
  }

  /** Gives up what is still being asked, and takes it off the queue if no worker has begun with it. */
  end(): void {
    this.#leave()
    this.#over.abort(new DOMException('the job is settled', 'AbortError'))
    for (const lane of this.#pending.keys())
      this.#parts.transport.remove(lane, replicaId(this.#job, lane)).catch(() => {})
  }

  /** Waits for replies until they suffice for a ruling, or no lane is left. */
  async #gather(): Promise<void> {
    while (this.#pending.size > 0) {
      const reply = await this.#next()
      if (reply === undefined) {
        await this.#askMore(this.#pending.size + (await this.#abandoned()))
        continue
      }
      await this.#take(reply)
      const decision = await this.#decide()
      if (decision?.decision === 'accept') return
      if (decision?.decision === 'contradiction') {
        if (this.#isSplit) continue
        this.#isSplit = true
        this.#parts.events.tell('split', { task: this.#job.task })
        await this.#askMore(this.#pending.size + 1)
      } else await this.#askMore(decision === undefined ? (this.#confirmations ?? 1) : decision.missing)
    }
  }

  /** The next reply, or undefined if the patience is over before one has come. */
  async #next(): Promise<Reply | undefined> {
    let timer: ReturnType<typeof setTimeout> | undefined
    const patience = new Promise<undefined>(resolve => {
      timer = setTimeout(resolve, this.#parts.patienceMs, undefined)
    })
    try {
      return await Promise.race([...this.#pending.values(), patience])
    } finally {
      clearTimeout(timer)
    }
  }

  /** The number of pending lanes that no worker serves now. */
  async #abandoned(): Promise<number> {
    const views = await this.#parts.board.viewsNow(this.#signal)
    const served = new Set(views.filter(({ workers }) => workers.length > 0).map(({ lane }) => lane))
    return [...this.#pending.keys()].filter(lane => !served.has(lane)).length
  }

  async #take(reply: Reply): Promise<void> {
    const { task } = this.#job
    const { events } = this.#parts
    const { lane } = reply
    this.#pending.delete(lane)
    this.#replies.push(reply)
    switch (reply.kind) {
      case 'receipt':
        return events.tell('answered', { task, lane, by: reply.by })
      case 'fault':
        return events.tell('faulted', { task, lane, by: reply.by })
      case 'refused':
        return events.tell('refused', { task, lane, why: reply.why })
      case 'poison': {
        events.tell('poison', { task, lane })
        const transcript = await this.#conclude(undefined)
        const message = `${reply.deaths} workers have died with the task ${task} on lane ${lane}: it is set aside`
        throw new Fault('poison-task', message, { task, lane, deaths: reply.deaths, transcript })
      }
    }
  }

  /** The decision about the receipts so far. Undefined if there is none. */
  async #decide(): Promise<Decision | undefined> {
    const receipts = this.#receipts()
    const [first] = receipts
    if (first === undefined) return undefined
    const { ledger, policy } = this.#parts
    this.#confirmations ??= confirmationsFor(
      first.by,
      (await ledger.histories()).get(first.by) ?? NO_HISTORY,
      this.#toss,
      policy,
    )
    const claims = receipts.map(({ by, receipt }) => ({ by, receipt }))
    return decide(claims, { asked: this.#job, confirmations: this.#confirmations })
  }

  /** The receipts that were not refuted. */
  #receipts(): readonly ReceiptReply[] {
    return this.#replies.filter(
      (reply): reply is ReceiptReply =>
        reply.kind === 'receipt' && !this.#liars.some(({ receipt }) => receipt.equals(reply.block.cid)),
    )
  }

  #ask(lane: string): void {
    const { transport, store, board, events } = this.#parts
    const { task } = this.#job
    this.#asked.push(lane)
    board.count(lane)
    events.tell('asked', { task, lane })
    const onLost = (): void => events.tell('lost', { task, lane })
    const { signal } = this.#over
    const reply = ask(this.#job, lane, { transport, store, priority: this.#priority, signal, onLost })
    // A reply that nobody waits for any more may fail.
    reply.catch(() => {})
    this.#pending.set(lane, reply)
  }

  /** Asks lanes until `wanted` are pending. Returns false if none is pending and none could be asked. */
  async #askMore(wanted: number): Promise<boolean> {
    while (this.#pending.size < wanted) {
      if (this.#asked.length >= this.#parts.policy.maxReplicas) break
      this.#views = await this.#parts.board.viewsNow(this.#signal)
      const lane = nextLane(this.#views, this.#asked, this.#toss) ?? this.#laneToRepeat()
      if (lane === undefined) break
      this.#ask(lane)
    }
    return this.#pending.size > 0
  }

  /** A lane that gave no receipt that still counts, and may do better. The one that was asked least comes first. */
  #laneToRepeat(): string | undefined {
    const times = (lane: string): number => this.#asked.filter(name => name === lane).length
    const counted = new Set(this.#receipts().map(({ lane }) => lane))
    return this.#views
      .map(({ lane }) => lane)
      .filter(lane => !this.#pending.has(lane) && !counted.has(lane))
      .sort((a, b) => times(a) - times(b))[0]
  }

  /** Charges liars, and removes their answers from the queue, so that nobody is given them again. */
  async #charge(receipts: readonly ReceiptReply[], liars: readonly FarmLiar[]): Promise<void> {
    this.#liars.push(...liars)
    for (const { by, receipt } of liars) this.#parts.events.tell('lie', { task: this.#job.task, by, receipt })
    const isFalse = ({ block }: ReceiptReply): boolean => liars.some(({ receipt }) => receipt.equals(block.cid))
    const remove = (lane: string): Promise<void> => this.#parts.transport.remove(lane, replicaId(this.#job, lane))
    for (const { lane } of receipts.filter(isFalse)) await raceAbort(() => remove(lane), this.#signal)
  }

  async #settled(ruling: Accepted): Promise<Judged> {
    const { receipt, block, linked } = ruling.accepted
    const transcript = await this.#conclude(ruling)
    return { receipt, block, linked, settled: ruling.settled, by: ruling.by, transcript }
  }

  /** Keeps the evidence and the transcript, also for a job of which no receipt was accepted. */
  #conclude(ruling: Accepted | undefined): Promise<CID> {
    const found = { replies: this.#replies, liars: this.#liars, confirmations: this.#confirmations ?? 1 }
    return conclude(this.#job, this.#parts, found, ruling)
  }

  /** The fault for a job of which no receipt was accepted. */
  async #unsettled(why: string): Promise<Fault> {
    const { task } = this.#job
    const transcript = await this.#conclude(undefined)
    const message = `the workers gave no receipt that can be accepted: ${why}`
    return new Fault('no-agreement', message, { task, transcript })
  }

  /** The fault for a job to which no lane gave a receipt: that of the workers, if they gave one. */
  async #failed(): Promise<Fault> {
    throwIfAborted(this.#signal)
    const last = this.#replies.findLast(reply => reply.kind === 'fault')
    if (last === undefined || !isFaultCode(last.fault.code)) return this.#unsettled('no lane gave a receipt')
    const code: FaultCode = last.fault.code
    const { task } = this.#job
    const transcript = await this.#conclude(undefined)
    return new Fault(code, `the workers ended with a fault: ${last.fault.message}`, {
      task,
      lane: last.lane,
      transcript,
    })
  }
}
