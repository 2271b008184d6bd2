/** A seat that is a Web Worker. */
import { Fault } from '../base/fault.ts'
import { shortageOf } from '../base/host-fault.ts'
import { BlockRoute } from './block-route.ts'
import type { Answer, Question } from './protocol.ts'
import type { Seat, SeatEvents } from './seat.ts'
import { notReady, type Start, type WebSetup } from './web-protocol.ts'

/** The part of a Web Worker that an engine uses. A `Worker` of a browser, of Deno or of Bun is one. */
export interface WebWorker {
  /** Sends a message to the worker. */
  postMessage(message: unknown): void
  /** Calls a function when an event happens: `message`, `messageerror` or `error`. */
  addEventListener(type: string, listener: (event: WebWorkerEvent) => void): void
  /** Ends the worker. */
  terminate(): unknown
}

/** The fields of the events `message`, `messageerror` and `error`. Each event has some of them. */
export interface WebWorkerEvent {
  /** The message of a `message`. */
  readonly data?: unknown
  /** The message of an `error`. */
  readonly message?: string
  /** What was thrown, for an `error`. Browsers leave it out. */
  readonly error?: unknown
  /** Says that an `error` is handled. */
  preventDefault(): void
}

export interface WorkerSetup {
  /** Makes a worker that runs `web-worker.ts`. */
  readonly make: () => WebWorker
  readonly setup: WebSetup
}

/** Starts a worker that computes jobs, and makes a seat of it. Throws Fault('engine-failed') if none can be made. */
export function openWebWorker({ make, setup }: WorkerSetup, { answered, died }: SeatEvents): Seat {
  const route = new BlockRoute()
  const worker = made(make)
  /** Questions for a worker that has not started yet. */
  let waiting: Question[] | undefined = []
  const send = (message: Question | Start): void => worker.postMessage(message)
  const begin = (message: unknown): void => {
    const wrong = notReady(message)
    if (wrong !== undefined) return died(new Fault('engine-failed', wrong))
    const questions = waiting!
    waiting = undefined
    try {
      send({ start: setup, memory: route.memory })
      for (const question of questions) send(question)
    } catch (error) {
      died(new Fault('engine-failed', 'the job could not be handed over to the worker', {}, error))
    }
  }
  worker.addEventListener('message', ({ data }) => {
    if (waiting !== undefined) begin(data)
    else route.answered(data as Answer, answered)
  })
  worker.addEventListener('messageerror', () =>
    died(new Fault('engine-failed', 'an answer of the worker could not be read')),
  )
  worker.addEventListener('error', event => {
    // Deno would end the page's code otherwise, and browsers would log what becomes a fault.
    event.preventDefault()
    died(faultOfDeath(event, waiting !== undefined))
  })
  return {
    post(question) {
      if (waiting === undefined) route.post(question, send)
      else waiting.push(question)
    },
    hold: busy => hold(worker, busy),
    end() {
      route.close()
      // On Bun, a worker with a running guest cannot be ended, but the process can end.
      hold(worker, false)
      worker.terminate()
      return Promise.resolve()
    },
  }
}

function made(make: () => WebWorker): WebWorker {
  try {
    return make()
  } catch (error) {
    throw new Fault('engine-failed', NOT_STARTED, {}, error)
  }
}

const NOT_STARTED =
  'the worker could not be started: its file cannot be loaded, fails, or lies on another origin, or the Content-Security-Policy of the ' +
  'page forbids it (worker-src)'

function faultOfDeath({ message, error }: WebWorkerEvent, starting: boolean): Fault {
  const cause = error ?? (message === '' ? undefined : message)
  return shortageOf(cause) ?? new Fault('engine-failed', starting ? NOT_STARTED : 'the worker failed', {}, cause)
}

/** Says whether a worker keeps this process from ending. Bun's workers can do that; those of Deno always do, and pages have no need. */
function hold(worker: WebWorker, busy: boolean): void {
  const { ref, unref } = worker as Partial<Record<'ref' | 'unref', () => void>>
  if (busy) ref?.call(worker)
  else unref?.call(worker)
}
