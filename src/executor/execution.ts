/** The interface of an executor, with its options and results. */
import type { CID } from 'multiformats/cid'
import type { ComputeOptions } from '../engine/engine.ts'
import type { Block, Receipt, RunLimits, Task, TrapDetails } from '../interface.ts'
import type { ExecutorEvents } from './events.ts'
import type { ExecutorStats } from './stats.ts'

/**
 * The origin of an answer: a run for this call, the memo, or a run of an equal task that had already begun. The receipt
 * is the same in all cases.
 */
export type Origin = 'run' | 'memo' | 'joined'

/** The result of an execution: the receipt and its block, which is in the store. */
export interface Execution extends Block {
  /** The CID of the task. */
  readonly task: CID
  /** The receipt. Its block is `cid` and `bytes`. */
  readonly receipt: Receipt
  /** The origin of the answer. */
  readonly origin: Origin
  /** With `explain`, the position of a trap, for people. It is not part of the receipt. */
  readonly details?: TrapDetails
}

/** The options of one execution. */
export interface ExecuteOptions extends ComputeOptions {
  /**
   * True to find the position of a trap in the module's names and debug information. This takes time linear in the
   * module, and a task whose trap is in the memo runs again. Default: false.
   */
  readonly explain?: boolean
  /** The caller, for fair shares of the queue. Calls without a caller share one turn. */
  readonly caller?: string
  /** The priority, an integer from -10 to 10. Calls with a higher priority run first. Default: 0. */
  readonly priority?: number
}

/** The options for closing an executor. */
export interface CloseOptions {
  /** True to end waiting and running calls with the fault `aborted`. Default: false, and they run to their ends. */
  readonly abort?: boolean
}

/** Runs tasks and makes receipts. */
export interface Executor {
  /**
   * Runs a task, given as an object or by its CID, under limits. Returns a receipt for success, for a rejection and for
   * a trap. `signal` and `timeoutMs` end the call with a fault, and `onStage` is called for the stages of preparing the
   * module.
   *
   * Equal tasks run once at a time. A call joins a run of an equal task that has begun with no more gas than the call
   * has. If the receipt of that run does not answer the call, the task runs again. A run is ended when no call waits
   * for it.
   *
   * @throws Fault if this host cannot determine the outcome
   */
  execute(task: Task | CID, limits: RunLimits, options?: ExecuteOptions): Promise<Execution>
  /** Events about calls. */
  readonly events: ExecutorEvents
  /** A snapshot of the counters. */
  stats(): ExecutorStats
  /** Resolves when no call waits or runs. Never rejects. */
  idle(): Promise<void>
  /**
   * Refuses all later calls with the fault `aborted`. Resolves when no call waits or runs any more. The store, the
   * engine and the memo stay open.
   */
  close(options?: CloseOptions): Promise<void>
}
