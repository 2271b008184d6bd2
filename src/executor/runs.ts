/**
 * The runs of an executor. Calls for equal tasks share a run, and each run waits for its turn. It is repeated after a
 * fault if the policy says so.
 */
import type { CID } from 'multiformats/cid'
import { throwIfAborted } from '../base/fault.ts'
import { raceAbort } from '../content/abort.ts'
import type { RunLimits } from '../interface.ts'
import { covers } from '../receipt/memo.ts'
import type { Origin } from './execution.ts'
import type { Memo } from './memo.ts'
import type { Queue } from './queue.ts'
import { withRetries, type RetryPolicy } from './retry.ts'
import type { Ran, Runner, SealedTask } from './run.ts'
import { Flights, type Flight, type FlightContext, type Passenger } from './single-flight.ts'
import type { Stats } from './stats.ts'
import { Turn, type Asking } from './turn.ts'

/** The parts of an executor that runs need. */
export interface RunsOptions {
  readonly runner: Runner
  readonly queue: Queue
  readonly policy: RetryPolicy
  readonly memo: Memo | undefined
  readonly stats: Stats
}

export class Runs {
  readonly #options: RunsOptions
  readonly #flights = new Flights<Ran, Turn>()

  constructor(options: RunsOptions) {
    this.#options = options
  }

  /** Gives all runs up. */
  abort(): void {
    this.#flights.abort(new DOMException('the executor was closed', 'AbortError'))
  }

  /**
   * Returns a run whose receipt covers the limits. It joins a run that has already begun, if there is one, and else
   * begins a new run. Throws faults, such as `busy`.
   */
  async run(
    task: SealedTask,
    limits: RunLimits,
    call: Asking,
    passenger: Passenger,
  ): Promise<{ readonly ran: Ran; readonly origin: Origin }> {
    const key = task.block.cid.toString()
    const isSame = (other: RunLimits): boolean => other.gas === limits.gas && other.pages === limits.pages
    // A run with less gas ends no later than a run with the limits of this call. A run with more gas might take longer.
    const isLess = (other: RunLimits): boolean => other.gas <= limits.gas
    const { queue } = this.#options
    const { caller } = call
    let flight = this.#flights.find(key, isSame) ?? this.#flights.find(key, isLess)
    let leave: (() => void) | undefined
    try {
      while (flight !== undefined) {
        if (leave === undefined) {
          queue.requireRoom(caller)
          leave = queue.guest(caller)
        }
        const ran = await this.#join(flight, task.block.cid, call, passenger)
        if (covers(ran.receipt, limits)) return { ran, origin: 'joined' }
        // The receipt does not cover the limits. The receipt of a run under the same limits does.
        flight = this.#flights.find(key, isSame)
      }
      throwIfAborted(passenger.signal)
      // A call that has waited already is not refused any more.
      if (leave === undefined && !queue.isFree) queue.requireRoom(caller)
    } finally {
      leave?.()
    }
    const turn = new Turn(caller)
    const end = turn.add(call)
    const own = this.#flights.start(key, limits, turn, context => this.#fly(task, limits, call, turn, context))
    return { ran: await own.join(passenger).finally(end), origin: 'run' }
  }

  #join(flight: Flight<Ran, Turn>, task: CID, call: Asking, passenger: Passenger): Promise<Ran> {
    const { stats } = this.#options
    const end = flight.about.add({ ...call })
    stats.count('joined')
    stats.tell('joined', { task, ...call })
    return flight.join(passenger).finally(end)
  }

  async #fly(
    task: SealedTask,
    limits: RunLimits,
    { caller, priority }: Asking,
    turn: Turn,
    { signal, onStage }: FlightContext,
  ): Promise<Ran> {
    const { runner, queue, policy, stats } = this.#options
    const { cid } = task.block
    let attempt = 0
    const once = async (): Promise<Ran> => {
      stats.tell('running', { task: cid, attempt: ++attempt })
      try {
        return await runner.run(task, limits, {
          signal,
          onStage: stage => {
            if (stage === 'run') {
              stats.count('prepared')
              stats.tell('prepared', { task: cid })
            }
            onStage(stage)
          },
        })
      } catch (error) {
        stats.noticeDeaths(cid)
        throw error
      }
    }
    const inTurn = (): Promise<Ran> => {
      if (!queue.isFree) stats.tell('queued', { task: cid, caller, priority })
      return queue.run(turn, once, signal)
    }
    const ran = await withRetries(inTurn, {
      policy,
      signal,
      onRetry: (fault, failed, delayMs) => {
        stats.count('retries')
        stats.tell('retry', { task: cid, fault, attempt: failed, delayMs })
      },
      onWait: () => queue.guest(turn.caller),
    })
    stats.count('ran')
    stats.tell('ran', { task: cid, receipt: ran.block.cid })
    await this.#remember(ran, signal)
    return ran
  }

  /** Keeps a receipt in the memo. An error of the memo changes no answer. */
  async #remember(ran: Ran, signal: AbortSignal): Promise<void> {
    const { memo, stats } = this.#options
    if (memo === undefined) return
    try {
      await raceAbort(() => memo.keep(ran), signal)
    } catch {
      throwIfAborted(signal)
      stats.count('errors')
    }
  }
}
