import type { CID } from 'multiformats/cid'
import { linkOf } from '../base/dag-cbor.ts'
import { withDeadline } from '../base/deadline.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { isRecord } from '../base/shape.ts'
import { badUsage, count, fields, withMethods } from '../base/usage.ts'
import { getBlock } from '../content/block.ts'
import type { Engine } from '../engine/engine.ts'
import { givenOnStage } from '../engine/on-stage.ts'
import type { Profile } from '../interface-profile.ts'
import type { BlockStore, RunLimits, Task } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { checkLimits } from '../receipt/receipt.ts'
import { decodeTask, sealTask } from '../task/task.ts'
import { Answers } from './answers.ts'
import type { ExecutorEvents } from './events.ts'
import type { CloseOptions, ExecuteOptions, Execution, Executor } from './execution.ts'
import { Memo } from './memo.ts'
import type { MemoStore } from './memo-store.ts'
import { ProfileSet } from './profiles.ts'
import { givenPriority, Queue, type QueueOptions } from './queue.ts'
import { MAX_BYTES } from './resolve.ts'
import { givenPolicy, type RetryOptions, type RetryPolicy } from './retry.ts'
import { Runner, type SealedTask } from './run.ts'
import { Runs } from './runs.ts'
import { Stats } from './stats.ts'

export type { CloseOptions, ExecuteOptions, Execution, Executor, Origin } from './execution.ts'

/** The options of an executor. */
export interface ExecutorOptions {
  /**
   * The block store. The executor reads modules and parameters from it. It puts tasks, receipts and the blocks that
   * they link to into it.
   */
  readonly store: BlockStore
  /** The engine that runs tasks. The executor does not close it. */
  readonly engine: Engine
  /** The rules of all runs. Default: profile 1. */
  readonly profile?: Profile
  /** The greatest size of a module that is loaded, in bytes. The profile also has a limit. Default: 64 MiB. */
  readonly maxModuleBytes?: number
  /**
   * The greatest total size of all parameters that are given by CID, in bytes. Each content counts once. The blocks
   * that a program reads of its files have the same bound of their own (docs/spec/wasi.md, WASI-29). Default: 64 MiB.
   */
  readonly maxParamBytes?: number
  /**
   * The store of earlier receipts. A task that has already run is answered from it, without a run. The executor
   * believes these receipts, so only executors of this host may write to it. Default: every task is run.
   */
  readonly memo?: MemoStore
  /**
   * The number of tasks that run at once, and of calls that may wait. Default: every run goes to the engine at once.
   */
  readonly queue?: QueueOptions
  /**
   * A policy that decides whether a run is repeated after a fault, or the options of `backoff`. Default: no run is
   * repeated.
   */
  readonly retry?: RetryPolicy | RetryOptions
}

/**
 * Creates an executor.
 *
 * @throws Fault bad-profile for an invalid profile; bad-usage for other wrong options
 */
export function createExecutor(options: ExecutorOptions): Executor {
  const {
    store,
    engine,
    profile: given = PROFILE_1,
    maxModuleBytes = MAX_BYTES,
    maxParamBytes = MAX_BYTES,
    memo,
    queue,
    retry,
  } = fields(options, 'options')
  withMethods(store, 'store', ['get', 'put', 'has'])
  withMethods(engine, 'engine', ['compute'])
  count(maxModuleBytes, 'maxModuleBytes')
  count(maxParamBytes, 'maxParamBytes')
  if (memo !== undefined) withMethods(memo, 'memo', ['get', 'put'])
  const profile = new ProfileSet([given]).get(given.id)
  const places = new Queue(queue)
  const stats = new Stats(places, engine)
  const known = memo && new Memo(memo, profile.cid)
  const runner = new Runner({ store, engine, profile, maxModuleBytes, maxParamBytes })
  const runs = new Runs({ runner, queue: places, policy: givenPolicy(retry), memo: known, stats })
  const calls = new Calls(store, runs, new Answers({ store, profile, memo: known, stats }), places, stats)
  return {
    execute: (task, limits, options = {}) => calls.execute(task, limits, options),
    store,
    events: stats.events as ExecutorEvents,
    stats: () => stats.snapshot(),
    idle: () => calls.idle(),
    close: (options = {}) => calls.close(options),
  }
}

