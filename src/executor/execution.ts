/** The types of an executor's interface: the options of a call, its answer, and the executor itself. */
import type { CID } from 'multiformats/cid'
import type { ComputeOptions } from '../engine/engine.ts'
import type { Block, BlockStore, Receipt, RunLimits, Task, TrapDetails } from '../interface.ts'
import type { ExecutorEvents } from './events.ts'
import type { ExecutorStats } from './stats.ts'

/**
 * The source of an answer: `run` for a new run, `memo` for the memo, `joined` for the run of an equal task that had
 * already begun. The receipt is the same in all cases.
 */
export type Origin = 'run' | 'memo' | 'joined'

/** The answer to a call: the receipt and its block. The block has been put into the store. */
export interface Execution extends Block {
  /** The task's CID. */
  readonly task: CID
  /** The receipt as a value. `cid` and `bytes` are its block. */
  readonly receipt: Receipt
  /** The source of the answer. */
  readonly origin: Origin
  /**
   * The place where the guest trapped. Only present with `explain`. It is meant for people, and is not part of the
   * receipt.
   */
  readonly details?: TrapDetails
}

/** The options of a call. They observe it, end it early, explain its trap, and determine its place in the queue. */
export interface ExecuteOptions extends ComputeOptions {
  /**
   * True if the place of a trap is looked up in the module's names and debug information. This takes time linear in the
   * size of the module. If the memo knows the trap, the task is run again. Default: false.
   */
  readonly explain?: boolean
  /**
   * The name of the caller. Callers get equal shares of the queue. Calls without a name count as calls of one caller.
   * Default: none.
   */
  readonly caller?: string
  /** A whole number from -10 to 10. Calls with a higher priority run first. Default 0. */
  readonly priority?: number
}

/** The options of closing an executor. */
export interface CloseOptions {
  /**
   * True to give up the calls that wait or run: each ends with the fault `aborted`. Default: false, so these calls
   * still get their answers.
   */
  readonly abort?: boolean
}

/** Runs tasks and makes receipts. */
export interface Executor {
  /**
   * Runs a task under limits. The task is given as a value, or as the CID of a block in the store. A success, a
   * rejection and a trap all end in a receipt. `signal` and `timeoutMs` end the call early. `onStage` is called at each
   * stage of preparing the module.
   *
   * Equal tasks share a run. A call joins a run of the same task that has already begun, if the gas limit of that run
   * is not greater than its own. If the receipt of that run does not determine the outcome under the limits of the
   * call, the call gets a run of its own. A run is given up when no call waits for it any more.
   *
   * @throws Fault if this host cannot determine the outcome
   */
  execute(task: Task | CID, limits: RunLimits, options?: ExecuteOptions): Promise<Execution>
  /** The block store that the executor was given. */
  readonly store: BlockStore
  /** The events of calls and runs. */
  readonly events: ExecutorEvents
  /** The numbers of calls and runs, now and in total. */
  stats(): ExecutorStats
  /** Resolves when all calls have ended. Never rejects. */
  idle(): Promise<void>
  /**
   * Closes the executor. Later calls end with the fault `aborted`. Resolves when all earlier calls have ended. The
   * store, the engine and the memo stay open.
   */
  close(options?: CloseOptions): Promise<void>
}
