/** Single flight: calls for the same task share one run. The run goes on as long as at least one call waits for it. */
import { abortFault, throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import type { OnStage } from '../engine/on-stage.ts'
import type { Stage } from '../engine/preparer.ts'
import type { RunLimits } from '../interface.ts'

/** The arguments of a run: a signal that fires when no call waits any more, and a callback that passes stages to all calls. */
export interface FlightContext {
  readonly signal: AbortSignal
  readonly onStage: (stage: Stage) => void
}

/** A call that waits for a run. */
export interface Passenger {
  readonly signal?: AbortSignal | undefined
  readonly onStage: OnStage
}

/** A run that is under way. */
export interface Flight<T, C> {
  readonly limits: RunLimits
  /** The value that `start` was given for it. */
  readonly about: C
  /** Waits for the end of the run. Throws the errors of the run. If the passenger's signal fires, it leaves with aborted or timeout. */
  join(passenger: Passenger): Promise<T>
}

/** The runs that are under way, by key. Each carries a value of the type `C`. */
export class Flights<T, C> {
  readonly #flying = new Map<string, OneFlight<T, C>[]>()

  /** The first run under a key whose limits suit. */
  find(key: string, suits: (limits: RunLimits) => boolean): Flight<T, C> | undefined {
    return this.#flying.get(key)?.find(({ limits }) => suits(limits))
  }

  /** Begins a run. The caller has to join it at once. */
  start(key: string, limits: RunLimits, about: C, run: (context: FlightContext) => Promise<T>): Flight<T, C> {
    const flight: OneFlight<T, C> = new OneFlight(limits, about, run, () => this.#remove(key, flight))
    const flying = this.#flying.get(key)
    if (flying === undefined) this.#flying.set(key, [flight])
    else flying.push(flight)
    return flight
  }

  /** Gives all runs up. */
  abort(reason: unknown): void {
    for (const flying of this.#flying.values()) for (const flight of flying) flight.abort(reason)
  }

  #remove(key: string, flight: OneFlight<T, C>): void {
    const rest = this.#flying.get(key)?.filter(other => other !== flight) ?? []
    if (rest.length === 0) this.#flying.delete(key)
    else this.#flying.set(key, rest)
  }
}

class OneFlight<T, C> implements Flight<T, C> {
  readonly limits: RunLimits
  readonly about: C
  readonly #controller = new AbortController()
  readonly #passengers = new Set<{ readonly onStage: OnStage; readonly reject: (error: unknown) => void }>()
  readonly #end: Promise<T>
  readonly #over: () => void

  /** `over` is called when no call may join any more, perhaps twice. */
  constructor(limits: RunLimits, about: C, run: (context: FlightContext) => Promise<T>, over: () => void) {
    this.limits = limits
    this.about = about
    this.#over = over
    const { signal } = this.#controller
    this.#end = run({ signal, onStage: stage => this.#tell(stage) })
    this.#end.then(over, over)
  }

  join({ signal, onStage }: Passenger): Promise<T> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal)
      const passenger = { onStage, reject }
      this.#passengers.add(passenger)
      const leave = onAbort(signal, () => {
        reject(abortFault(signal!))
        this.#leave(passenger, signal!.reason)
      })
      this.#end.finally(leave).then(resolve, reject)
    })
  }

  abort(reason: unknown): void {
    this.#over()
    this.#controller.abort(reason)
  }

  #tell(stage: Stage): void {
    for (const passenger of this.#passengers) {
      try {
        passenger.onStage?.(stage)
      } catch (fault) {
        passenger.reject(fault)
        this.#leave(passenger, fault)
      }
    }
  }

  #leave(passenger: { readonly onStage: OnStage; readonly reject: (error: unknown) => void }, reason: unknown): void {
    this.#passengers.delete(passenger)
    if (this.#passengers.size === 0) this.abort(reason)
  }
}
