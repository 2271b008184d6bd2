import type { Callable } from '../abi/guest.ts'
import { withDeadline, type Deadline } from '../base/deadline.ts'
import { count, fields } from '../base/usage.ts'
import { raceAbort } from '../content/abort.ts'
import { checkHostModules } from '../host/registry.ts'
import type { Outcome, Rejection } from '../interface.ts'
import { checkJob, checkSource } from './check-job.ts'
import { Computer } from './compute.ts'
import type { Facts } from './facts.ts'
import { sourceOf, type Job } from './job.ts'
import { givenOnStage } from './on-stage.ts'
import type { PreparerOptions, Stage } from './preparer.ts'

/** Where jobs are computed. */
export interface Engine {
  /** Computes one job. Throws faults, among them `aborted` when the signal fires and `timeout` when the time has passed. */
  compute(job: Job, options?: ComputeOptions): Promise<Outcome>
  /** Ends the engine; jobs under way fault. */
  close(): Promise<void>
}

/** How a computation is watched, and given up. */
export interface ComputeOptions extends Deadline {
  /**
   * Told what begins while a module is prepared, and when it runs then. Nothing is told of a module that is prepared. What it
   * throws ends the job with the fault `bad-usage`.
   */
  readonly onStage?: ((stage: Stage) => void) | undefined
}

/** An engine that also tells what a module exports, and keeps what it found out for the jobs that follow. */
export interface PreparingEngine extends Engine {
  /**
   * What a module shows to its callers, or why it is rejected. `jobKey` makes the key. Throws faults, as `compute` does.
   */
  judge(job: Pick<Job, 'key' | 'module' | 'profile'>, options?: ComputeOptions): Promise<Callable | Rejection>
}

/** What every engine of ours takes. */
export interface HostOptions {
  /**
   * Modules of host functions (`HostModule`), by their absolute URLs: what a profile grants beyond our own. Each place where
   * guests run loads them by itself. They run in the host, with all that it may do.
   */
  readonly hostModules?: readonly (string | URL)[] | undefined
}

/** How an inline engine is set up. */
export interface InlineOptions extends PreparerOptions, HostOptions {}

/**
 * An engine on the caller's own thread, for browsers, workers of one's own and tests. It cannot be interrupted: a signal or
 * a time that has passed is seen while something is loaded and before the guest runs, and not again until it has ended. Give
 * it gas that you are ready to wait for.
 */
export function createInlineEngine(options: InlineOptions = {}): PreparingEngine {
  count(fields(options, 'options').keptBytes, 'keptBytes')
  const computer = new Computer('fast', { ...options, hostModules: checkHostModules(options.hostModules) })
  return {
    compute: async (job, options = {}) => {
      const onStage = givenOnStage(fields(options, 'options').onStage)
      const checked = checkJob(job)
      return withDeadline(options, signal => raceAbort(() => computer.compute(checked, onStage), signal))
    },
    judge: async (job, options = {}) => {
      const onStage = givenOnStage(fields(options, 'options').onStage)
      checkSource(job)
      const means = { source: () => sourceOf(job), onStage }
      return withDeadline(options, signal => raceAbort(async () => shown(await computer.facts(job.key, means)), signal))
    },
    close: () => Promise.resolve(),
  }
}

/** Facts as far as callers are concerned. */
export function shown(judged: Facts | Rejection): Callable | Rejection {
  return 'kind' in judged ? judged : judged.callable
}
