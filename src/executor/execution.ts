/** What callers of an executor give and get. */
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

/** What execution gives: the receipt and its block, which is in the store by then. */
export interface Execution extends Block {
  /** The task's CID. */
  readonly task: CID
  /** What came out, as a value; its block is `cid` and `bytes`. */
  readonly receipt: Receipt
  /** Where the answer comes from. */
  readonly origin: Origin
  /** With `explain`: where the guest trapped, for people. No part of the receipt. */
  readonly details?: TrapDetails
}

/** How an execution is watched, given up, explained, and placed in the queue. */
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
   * Runs a task, given or by CID, under limits. Gives a receipt for success, for every rejection and for every trap; throws
   * a `Fault` for whatever this host cannot tell. `signal` and `timeoutMs` give up; `onStage` hears what preparing the module has come to.
   *
   * Equal tasks run once at a time: a call joins the run of an equal task that is under way and has no more gas than it has. If
   * the receipt of that run does not tell what this call asks, the call runs by itself. A run is ended when nobody waits for it.
   */
  execute(task: Task | CID, limits: RunLimits, options?: ExecuteOptions): Promise<Execution>
  /** The block store that the executor was given. */
  readonly store: BlockStore
  /** Tells what happens to calls. */
  readonly events: ExecutorEvents
  /** What has happened so far, and what is under way now. */
  stats(): ExecutorStats
  /** Resolves when no call waits or runs. Never rejects. */
  idle(): Promise<void>
  /**
   * Takes no more calls: each is the fault `aborted`. Resolves when no call waits or runs any more. The store, the engine and the
   * memo stay open.
   */
  close(options?: CloseOptions): Promise<void>
}
