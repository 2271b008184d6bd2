/**
 * Single flight: calls for the same task share one run. The run continues as long as at least one call waits for it.
 */
import { abortFault } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import type { OnStage } from '../engine/on-stage.ts'
import type { Stage } from '../engine/preparer.ts'
import type { RunLimits } from '../interface.ts'

/**
 * The arguments of a run. The signal fires when no call waits for the run any more. The callback passes the stages to
 * all calls that wait.
 */
export interface FlightContext {
  readonly signal: AbortSignal
  readonly onStage: (stage: Stage) => void
}

/** A call that waits for a run. */
export interface Passenger {
  readonly signal?: AbortSignal | undefined
  readonly onStage: OnStage
}

/** A run that has not ended yet. */
export interface Flight<T, C> {
  readonly limits: RunLimits
  /** The value that was given to `start`. */
  readonly about: C
  /**
   * Waits for the end of the run, and throws the errors of the run. If the passenger's signal fires, the passenger
   * leaves, and the promise rejects with Fault aborted or timeout.
   */
  join(passenger: Passenger): Promise<T>
}

/** The runs that have not ended yet, by key. Each run has a value of the type `C`. */
export class Flights<T, C> {
  readonly #flying = new Map<string, OneFlight<T, C>[]>()

  /** Returns the first run under a key whose limits suit. */
  find(key: string, suits: (limits: RunLimits) => boolean): Flight<T, C> | undefined {
    return this.#flying.get(key)?.find(({ limits }) => suits(limits))
  }

  /** Begins a run. The caller must call `join` at once, since a run without passengers is not given up by itself. */
  start(key: string, limits: RunLimits, about: C, run: (context: FlightContext) => Promise<T>): Flight<T, C> {
    const flight: OneFlight<T, C> = new OneFlight(limits, about, () => this.#remove(key, flight))
    const flying = this.#flying.get(key)
    if (flying === undefined) this.#flying.set(key, [flight])
    else flying.push(flight)
    // The run may call listeners, which may give all runs up. So the flight is known before it begins.
    flight.begin(run)
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
  readonly #over: () => void
  #end: Promise<T> | undefined

  /** `over` is called when calls can no longer join the run. It may be called twice. */
  constructor(limits: RunLimits, about: C, over: () => void) {
    this.limits = limits
    this.about = about
    this.#over = over
  }

  begin(run: (context: FlightContext) => Promise<T>): void {
    this.#end = run({ signal: this.#controller.signal, onStage: stage => this.#tell(stage) })
    this.#end.then(this.#over, this.#over)
  }

  join({ signal, onStage }: Passenger): Promise<T> {
    return new Promise((resolve, reject) => {
      const passenger = { onStage, reject }
      this.#passengers.add(passenger)
      const giveUp = (): void => {
        reject(abortFault(signal!))
        this.#leave(passenger, signal!.reason)
      }
      const leave = onAbort(signal, giveUp)
      this.#end!.finally(leave).then(resolve, reject)
      // A signal that has fired already calls no listener.
      if (signal?.aborted === true) giveUp()
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
