import type { CID } from 'multiformats/cid'
import { linkOf } from '../base/dag-cbor.ts'
import { withDeadline } from '../base/deadline.ts'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { hostFault } from '../base/host-fault.ts'
import { isRecord } from '../base/shape.ts'
import { count, fields, having } from '../base/usage.ts'
import { blockMissing, getBlock, hasBlock } from '../content/block.ts'
import { putInOrder } from '../content/put-all.ts'
import { explainTrap } from '../diagnosis/explain.ts'
import type { ComputeOptions, Engine } from '../engine/engine.ts'
import { sourceOf } from '../engine/job.ts'
import { Recent } from '../engine/recent.ts'
import type { Profile } from '../interface-profile.ts'
import type { Abortable, Block, BlockStore, Receipt, RunLimits, Task, TrapDetails } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { checkLimits, encodeReceipt } from '../receipt/receipt.ts'
import { decodeTask, sealTask } from '../task/task.ts'
import { conclude } from './conclude.ts'
import { ProfileSet } from './profiles.ts'
import { MAX_BYTES, resolveTask } from './resolve.ts'

/** What an executor works with. */
export interface ExecutorOptions {
  /** Where modules and arguments come from, and where tasks, receipts and what they link to go. */
  readonly store: BlockStore
  /** Where tasks are run. Whoever made it closes it. */
  readonly engine: Engine
  /** The rules to run under. Default: profile 1. */
  readonly profile?: Profile
  /** Most bytes of a module that are loaded; a module beyond the profile's own limit is rejected all the same. Default 64 MiB. */
  readonly maxModuleBytes?: number
  /** Most bytes of all parameters that are given by CID, together; each content counts once. Default 64 MiB. */
  readonly maxParamBytes?: number
}

/** What execution gives: the receipt and its block, which is in the store by then. */
export interface Execution extends Block {
  /** The task's CID. */
  readonly task: CID
  /** What came out, as a value; its block is `cid` and `bytes`. */
  readonly receipt: Receipt
  /** With `explain`: where the guest trapped, for people. No part of the receipt. */
  readonly details?: TrapDetails
}

/** How an execution is watched, given up, and explained. */
export interface ExecuteOptions extends ComputeOptions {
  /** Whether a trap is looked up in the module's names and debug information. It takes time linear in the module. Default: no. */
  readonly explain?: boolean
}

/** Runs tasks and makes receipts. */
export interface Executor {
  /**
   * Runs a task, given or by CID, under limits. Gives a receipt for success, for every rejection and for every trap; throws
   * a `Fault` for whatever this host cannot tell. `signal` and `timeoutMs` give up; `onStage` hears what preparing the module has come to.
   */
  execute(task: Task | CID, limits: RunLimits, options?: ExecuteOptions): Promise<Execution>
}

/** Most modules of which an executor remembers that it has read them. It reads one again that it has forgotten. */
const MODULES_REMEMBERED = 10_000

/** An executor over a store and an engine; the caller closes the engine. Throws Fault('bad-profile') for what is no profile. */
export function createExecutor(options: ExecutorOptions): Executor {
  const {
    store,
    engine,
    profile = PROFILE_1,
    maxModuleBytes = MAX_BYTES,
    maxParamBytes = MAX_BYTES,
  } = fields(options, 'options')
  having(store, 'store', ['get', 'put', 'has'])
  having(engine, 'engine', ['compute'])
  count(maxModuleBytes, 'maxModuleBytes')
  count(maxParamBytes, 'maxParamBytes')
  const known = new ProfileSet([profile]).get(profile.id)
  /** Modules that were read through the store, by the keys of their jobs. */
  const modulesRead = new Recent<true>(MODULES_REMEMBERED)
  return {
    execute: (taskOrCid, asked, options = {}) =>
      withDeadline(options, async signal => {
        const { onStage, explain = false } = fields(options, 'options')
        const limits = checkLimits(asked)
        const { task, block: taskBlock } = await sealed(taskOrCid, store, signal)
        // An engine that has prepared the module does not ask for it, and whoever reads the receipt will.
        if (!(await hasBlock(store, task.args.mod, { signal }))) throw blockMissing(task.args.mod)
        const job = await resolveTask({ task, cid: taskBlock.cid }, limits, known, store, {
          maxModuleBytes,
          maxParamBytes,
          signal,
        })
        const readModule = async (): Promise<Uint8Array> => {
          const { module } = await sourceOf(job)
          modulesRead.set(job.key, true, 1)
          return module
        }
        const outcome = await engine.compute({ ...job, module: readModule }, { signal, onStage })
        // A store that fetches what it lacks keeps only what was read through it.
        if (modulesRead.get(job.key) === undefined) await readModule()
        const receipt = await conclude(
          outcome,
          { task: taskBlock.cid, profile: known.profile, profileCid: known.cid, limits },
          store,
          { signal },
        )
        const block = encodeOwn(receipt)
        // The receipt goes last: where it is, there is what it links to.
        await putInOrder(store, [known, taskBlock, block], { signal })
        const details =
          explain && outcome.trace !== undefined ? explainTrap((await sourceOf(job)).module, outcome.trace) : undefined
        return { ...block, receipt, task: taskBlock.cid, ...(details && { details }) }
      }),
  }
}

/** The task and its block. What runs is what the receipt names, whatever the caller's object becomes meanwhile. */
async function sealed(
  taskOrCid: Task | CID,
  store: BlockStore,
  signal: Abortable['signal'],
): Promise<{ readonly task: Task; readonly block: Block }> {
  if (isRecord(taskOrCid)) return sealTask(taskOrCid as Task)
  const bytes = await getBlock(store, givenCid(taskOrCid as CID, 'the task'), { signal })
  return { task: decodeTask(bytes), block: { cid: linkOf(bytes), bytes } }
}

/** A receipt of our own making that cannot be encoded is the engine's doing, not that of whoever asked. */
function encodeOwn(receipt: Receipt): Block {
  try {
    return encodeReceipt(receipt)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bad-receipt') throw hostFault(error)
    throw new Fault('engine-failed', `the engine gave an outcome that no task has: ${error.message}`, {}, error)
  }
}
