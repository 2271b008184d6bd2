/** A queue in the memory of this process: for tests, and for farms of a single process. */
import { raceAbort } from '../content/abort.ts'
import { FairQueue } from '../executor/fair-queue.ts'
import type { Abortable } from '../interface.ts'
import { now } from './clock.ts'
import {
  MAX_DEATHS,
  type FarmTransport,
  type LaneService,
  type LaneState,
  type LaneWorker,
  type Replica,
  type ReplicaEnd,
} from './transport.ts'

/** A queue in memory. */
export interface MemoryTransport extends FarmTransport {
  /** Ends the workers with a name as if their process had died: what they answer later is dropped. */
  kill(worker: string): void
}

/** Makes a queue in the memory of this process. */
export function createMemoryTransport(): MemoryTransport {
  const lanes = new Map<string, Lane>()
  const laneOf = (name: string): Lane => {
    const lane = lanes.get(name) ?? new Lane()
    lanes.set(name, lane)
    return lane
  }
  return {
    add: async replica => laneOf(replica.lane).add(replica),
    wait: (lane, id, options = {}) => laneOf(lane).wait(id, options),
    remove: async (lane, id) => laneOf(lane).remove(id),
    work: async service => laneOf(service.lane).serve(service),
    lanes: async () => [...lanes].map(([name, lane]) => lane.state(name)).filter(isUsed),
    close: async () => {},
    kill: worker => {
      for (const lane of lanes.values()) lane.kill(worker)
    },
  }
}

function isUsed({ waiting, active, setAside, workers }: LaneState): boolean {
  return waiting + active + setAside + workers.length > 0
}

/** What has become of a replica. */
type State = 'waiting' | 'active' | 'answered' | 'set-aside' | 'removed'

interface Entry {
  readonly replica: Replica
  state: State
  deaths: number
  end: ReplicaEnd | undefined
  /** The calls that wait for the end. */
  readonly waiting: Set<(end: ReplicaEnd) => void>
}

/** The greatest number of ended replicas that a lane keeps. The oldest ones are forgotten first. */
const MAX_ENDED = 10_000

const MINUTE_MS = 60_000

class Lane {
  readonly #entries = new Map<string, Entry>()
  readonly #queue = new FairQueue<Entry>()
  readonly #workers = new Set<Worker>()
  /** The replicas that have ended, the oldest ones first. */
  readonly #ended = new Set<Entry>()
  readonly #counts: Record<State, number> = { waiting: 0, active: 0, answered: 0, 'set-aside': 0, removed: 0 }
  /** The times of the last answers, by the clock of this process. */
  #answered: number[] = []

  add(replica: Replica): boolean {
    if (this.#entries.has(replica.id)) return false
    const entry: Entry = { replica, state: 'waiting', deaths: 0, end: undefined, waiting: new Set() }
    this.#counts.waiting++
    this.#entries.set(replica.id, entry)
    this.#enqueue(entry)
    return true
  }

  async wait(id: string, { signal }: Abortable): Promise<ReplicaEnd> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return { lost: true }
    if (entry.end !== undefined) return entry.end
    let tell: ((end: ReplicaEnd) => void) | undefined
    try {
      return await raceAbort(() => new Promise<ReplicaEnd>(resolve => entry.waiting.add((tell = resolve))), signal)
    } finally {
      if (tell !== undefined) entry.waiting.delete(tell)
    }
  }

  remove(id: string): void {
    const entry = this.#entries.get(id)
    if (entry === undefined || entry.state === 'active') return
    this.#entries.delete(id)
    this.#ended.delete(entry)
    this.#end(entry, 'removed', { lost: true })
  }

  serve(service: LaneService): LaneWorker {
    const worker = new Worker(service, this)
    this.#workers.add(worker)
    worker.pull()
    return {
      close: async ({ abort = false } = {}) => {
        this.#workers.delete(worker)
        await worker.close(abort)
      },
    }
  }