/** A call. Its `task` is set as soon as the CID is known. */
interface Call {
  task?: CID
  /** Ends the call with a fault at once, even if it waits for an operation that cannot be stopped. */
  giveUp?: (fault: Fault) => void
}

/** The calls of an executor. */
class Calls {
  readonly #store: BlockStore
  readonly #runs: Runs
  readonly #answers: Answers
  readonly #queue: Queue
  readonly #stats: Stats
  /** The calls that have not ended yet. */
  readonly #underWay = new Set<Call>()
  /** The fault of all later calls, once the executor is closed. */
  #closed: Fault | undefined
  /** The fault of the calls that are given up, once the executor is closed with `abort`. */
  #aborted: Fault | undefined
  readonly #whenIdle = new Set<() => void>()

  constructor(store: BlockStore, runs: Runs, answers: Answers, queue: Queue, stats: Stats) {
    this.#store = store
    this.#runs = runs
    this.#answers = answers
    this.#queue = queue
    this.#stats = stats
  }

  async execute(task: Task | CID, limits: RunLimits, options: ExecuteOptions): Promise<Execution> {
    const call: Call = {}
    this.#underWay.add(call)
    try {
      if (this.#closed !== undefined) throw this.#closed
      return await new Promise<Execution>((resolve, reject) => {
        call.giveUp = reject
        withDeadline(options, signal => this.#execute(call, task, limits, options, signal)).then(resolve, reject)
      })
    } catch (error) {
      this.#stats.fault(error, call.task)
      throw error
    } finally {
      this.#underWay.delete(call)
      if (this.#underWay.size === 0) this.#wake()
    }
  }

  async idle(): Promise<void> {
    if (this.#underWay.size > 0) await new Promise<void>(resolve => this.#whenIdle.add(resolve))
  }

  async close(options: CloseOptions): Promise<void> {
    const { abort = false } = fields(options, 'options')
    if (typeof abort !== 'boolean') throw badUsage('abort', 'true or false', abort)
    this.#closed ??= new Fault('aborted', 'the executor is closed')
    if (abort) {
      this.#aborted ??= new Fault('aborted', 'the executor was closed')
      this.#runs.abort()
      for (const { giveUp } of this.#underWay) giveUp?.(this.#aborted)
    }
    await this.idle()
  }

  #wake(): void {
    for (const resolve of this.#whenIdle) resolve()
    this.#whenIdle.clear()
  }

  async #execute(
    call: Call,
    given: Task | CID,
    asked: RunLimits,
    options: ExecuteOptions,
    signal: AbortSignal | undefined,
  ): Promise<Execution> {
    const { onStage, explain = false, caller = '', priority = 0 } = options
    const limits = checkLimits(asked)
    if (typeof caller !== 'string') throw badUsage('caller', 'text', caller)
    const asking = { caller, priority: givenPriority(priority) }
    const passenger = { signal, onStage: givenOnStage(onStage) }
    const sealed = isRecord(given) ? sealTask(given as Task) : undefined
    const task = (call.task = sealed?.block.cid ?? givenCid(given as CID, 'the task'))
    const end = this.#queue.look()
    let loaded: SealedTask
    try {
      const known = await this.#answers.recall(task, sealed?.block, limits, explain, signal)
      if (known !== undefined) return known
      loaded = sealed ?? (await this.#load(task, signal))
    } finally {
      end()
    }
    if (this.#aborted !== undefined) throw this.#aborted
    const ended = await this.#runs.run(loaded, limits, asking, passenger)
    return this.#answers.answer(ended.ran, limits, ended.origin, { explain, signal })
  }

  /**
   * Loads a task from the store. The block of the result has the CID that receipts name. This CID may have another form
   * than the given one, for example another version.
   */
  async #load(task: CID, signal: AbortSignal | undefined): Promise<SealedTask> {
    const bytes = await getBlock(this.#store, task, { signal })
    return { task: decodeTask(bytes), block: { cid: linkOf(bytes), bytes } }
  }
}
