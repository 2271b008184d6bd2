import type { Sink } from './host-call.ts'

const FIRST_BYTES = 256

/** Keeps the first bytes that are appended, up to a limit, and drops all later ones. */
export class BoundedSink implements Sink {
  readonly #most: number
  #kept = new Uint8Array(0)
  #length = 0

  constructor(most: number) {
    this.#most = most
  }

  get bytes(): Uint8Array {
    return this.#kept.slice(0, this.#length)
  }

  get room(): number {
    return this.#most - this.#length
  }

  append(bytes: Uint8Array): void {
    const fitting = bytes.subarray(0, this.room)
    const length = this.#length + fitting.length
    if (length > this.#kept.length) this.#grow(length)
    this.#kept.set(fitting, this.#length)
    this.#length = length
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.min(this.#most, Math.max(length, 2 * this.#kept.length, FIRST_BYTES)))
    grown.set(this.#kept)
    this.#kept = grown
  }
}

/** The bounds of the sinks of a run, in bytes. */
export interface SinkBounds {
  /** The bound of the sink `logs`. */
  readonly logBytes: number
  /** The bound of every other sink. Its bytes may become the result. */
  readonly valueBytes: number
}

/** The sinks of one attempt at a run, by name. */
export class Sinks {
  readonly #bounds: SinkBounds
  readonly #sinks = new Map<string, BoundedSink>()

  constructor(bounds: SinkBounds) {
    this.#bounds = bounds
  }

  get(name: string): Sink {
    let sink = this.#sinks.get(name)
    if (sink === undefined) {
      sink = new BoundedSink(name === 'logs' ? this.#bounds.logBytes : this.#bounds.valueBytes)
      this.#sinks.set(name, sink)
    }
    return sink
  }
}
