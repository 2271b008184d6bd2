import { isRejection } from '../../abi/lookup.ts'
import { admit } from '../../admission/admit.ts'
import { createMemoryStore } from '../../content/memory-store.ts'
import { addFile } from '../../content/unixfs.ts'
import { estimate, type Estimate } from '../../executor/estimate.ts'
import type { Profile } from '../../interface-profile.ts'
import type { BlockStore, Rejection } from '../../interface.ts'
import { formatAbi } from '../../task/abi-name.ts'
import { createTask } from '../../task/task.ts'
import { MOST_BYTES, type Context } from '../context.ts'
import type { Target } from '../inputs.ts'
import { readCall, type CallOptions } from '../params.ts'

/** What a call costs before it begins, or why it is rejected. */
export interface CallCost {
  readonly fun: string
  readonly abi: string
  readonly estimate?: Estimate
  readonly rejection?: Rejection
}

/** The cost of a call of the module at hand, given as the words of `run`. Nothing is stored. */
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
  const bounds = { maxModuleBytes: MOST_BYTES, maxParamBytes: MOST_BYTES }
  const found = await estimate(task, { store, profile, ...bounds, signal: context.signal })
  const call = { fun, abi: task.args.abi }
  return isRejection(found) ? { ...call, rejection: found } : { ...call, estimate: found }
}

/** Blocks of the first store, and else of the second. */
function above(first: BlockStore, second: BlockStore): Pick<BlockStore, 'get'> {
  return { get: async (cid, options) => ((await first.has(cid)) ? first : second).get(cid, options) }
}
