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
import { givenPriority, Queue, type QueueOptions, type Turn } from './queue.ts'
import { MAX_BYTES } from './resolve.ts'
import { givenPolicy, type RetryOptions, type RetryPolicy } from './retry.ts'
import { Runner, type SealedTask } from './run.ts'
import { Runs } from './runs.ts'
import { Stats } from './stats.ts'

export type { CloseOptions, ExecuteOptions, Execution, Executor, Origin } from './execution.ts'

/** Options of an executor: its store and engine, and what it does besides running tasks. */
export interface ExecutorOptions {
  /** The block store. Modules and parameters are read from it; tasks, receipts and the blocks that they link to are put into it. */
  readonly store: BlockStore
  /** The engine that runs tasks. The executor does not close it. */
  readonly engine: Engine
  /** The rules of all runs. Default: profile 1. */
  readonly profile?: Profile
  /** The greatest number of bytes of a module that are loaded. The profile has a limit of its own. Default 64 MiB. */
  readonly maxModuleBytes?: number
  /**
   * The greatest number of bytes of all parameters that are given by CID, together; each content counts once. The blocks of files that a
   * program reads count by themselves, each once, to the same bound (docs/spec/wasi.md, WASI-29). Default 64 MiB.
   */
  readonly maxParamBytes?: number
  /**
   * The store of receipts that were made, from which a task that has run is answered. The executor believes it, so only executors of
   * this host may write to it. Default: every task is run.
   */
  readonly memo?: MemoStore
  /** The number of tasks that run at once, and of calls that may wait. Default: all go to the engine at once. */
  readonly queue?: QueueOptions
  /** The policy that repeats runs after a fault, or the options of `backoff`. Default: no run is repeated. */
  readonly retry?: RetryPolicy | RetryOptions
}

/** Creates an executor. Throws Fault('bad-profile') for what is no profile, and Fault('bad-usage') for other wrong options. */
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
  const calls = new Calls(store, runs, new Answers({ store, profile, memo: known, stats }), stats)
  return {
    execute: (task, limits, options = {}) => calls.execute(task, limits, options),
    store,
    events: stats.events as ExecutorEvents,
    stats: () => stats.snapshot(),
    idle: () => calls.idle(),
    close: (options = {}) => calls.close(options),
  }
}

/** A call, with its task as soon as it is known. */
interface Call {
  task?: CID
  /** Ends the call with a fault, also if it waits for something that cannot be given up. */
  giveUp?: (fault: Fault) => void
}

/** The calls of an executor. */
class Calls {
  readonly #store: BlockStore
  readonly #runs: Runs
  readonly #answers: Answers
  readonly #stats: Stats
  /** The calls that are under way. */
  readonly #underWay = new Set<Call>()
  /** Set when no more calls are taken: the fault of those that come. */
  #closed: Fault | undefined
  /** Set when calls are given up: their fault. */
  #aborted: Fault | undefined
  readonly #whenIdle = new Set<() => void>()

  constructor(store: BlockStore, runs: Runs, answers: Answers, stats: Stats) {
    this.#store = store
    this.#runs = runs
    this.#answers = answers
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
    const turn: Turn = { caller, priority: givenPriority(priority) }
    const passenger = { signal, onStage: givenOnStage(onStage) }
    const sealed = isRecord(given) ? sealTask(given as Task) : undefined
    const task = (call.task = sealed?.block.cid ?? givenCid(given as CID, 'the task'))
    const known = await this.#answers.recall(task, sealed?.block, limits, explain, signal)
    if (known !== undefined) return known
    const loaded = sealed ?? (await this.#load(task, signal))
    if (this.#aborted !== undefined) throw this.#aborted
    const ended = await this.#runs.run(loaded, limits, turn, passenger)
    return this.#answers.answer(ended.ran, limits, ended.origin, { explain, signal })
  }

  /** Loads a task from the store. Its block has the CID that receipts name, which may differ in form from the given one. */
  async #load(task: CID, signal: AbortSignal | undefined): Promise<SealedTask> {
    const bytes = await getBlock(this.#store, task, { signal })
    return { task: decodeTask(bytes), block: { cid: linkOf(bytes), bytes } }
  }
}
