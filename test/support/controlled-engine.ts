/** An engine whose jobs a test ends by hand. */
import { abortFault } from '../../src/base/fault.ts'
import type { ComputeOptions, Engine, EngineStats } from '../../src/engine/engine.ts'
import type { Job } from '../../src/engine/job.ts'
import type { Outcome, PlainValue } from '../../src/interface.ts'

/** A job that the engine has been given. */
export interface ControlledJob {
  readonly job: Job
  readonly options: ComputeOptions
  /** True once the job was given up. */
  aborted: boolean
  /** Ends the job with a result. */
  end(ok?: PlainValue, more?: Partial<Outcome>): void
  /** Ends the job out of gas. */
  runOut(): void
  /** Ends the job with an error. */
  fail(error: unknown): void
}

export class ControlledEngine implements Engine {
  /** All jobs so far. */
  readonly jobs: ControlledJob[] = []
  deaths = 0

  compute(job: Job, options: ComputeOptions = {}): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      const { limits } = job
      const outcome = {
        gasUsed: limits.gas < 10n ? limits.gas : 10n,
        peakPages: 0,
        growRefused: false,
        logs: new Uint8Array(0),
      }
      const controlled: ControlledJob = {
        job,
        options,
        aborted: false,
        end: (ok = [1n], more = {}) => resolve({ ...outcome, out: { ok }, ...more }),
        runOut: () =>
          resolve({ ...outcome, gasUsed: limits.gas, out: { error: { kind: 'trap', code: 'out-of-gas' } } }),
        fail: reject,
      }
      this.jobs.push(controlled)
      options.signal?.addEventListener('abort', () => {
        controlled.aborted = true
        reject(abortFault(options.signal!))
      })
    })
  }

  /** The names of the functions that were called, in order. */
  get called(): string[] {
    return this.jobs.map(({ job }) => job.fun)
  }

  stats(): EngineStats {
    return { open: 1, busy: 0, queued: 0, deaths: this.deaths }
  }

  async close(): Promise<void> {}
}

/** Lets everything happen that waits for nothing else. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
}
