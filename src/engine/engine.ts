import type { Callable } from '../abi/guest.ts'
import type { Abortable, Outcome, Rejection } from '../interface.ts'
import { throwIfAborted } from '../base/fault.ts'
import { count, fields } from '../base/usage.ts'
import { checkJob, checkSource } from './check-job.ts'
import { Computer, type Job } from './compute.ts'
import type { Facts } from './facts.ts'
import type { PreparerOptions, Stage } from './preparer.ts'

/** Where jobs are computed. */
export interface Engine {
  /** Computes one job. Throws faults, among them `aborted` and `timeout` when the signal fires. */
  compute(job: Job, options?: ComputeOptions): Promise<Outcome>
  /** Ends the engine; jobs under way fault. */
  close(): Promise<void>
}

/** How a computation is watched, and given up. */
export interface ComputeOptions extends Abortable {
  /** Told what begins while a module is prepared, and when it runs then. Nothing is told of a module that is prepared. */
  readonly onStage?: ((stage: Stage) => void) | undefined
}

/** An engine that also tells what a module exports, and keeps what it found out for the jobs that follow. */
export interface PreparingEngine extends Engine {
  /** What a module shows to its callers, or why it is rejected. Throws faults, as `compute` does. */
  judge(job: Pick<Job, 'key' | 'module' | 'profile'>, options?: ComputeOptions): Promise<Callable | Rejection>
}

/**
 * An engine on the caller's own thread, for browsers, workers of one's own and tests. It cannot be interrupted: a signal is
 * seen before the guest runs and not again until it has ended. Give it gas that you are ready to wait for.
 */
export function createInlineEngine(options: PreparerOptions = {}): PreparingEngine {
  count(fields(options, 'options').keptBytes, 'keptBytes')
  const computer = new Computer('fast', options)
  return {
    async compute(job, options = {}) {
      const { signal, onStage } = fields(options, 'options')
      throwIfAborted(signal)
      return computer.compute(checkJob(job), onStage)
    },
    async judge(source, options = {}) {
      const { signal, onStage } = fields(options, 'options')
      throwIfAborted(signal)
      const { key, module, profile } = checkSource(source)
      return shown(await computer.facts(key, { module, profile, onStage }))
    },
    close: () => Promise.resolve(),
  }
}

/** Facts that were found with the source at hand, as far as callers are concerned. */
export function shown(judged: Facts | Rejection | undefined): Callable | Rejection {
  return judged === undefined || 'kind' in judged ? judged! : judged.callable
}
