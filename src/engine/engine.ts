import type { Callable } from '../abi/guest.ts'
import { withDeadline, type Deadline } from '../base/deadline.ts'
import { count, fields } from '../base/usage.ts'
import { raceAbort } from '../content/abort.ts'
import { checkHostModules } from '../host/registry.ts'
import type { Outcome, Rejection } from '../interface.ts'
import { checkJob, checkSource } from './check-job.ts'
import { Computer } from './compute.ts'
import type { ModuleInfo } from './module-info.ts'
import { sourceOf, type Job } from './job.ts'
import { givenOnStage } from './on-stage.ts'
import type { PreparerOptions, Stage } from './preparer.ts'

/** Where jobs are computed. */
export interface Engine {
  /** The number of jobs that it computes at once. An engine without this property counts as one that computes one. */
  readonly concurrency?: number
  /** Computes one job. Throws faults, among them `aborted` when the signal fires and `timeout` when the time has passed. */
  compute(job: Job, options?: ComputeOptions): Promise<Outcome>
  /** Ends the engine. Jobs that wait or run are rejected with the fault `aborted`. */
  close(): Promise<void>
  /** The engine's threads, processes or Web Workers. An engine without any need not have this method. */
  stats?(): EngineStats
}

/** The threads, processes or Web Workers of an engine. */
export interface EngineStats {
  /** Those that are open now. */
  readonly open: number
  /** Those that compute a job now. */
  readonly busy: number
  /** Jobs that wait for one of them now. */
  readonly queued: number
  /** Those that have died by themselves, so far. */
  readonly deaths: number
}

/** Options of one computation: a callback for its stages, and when it is given up. */
export interface ComputeOptions extends Deadline {
  /**
   * Called when each stage of preparing the module begins, and when the guest begins to run after that. It is not called if the
   * module was prepared before. If it throws, the job ends with the fault `bad-usage`.
   */
  readonly onStage?: ((stage: Stage) => void) | undefined
}

/** An engine that can also list the exports of a module. What it prepares for that is kept for later jobs. */
export interface PreparingEngine extends Engine {
  /** The exports of a module with their types, or the rejection. `jobKey` makes the key. Throws faults, as `compute` does. */
  inspect(job: Pick<Job, 'key' | 'module' | 'profile'>, options?: ComputeOptions): Promise<Callable | Rejection>
}

/** Options that all engines have. */
export interface HostOptions {
  /**
   * Absolute URLs of modules of host functions (`HostModule`), for grants whose functions this library does not have. Each
   * thread, process and Web Worker loads them itself. They run with all rights of the host.
   */
  readonly hostModules?: readonly (string | URL)[] | undefined
}

/** Options of an inline engine. */
export interface InlineOptions extends PreparerOptions, HostOptions {}

/**
 * An engine on the caller's own thread, for workers of the caller, for small tasks, and for tests. A running guest cannot be
 * interrupted: signals and deadlines are checked while something is loaded and before the guest runs, and then after it has
 * ended. So give a job no more gas than you are ready to wait for.
 */
export function createInlineEngine(options: InlineOptions = {}): PreparingEngine {
  count(fields(options, 'options').keptBytes, 'keptBytes')
  const computer = new Computer('fast', { ...options, hostModules: checkHostModules(options.hostModules) })
  return {
    concurrency: 1,
    compute: async (job, options = {}) => {
      const onStage = givenOnStage(fields(options, 'options').onStage)
      const checked = checkJob(job)
      return withDeadline(options, signal => raceAbort(() => computer.compute(checked, onStage), signal))
    },
    inspect: async (job, options = {}) => {
      const onStage = givenOnStage(fields(options, 'options').onStage)
      checkSource(job)
      const means = { source: () => sourceOf(job), onStage }
      return withDeadline(options, signal =>
        raceAbort(async () => exportsOf(await computer.moduleInfo(job.key, means)), signal),
      )
    },
    close: () => Promise.resolve(),
  }
}

/** The part of module info that callers see. */
export function exportsOf(info: ModuleInfo | Rejection): Callable | Rejection {
  return 'kind' in info ? info : info.callable
}