  kill(name: string): void {
    for (const worker of this.#workers) {
      if (worker.name !== name) continue
      this.#workers.delete(worker)
      worker.die()
    }
  }

  state(name: string): LaneState {
    const since = now() - MINUTE_MS
    this.#answered = this.#answered.filter(time => time > since)
    return {
      lane: name,
      waiting: this.#counts.waiting,
      active: this.#counts.active,
      setAside: this.#counts['set-aside'],
      perMinute: this.#answered.length,
      workers: [...this.#workers].map(worker => worker.name),
    }
  }

  /** The next replica that waits. Replicas that were removed meanwhile are skipped. */
  take(): Entry | undefined {
    for (let entry = this.#queue.take(); entry !== undefined; entry = this.#queue.take()) {
      if (entry.state !== 'waiting') continue
      this.#move(entry, 'active')
      return entry
    }
    return undefined
  }

  answer(entry: Entry, answer: Uint8Array): void {
    this.#answered.push(now())
    this.#keep(entry, 'answered', { answer })
  }

  /** Puts a replica back. `died` tells that a worker has died with it. */
  giveBack(entry: Entry, died: boolean): void {
    if (died) entry.deaths++
    if (entry.deaths >= MAX_DEATHS) return this.#keep(entry, 'set-aside', { deaths: entry.deaths })
    this.#move(entry, 'waiting')
    this.#enqueue(entry)
  }

  #move(entry: Entry, state: State): void {
    this.#counts[entry.state]--
    this.#counts[state]++
    entry.state = state
  }

  #enqueue(entry: Entry): void {
    this.#queue.add(entry, '', entry.replica.priority)
    for (const worker of this.#workers) worker.pull()
  }

  #keep(entry: Entry, state: State, end: ReplicaEnd): void {
    this.#end(entry, state, end)
    this.#ended.add(entry)
    if (this.#ended.size <= MAX_ENDED) return
    const [oldest] = this.#ended
    this.remove(oldest!.replica.id)
  }

  #end(entry: Entry, state: State, end: ReplicaEnd): void {
    this.#move(entry, state)
    entry.end = end
    for (const tell of entry.waiting) tell(end)
    entry.waiting.clear()
  }
}

class Worker {
  readonly name: string
  readonly #service: LaneService
  readonly #lane: Lane
  readonly #hands = new Map<Entry, AbortController>()
  #closed = false
  #whenEmpty: (() => void) | undefined

  constructor(service: LaneService, lane: Lane) {
    this.name = service.worker
    this.#service = service
    this.#lane = lane
  }

  /** Takes replicas, as many as it has hands free. */
  pull(): void {
    while (!this.#closed && this.#hands.size < this.#service.concurrency) {
      const entry = this.#lane.take()
      if (entry === undefined) return
      void this.#work(entry)
    }
  }

  async close(abort: boolean): Promise<void> {
    this.#closed = true
    if (abort) this.#dropAll(false)
    if (this.#hands.size > 0) await new Promise<void>(resolve => (this.#whenEmpty = resolve))
  }

  die(): void {
    this.#closed = true
    this.#dropAll(true)
  }

  #dropAll(died: boolean): void {
    const dropped = [...this.#hands]
    this.#hands.clear()
    for (const [entry, controller] of dropped) {
      controller.abort(new DOMException('the replica was given back', 'AbortError'))
      this.#lane.giveBack(entry, died)
    }
  }

  async #work(entry: Entry): Promise<void> {
    const controller = new AbortController()
    this.#hands.set(entry, controller)
    const { id, payload } = entry.replica
    const answer = await this.#service.handle({ id, payload, signal: controller.signal }).catch(() => undefined)
    // A replica that was given back meanwhile belongs to somebody else.
    if (!this.#hands.delete(entry)) return
    if (answer === undefined) this.#lane.giveBack(entry, true)
    else this.#lane.answer(entry, answer)
    if (this.#hands.size === 0) this.#whenEmpty?.()
    this.pull()
  }
}
