import { Worker } from 'node:worker_threads'
import { Fault } from '../base/fault.ts'
import { codeOf } from '../base/realms.ts'
import type { Answer, Setup } from './protocol.ts'
import type { Seat, SeatEvents } from './seat.ts'

export interface ThreadSetup {
  readonly url: URL
  /** Stack of the thread, in MiB. */
  readonly stackMb: number
  readonly setup: Setup
}

/** Starts a thread that computes. Throws what starting one throws. */
export function openThread({ url, stackMb, setup }: ThreadSetup, { answered, died }: SeatEvents): Seat {
  // The process's own arguments may be such as no worker starts with: `--input-type`, `--eval`.
  const worker = new Worker(url, { execArgv: [], workerData: setup, resourceLimits: { stackSizeMb: stackMb } })
  worker.unref()
  worker.on('message', (answer: Answer) => answered(answer))
  worker.on('messageerror', error => died(faultOfDeath(error)))
  worker.on('error', error => died(faultOfDeath(error)))
  worker.on('exit', () => died(faultOfDeath()))
  const started = new Promise<void>(resolve => {
    for (const event of ['online', 'error', 'exit']) worker.once(event, () => resolve())
  })
  return {
    post: question => worker.postMessage(question),
    hold: busy => (busy ? worker.ref() : worker.unref()),
    async end() {
      // Some hosts lose the order to end a thread that has not started yet, and it burns on.
      worker.ref()
      await started
      // Node waits for it all the same. Where a thread cannot be ended, as with a guest on Bun, this process still can.
      worker.unref()
      await worker.terminate().catch(() => {})
    },
  }
}

function faultOfDeath(error?: unknown): Fault {
  return codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY'
    ? new Fault('host-memory', 'the thread ran out of memory', {}, error)
    : new Fault('engine-failed', 'the thread died', {}, error)
}
