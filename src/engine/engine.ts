import type { Abortable, Outcome } from '../interface.ts'
import { throwIfAborted } from '../base/fault.ts'
import { Computer, type Job } from './compute.ts'

/** Where jobs are computed. */
export interface Engine {
  /** Computes one job. Throws faults, among them `aborted` and `timeout` when the signal fires. */
  compute(job: Job, options?: Abortable): Promise<Outcome>
  /** Ends the engine; jobs under way fault. */
  close(): Promise<void>
}

/**
 * An engine on the caller's own thread, for browsers, workers of one's own and tests. It cannot be interrupted: a signal is
 * seen before the guest runs and not again until it has ended. Give it gas that you are ready to wait for.
 */
export function createInlineEngine(): Engine {
  const computer = new Computer()
  return {
    async compute(job, { signal } = {}) {
      throwIfAborted(signal)
      return computer.compute(job)
    },
    close: () => Promise.resolve(),
  }
}
