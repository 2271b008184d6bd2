/**
 * Runs a task once. The engine computes the job, and the receipt goes into the store with all blocks that it links to.
 */
import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { blockMissing, hasBlock } from '../content/block.ts'
import { putInOrder } from '../content/put-all.ts'
import { explainTrap } from '../diagnosis/explain.ts'
import type { ComputeOptions, Engine } from '../engine/engine.ts'
import { sourceOf, type Job } from '../engine/job.ts'
import { Recent } from '../base/recent.ts'
import type { Block, BlockStore, Outcome, Receipt, RunLimits, Task, TrapDetails, TrapTrace } from '../interface.ts'
import { encodeReceipt } from '../receipt/receipt.ts'
import { conclude } from './conclude.ts'
import type { Made } from './memo.ts'
import type { KnownProfile } from './profiles.ts'
import { resolveTask, type ResolveOptions } from './resolve.ts'

/** A task and its block. */
export interface SealedTask {
  readonly task: Task
  readonly block: Block
}

/** A run that has ended with a receipt. */
export interface Ran extends Made {
  /** If the guest trapped: the trace of the trap, and the job. */
  readonly trapped?: { readonly trace: TrapTrace; readonly job: Job }
}

/** The greatest number of modules in `#modulesRead`. A module that was dropped from it is only read once more. */
const MODULES_REMEMBERED = 10_000

/** The parts that a run uses. */
export interface RunnerOptions extends Pick<ResolveOptions, 'maxModuleBytes' | 'maxParamBytes'> {
  readonly store: BlockStore
  readonly engine: Engine
  readonly profile: KnownProfile
}

export class Runner {
  readonly #options: RunnerOptions
  /** The keys of jobs whose modules were read through the store. */
  readonly #modulesRead = new Recent<true>(MODULES_REMEMBERED)

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  /** Runs a task under limits, and puts its receipt into the store. Throws faults. */
  async run({ task, block: taskBlock }: SealedTask, limits: RunLimits, options: ComputeOptions): Promise<Ran> {
    const { store, engine, profile, maxModuleBytes, maxParamBytes } = this.#options
    const { signal } = options
    const { mod } = task.args
    // An engine that has already prepared the module does not ask for its bytes. But readers of the receipt will need
    // them, so the store must have the module.
    if (!(await hasBlock(store, mod, { signal }))) throw blockMissing(mod)
    const bounds = { maxModuleBytes, maxParamBytes, signal }
    const job = await resolveTask({ task, cid: taskBlock.cid }, limits, profile, store, bounds)
    const readModule = async (): Promise<Uint8Array> => {
      const { module } = await sourceOf(job)
      this.#modulesRead.set(job.key, true, 1)
      return module
    }
    const outcome = await computed(engine, { ...job, module: readModule }, options)
    // Some stores fetch missing blocks, and keep them only when they are read. So the module is read once, even if the
    // engine does not need it.
    if (this.#modulesRead.get(job.key) === undefined) await readModule()
    const linked = new Map([[mod.toString(), mod]])
    const recording = {
      put: (cid: CID, bytes: Uint8Array) => {
        linked.set(cid.toString(), cid)
        return store.put(cid, bytes, { signal })
      },
    }
    const subject = { task: taskBlock.cid, profile: profile.profile, profileCid: profile.cid, limits }
    const receipt = await conclude(outcome, subject, recording, { signal })
    const block = encodeOwn(receipt)
    // The receipt is put last. So a store that has the receipt also has the blocks that it links to.
    await putInOrder(store, [profile, taskBlock, block], { signal })
    const { trace } = outcome
    return { receipt, block, linked: [...linked.values()], ...(trace && { trapped: { trace, job } }) }
  }
}

/**
 * The outcome that an engine computes. An engine of an embedder may throw errors that are no faults, and may not look at
 * a signal that has fired already.
 */
async function computed(engine: Engine, job: Job, options: ComputeOptions): Promise<Outcome> {
  throwIfAborted(options.signal)
  try {
    return await engine.compute(job, options)
  } catch (error) {
    throw hostFault(error)
  }
}

/** Returns the place where the guest of a run trapped, as functions and lines of source code. It reads the module. */
export async function detailsOf({ trapped }: Ran): Promise<TrapDetails | undefined> {
  return trapped && explainTrap((await sourceOf(trapped.job)).module, trapped.trace)
}

/**
 * Encodes a receipt that this host has made. If this fails, the engine has given an invalid outcome. So the fault is
 * engine-failed, which does not blame the requestor.
 */
function encodeOwn(receipt: Receipt): Block {
  try {
    return encodeReceipt(receipt)
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'bad-receipt') throw hostFault(error)
    throw new Fault('engine-failed', `the engine gave an outcome that no task has: ${error.message}`, {}, error)
  }
}
