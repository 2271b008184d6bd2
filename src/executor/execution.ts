/** The types of a call of an executor: its options, its answer, and the executor itself. */
import type { CID } from 'multiformats/cid'
import type { ComputeOptions } from '../engine/engine.ts'
import type { Block, BlockStore, Receipt, RunLimits, Task, TrapDetails } from '../interface.ts'
import type { ExecutorEvents } from './events.ts'
import type { ExecutorStats } from './stats.ts'

/**
 * Where an answer comes from: a run for this call, the memo, or the run of an equal task that was under way. The receipt is the same
 * in all cases.
 */
export type Origin = 'run' | 'memo' | 'joined'

/** The answer to a call: the receipt and its block, which is in the store by then. */
export interface Execution extends Block {
  /** The task's CID. */
  readonly task: CID
  /** The receipt as a value. Its block is `cid` and `bytes`. */
  readonly receipt: Receipt
  /** Where the answer comes from. */
  readonly origin: Origin
  /** With `explain`, the place where the guest trapped. It is for people and no part of the receipt. */
  readonly details?: TrapDetails
}

/** Options of a call: how it is watched, given up, explained, and placed in the queue. */
export interface ExecuteOptions extends ComputeOptions {
  /**
   * Whether a trap is looked up in the module's names and debug information. It takes time linear in the module, and a trap that the
   * memo knows is run again for it. Default: no.
   */
  readonly explain?: boolean
  /** Who asks, for fair shares of the queue. Calls without a caller share one turn. */
  readonly caller?: string
  /** A whole number from -10 to 10. Calls with a higher priority run first. Default 0. */
  readonly priority?: number
}

/** How an executor is closed. */
export interface CloseOptions {
  /** True if calls that wait or run are given up, which is the fault `aborted` of each. Default: they are run to their ends. */
  readonly abort?: boolean
}

/** Runs tasks and makes receipts. */
export interface Executor {
  /**
   * Runs a task under limits. The task is given as a value, or by its CID in the store. A success, a rejection and a trap each give
   * a receipt. If this host cannot tell the outcome, a `Fault` is thrown. `signal` and `timeoutMs` give the call up, and `onStage` is
   * called with the stages of preparing the module.
   *
   * Equal tasks run once at a time: a call joins the run of an equal task that is under way and has no more gas than it has. If
   * the receipt of that run does not tell what this call asks, the call runs by itself. A run is ended when nobody waits for it.
   */
  execute(task: Task | CID, limits: RunLimits, options?: ExecuteOptions): Promise<Execution>
  /** The block store that the executor was given. */
  readonly store: BlockStore
  /** The events of calls and runs. */
  readonly events: ExecutorEvents
  /** Numbers of calls and runs, so far and now. */
  stats(): ExecutorStats
  /** Resolves when no call waits or runs. Never rejects. */
  idle(): Promise<void>
  /**
   * Takes no more calls: each is the fault `aborted`. Resolves when no call waits or runs any more. The store, the engine and the
   * memo stay open.
   */
  close(options?: CloseOptions): Promise<void>
}
