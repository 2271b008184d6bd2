/** Web Workers for tests on Node, which has none. Each is a thread with the global scope of a worker. */
import { Worker } from 'node:worker_threads'
import type { WebWorker, WebWorkerEvent } from '../../src/engine/web-seat.ts'

const THREAD = new URL('web-worker.mjs', import.meta.url)

/** The URL of the built file of a worker. */
export const WEB_WORKER = new URL('../../dist/engine/web-worker.js', import.meta.url)

/** Starts a worker that runs a file. `stackMb` is the stack of its thread, in MiB. */
export function webWorker(file: URL = WEB_WORKER, stackMb = 4): WebWorker {
  const thread = new Worker(THREAD, { execArgv: [], workerData: file.href, resourceLimits: { stackSizeMb: stackMb } })
  const fieldsOf = (type: string, given: unknown): Omit<WebWorkerEvent, 'preventDefault'> =>
    type === 'message' ? { data: given } : { error: given, message: String(given) }
  const worker: WebWorker & Record<'ref' | 'unref', () => void> = {
    postMessage: message => thread.postMessage(message),
    addEventListener: (type, listener) =>
      void thread.on(type, (given: unknown) => listener({ ...fieldsOf(type, given), preventDefault: () => {} })),
    terminate: () => void thread.terminate(),
    ref: () => thread.ref(),
    unref: () => thread.unref(),
  }
  return worker
}
