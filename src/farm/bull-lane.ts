/** One lane of a BullMQ transport: a queue of BullMQ, and the calls that wait for the ends of its replicas. */
import type { Job, Queue, QueueEvents } from 'bullmq'
import { base64pad } from 'multiformats/bases/base64'
import { raceAbort } from '../content/abort.ts'
import { newSecretKey } from '../envelope/ed25519.ts'
import type { Abortable } from '../interface.ts'
import type { BullClient } from './bull-client.ts'
import { MAX_DEATHS, type LaneState, type Replica, type ReplicaEnd } from './transport.ts'

/** What BullMQ keeps of a replica. */
export interface BullData {
  /** The job, in base 64. */
  readonly payload: string
  /** A text that tells the one who added the replica from others who tried. */
  readonly mark: string
}

/** How long ended replicas are kept: an hour for answers, a day for what is set aside; `count` bounds their number. */
const KEEP_ANSWERED = { age: 3600, count: 10_000 }
const KEEP_SET_ASIDE = { age: 86_400, count: 1000 }

/**
 * The time between two looks at replicas that are waited for, in milliseconds. Events tell of ends at once. They are
 * lost if Redis is killed, or if there are too many.
 */
const LOOK_MS = 2000

/** The number of replicas that one look checks. */
const LOOK_AT = 200

const MINUTE_MS = 60_000

/** The name of the queue of a lane. */
export function queueName(lane: string): string {
  return `lane-${lane}`
}

export class BullLane {
  readonly #name: string
  readonly #queue: Queue<BullData, string>
  readonly #events: QueueEvents
  /** The calls that wait, by the id of the replica. */
  readonly #waiting = new Map<string, Set<(end: ReplicaEnd) => void>>()
  readonly #timer: ReturnType<typeof setInterval>
  /** A text that no other process has, for the marks of replicas. */
  readonly #mark = base64pad.baseEncode(newSecretKey())
  #added = 0

  /** `now` is the time by the clock of Redis. Events from then on are read. */
  constructor(name: string, { bull, redis }: BullClient, prefix: string, now: number) {
    this.#name = name
    this.#queue = new bull.Queue<BullData, string>(queueName(name), { connection: redis, prefix })
    this.#events = new bull.QueueEvents(queueName(name), {
      connection: redis,
      prefix,
      lastEventId: `${now}-0`,
    })
    // Errors of the connection end in the calls that use it. The client connects again by itself.
    this.#queue.on('error', () => {})
    this.#events.on('error', () => {})
    const look = ({ jobId }: { readonly jobId: string }): void => void this.#look(jobId).catch(() => {})
    this.#events.on('completed', look).on('failed', look).on('removed', look)
    this.#timer = setInterval(() => void this.#lookAtSome(), LOOK_MS)
    this.#timer.unref?.()
  }

  async add({ id, payload, priority }: Replica): Promise<boolean> {
    const mark = `${this.#mark} ${this.#added++}`
    await this.#queue.add(
      'replica',
      { payload: base64pad.baseEncode(payload), mark },
      {
        jobId: id,
        // BullMQ takes jobs with a lower number first.
        priority: 11 - priority,
        attempts: MAX_DEATHS,
        removeOnComplete: KEEP_ANSWERED,
        removeOnFail: KEEP_SET_ASIDE,
      },
    )
    return (await this.#queue.getJob(id))?.data.mark === mark
  }

  async wait(id: string, { signal }: Abortable): Promise<ReplicaEnd> {
    const tells = this.#waiting.get(id) ?? new Set()
    this.#waiting.set(id, tells)
    let tell: ((end: ReplicaEnd) => void) | undefined
    try {
      return await raceAbort(
        () =>
          new Promise<ReplicaEnd>((resolve, reject) => {
            tells.add((tell = resolve))
            // It may have ended before this call listened.
            this.#look(id).catch(reject)
          }),
        signal,
      )
    } finally {
      if (tell !== undefined) tells.delete(tell)
      if (tells.size === 0) this.#waiting.delete(id)
    }
  }

  async remove(id: string): Promise<void> {
    await this.#queue.remove(id)
    await this.#look(id)
  }

  /** The state of the lane. `workers` are those that serve it. */
  async state(workers: readonly string[], now: number): Promise<LaneState> {
    const [counts, metrics] = await Promise.all([
      this.#queue.getJobCounts('wait', 'prioritized', 'active', 'failed'),
      this.#queue.getMetrics('completed', 0, 0),
    ])
    const { wait = 0, prioritized = 0, active = 0, failed = 0 } = counts
    const isCurrent = now - metrics.meta.prevTS < 2 * MINUTE_MS
    return {
      lane: this.#name,
      waiting: wait + prioritized,
      active,
      setAside: failed,
      perMinute: isCurrent ? (metrics.data[0] ?? 0) : 0,
      workers,
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([this.#queue.close(), this.#events.close()])
  }

  /** Looks whether a replica has ended, and tells the calls that wait for it. */
  async #look(id: string): Promise<void> {
    const tells = this.#waiting.get(id)
    if (tells === undefined) return
    const end = endOf(await this.#queue.getJob(id))
    if (end === undefined) return
    for (const tell of tells) tell(end)
  }

  /** Looks at the replicas that were waited for longest. */
  async #lookAtSome(): Promise<void> {
    const ids = [...this.#waiting.keys()].slice(0, LOOK_AT)
    for (const id of ids) {
      const tells = this.#waiting.get(id)
      if (tells === undefined) continue
      // The next look begins with others.
      this.#waiting.delete(id)
      this.#waiting.set(id, tells)
      // Without a connection, the next look tries again.
      await this.#look(id).catch(() => {})
    }
  }
}

/** The end of a replica. Undefined if it has not ended. */
function endOf(job: Job<BullData, string> | undefined): ReplicaEnd | undefined {
  if (job === undefined) return { lost: true }
  const answer: unknown = job.returnvalue
  if (typeof answer === 'string') return { answer: bytesOf(answer) }
  if (job.finishedOn === undefined || job.finishedOn === null) return undefined
  // A value of another kind was written by somebody who is no worker of ours.
  return job.failedReason ? { deaths: Math.max(job.stalledCounter, job.attemptsMade) } : { answer: new Uint8Array(0) }
}

/** Decodes base 64. Returns no bytes for other text: they are no answer. */
export function bytesOf(text: unknown): Uint8Array {
  try {
    return base64pad.baseDecode(text as string)
  } catch {
    return new Uint8Array(0)
  }
}
