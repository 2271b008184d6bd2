/** What a judge knows of the lanes: the workers on them with their histories, and how much waits there. */
import { Fault, throwIfAborted } from '../base/fault.ts'
import { raceAbort } from '../content/abort.ts'
import { now } from './clock.ts'
import type { FarmLedger } from './ledger.ts'
import { NO_HISTORY, type LaneView } from './policy.ts'
import type { FarmTransport, LaneState } from './transport.ts'

/** The time for which the state of the lanes is used before it is asked for again, in milliseconds. */
const FRESH_MS = 500

/** The time between two looks for a lane if there is none, in milliseconds. */
const LOOK_MS = 500

/** The parts of a board. */
export interface LaneBoardOptions {
  readonly transport: Pick<FarmTransport, 'lanes'>
  readonly ledger: Pick<FarmLedger, 'histories'>
  /** The lanes to use. Undefined for all that have a worker. */
  readonly only: readonly string[] | undefined
  /** The time for which a job waits for a lane, in milliseconds. */
  readonly patienceMs: number
  /** The greatest number of replicas on a lane. */
  readonly maxWaiting: number
}

export class LaneBoard {
  readonly #options: LaneBoardOptions
  #states: readonly LaneState[] = []
  #readAt = -Infinity
  #reading: Promise<void> | undefined
  /** The replicas that were put on lanes since the state was read. */
  readonly #added = new Map<string, number>()

  constructor(options: LaneBoardOptions) {
    this.#options = options
  }

  /** Counts a replica that was put on a lane. */
  count(lane: string): void {
    this.#added.set(lane, (this.#added.get(lane) ?? 0) + 1)
  }

  /**
   * The lanes that can be used. Waits for one if there is none.
   *
   * @throws Fault busy if there is none in time, or all are full; queue-failed, store-failed, aborted, timeout
   */
  async views(signal: AbortSignal): Promise<readonly LaneView[]> {
    const { patienceMs, maxWaiting } = this.#options
    const begun = now()
    for (;;) {
      const views = await this.viewsNow(signal)
      if (views.length > 0) {
        if (views.some(({ load = 0 }) => load < maxWaiting)) return views
        const message = `${maxWaiting} jobs or more wait on each lane (maxWaiting): try again later`
        throw new Fault('busy', message, { maxWaiting })
      }
      if (now() - begun >= patienceMs)
        throw new Fault('busy', 'no worker serves this farm: start one, such as ipvm-wasm worker', {})
      this.#readAt = -Infinity
      await pause(Math.min(LOOK_MS, patienceMs), signal)
    }
  }

  /**
   * The lanes that can be used now. There may be none.
   *
   * @throws Fault queue-failed, store-failed, aborted, timeout
   */
  async viewsNow(signal: AbortSignal): Promise<readonly LaneView[]> {
    await raceAbort(() => this.#refresh(), signal)
    const histories = await raceAbort(() => this.#options.ledger.histories(), signal)
    return this.#usable().map(({ lane, workers, waiting, active }) => ({
      lane,
      workers: workers.map(worker => histories.get(worker) ?? NO_HISTORY),
      load: waiting + active + (this.#added.get(lane) ?? 0),
    }))
  }

  #usable(): readonly LaneState[] {
    const { only } = this.#options
    if (only === undefined) return this.#states.filter(({ workers }) => workers.length > 0)
    return only.map(lane => this.#states.find(state => state.lane === lane) ?? { ...EMPTY, lane })
  }

  async #refresh(): Promise<void> {
    if (now() - this.#readAt < FRESH_MS) return
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    await this.#reading
  }

  async #read(): Promise<void> {
    this.#states = await this.#options.transport.lanes()
    this.#readAt = now()
    this.#added.clear()
  }
}

const EMPTY: LaneState = { lane: '', waiting: 0, active: 0, setAside: 0, perMinute: 0, workers: [] }

/** Waits for a time. Throws Fault aborted or timeout if the signal fires. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    await raceAbort(() => new Promise<void>(resolve => (timer = setTimeout(resolve, ms))), signal)
  } finally {
    clearTimeout(timer)
  }
  throwIfAborted(signal)
}
