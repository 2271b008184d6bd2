/** The other side of a thread engine: computes the jobs that it is sent, one at a time. */
import { parentPort } from 'node:worker_threads'
import { Fault } from '../base/fault.ts'
import type { Outcome } from '../interface.ts'
import { Computer, type Job } from './compute.ts'

/** What a worker answers: an outcome, or a fault taken apart, since classes do not cross threads. */
export type Answer =
  | { readonly outcome: Outcome }
  | { readonly fault: Pick<Fault, 'code' | 'message' | 'detail'> & { readonly cause: string } }

const computer = new Computer()

parentPort!.on('message', (job: Job) => {
  void answer(job).then(message => parentPort!.postMessage(message))
})

async function answer(job: Job): Promise<Answer> {
  try {
    return { outcome: await computer.compute(job) }
  } catch (error) {
    const { code, message, detail, cause } = error instanceof Fault ? error : new Fault('internal', String(error), {}, error)
    return { fault: { code, message, detail, cause: cause instanceof Error ? cause.stack ?? cause.message : String(cause) } }
  }
}
