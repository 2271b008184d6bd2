import { Worker } from 'node:worker_threads'
import { Fault } from '../base/fault.ts'
import { codeOf } from '../base/realms.ts'
import { BlockRoute } from './block-route.ts'
import type { Answer, Setup } from './protocol.ts'
import type { Seat, SeatEvents } from './seat.ts'

export interface ThreadSetup {
  readonly url: URL
  /** The stack of the thread, in MiB. */
  readonly stackMb: number
  readonly setup: Setup
}

/** What the thread is given when it starts. */
export interface ThreadData {
  readonly setup: Setup
  /** Through this memory blocks come to a guest that waits (`block-channel.ts`). Undefined where memory cannot be shared. */
  readonly memory: SharedArrayBuffer | undefined
}

/** Starts a thread that computes jobs, and makes a seat of it. Throws errors of starting a thread. */
export function openThread({ url, stackMb, setup }: ThreadSetup, { answered, died }: SeatEvents): Seat {
  const route = new BlockRoute()
  const workerData: ThreadData = { setup, memory: route.memory }
  // The thread does not inherit the switches of this process. With some of them, such as `--eval`, no thread starts.
  const worker = new Worker(url, { execArgv: [], workerData, resourceLimits: { stackSizeMb: stackMb } })
  worker.unref()
  worker.on('message', (answer: Answer) => route.answered(answer, answered))
  worker.on('messageerror', error => died(faultOfDeath(error)))
  worker.on('error', error => died(faultOfDeath(error)))
  worker.on('exit', () => died(faultOfDeath()))
  const started = new Promise<void>(resolve => {
    for (const event of ['online', 'error', 'exit']) worker.once(event, () => resolve())
  })
  return {
    post: question => route.post(question, message => worker.postMessage(message)),
    hold: busy => (busy ? worker.ref() : worker.unref()),
    async end() {
      route.close()
      // On some platforms a thread that is ended before it has started goes on running.
      worker.ref()
      await started
      // Node waits for the thread nevertheless. On Bun, a thread with a running guest cannot be ended, but this process can end.
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
