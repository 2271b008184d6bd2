import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { getBlock, putBlock } from '../content/block.ts'
import type { Engine } from '../engine/engine.ts'
import type { Abortable, Block, BlockStore, Profile, Receipt, RunLimits, Task } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { checkLimits, encodeReceipt } from '../receipt/receipt.ts'
import { decodeTask, encodeTask } from '../task/task.ts'
import { conclude } from './conclude.ts'
import { ProfileSet } from './profiles.ts'
import { resolveTask } from './resolve.ts'

export interface ExecutorOptions {
  /** Where modules and arguments come from, and where tasks, receipts and what they link to go. */
  readonly store: BlockStore
  readonly engine: Engine
  /** The rules to run under. Default: profile 1. */
  readonly profile?: Profile
  /** Most bytes of a module that are loaded; a module beyond the profile's own limit is rejected all the same. Default 64 MiB. */
  readonly maxModuleBytes?: number
  /** Most bytes of one parameter that is given by CID. Default 64 MiB. */
  readonly maxParamBytes?: number
}

/** What execution gives: the receipt and its block, which is in the store by then. */
export interface Execution extends Block {
  readonly task: CID
  readonly receipt: Receipt
}

export interface Executor {
  /**
   * Runs a task, given or by CID, under limits. Gives a receipt for success, for every rejection and for every trap; throws
   * a `Fault` for whatever this host cannot tell. `signal` gives up.
   */
  execute(task: Task | CID, limits: RunLimits, options?: Abortable): Promise<Execution>
}

const MOST_BYTES = 64 * 1024 * 1024

/** An executor over a store and an engine; the caller closes the engine. */
export function createExecutor(options: ExecutorOptions): Executor {
  const { store, engine, profile = PROFILE_1, maxModuleBytes = MOST_BYTES, maxParamBytes = MOST_BYTES } = options
  const known = new ProfileSet([profile]).get(profile.id)
  return {
    async execute(taskOrCid, asked, { signal } = {}) {
      const limits = checkLimits(asked)
      // Read back from its bytes: what runs is what the receipt names, whatever the caller's object becomes meanwhile.
      const task = decodeTask('args' in taskOrCid ? encodeTask(taskOrCid).bytes : await getBlock(store, taskOrCid, { signal }))
      const taskBlock = encodeTask(task)
      const job = await resolveTask(task, limits, known, store, { maxModuleBytes, maxParamBytes, signal })
      const outcome = await engine.compute(job, { signal })
      const receipt = await conclude(outcome, { task: taskBlock.cid, profile, profileCid: known.cid, limits }, store)
      const block = encodeOwn(receipt)
      for (const part of [known, taskBlock, block]) await putBlock(store, part, { signal })
      return { ...block, receipt, task: taskBlock.cid }
    },
  }
}

/** A receipt of our own making that cannot be encoded is the engine's doing, not that of whoever asked. */
function encodeOwn(receipt: Receipt): Block {
  try {
    return encodeReceipt(receipt)
  } catch (error) {
    throw new Fault('engine-failed', `the engine gave an outcome that no task has: ${(error as Error).message}`, {}, error)
  }
}
