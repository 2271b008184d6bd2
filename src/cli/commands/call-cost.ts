import { isRejection } from '../../abi/lookup.ts'
import { admit } from '../../admission/admit.ts'
import { createMemoryStore } from '../../content/memory-store.ts'
import { addFile } from '../../content/unixfs.ts'
import { estimate, type Estimate } from '../../executor/estimate.ts'
import type { Profile } from '../../interface-profile.ts'
import type { BlockStore, Rejection } from '../../interface.ts'
import { formatAbi } from '../../task/abi-name.ts'
import { createTask } from '../../task/task.ts'
import { MAX_FILE_BYTES, type Context } from '../context.ts'
import type { Target } from '../inputs.ts'
import { readCall, type CallOptions } from '../params.ts'

/** The price of everything that happens before a call runs, or the rejection. */
export interface CallCost {
  readonly fun: string
  readonly abi: string
  readonly estimate?: Estimate
  readonly rejection?: Rejection
}

/** Computes the cost of a call, which is given as the words of `run`. Stores nothing. */
export async function callCost(
  context: Context,
  { bytes }: Target,
  profile: Profile,
  [fun = '', ...typed]: readonly string[],
  options: CallOptions,
): Promise<CallCost> {
  const scratch = createMemoryStore()
  const mod = await addFile(scratch, bytes)
  const asked = await readCall(context, typed, options)
  const module = admit(bytes, profile).admitted?.module
  const { abi, params } = await asked(module, fun, { store: scratch, signal: context.signal })
  const store = above(scratch, await context.source())
  const task = createTask({ mod, fun, params, abi: formatAbi(abi) })
  const bounds = { maxModuleBytes: MAX_FILE_BYTES, maxParamBytes: MAX_FILE_BYTES }
  const found = await estimate(task, { store, profile, ...bounds, signal: context.signal })
  const call = { fun, abi: task.args.abi }
  return isRejection(found) ? { ...call, rejection: found } : { ...call, estimate: found }
}

/** A store that reads from the first store, and from the second if the first lacks the block. */
function above(first: BlockStore, second: BlockStore): Pick<BlockStore, 'get'> {
  return { get: async (cid, options) => ((await first.has(cid)) ? first : second).get(cid, options) }
}
