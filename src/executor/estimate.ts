/**
 * Computes the cost of a task before it runs. The cost follows from the module and the sizes of the parameters, so no
 * code of the guest is executed.
 */
import { prepareCall } from '../abi/prepare.ts'
import { Links } from '../abi/links.ts'
import { isRejection } from '../abi/lookup.ts'
import { toPlain } from '../base/links.ts'
import { count, fields, withMethods } from '../base/usage.ts'
import type { BlockSource } from '../content/block.ts'
import { load } from '../content/unixfs.ts'
import { parameterGas } from '../engine/starting-gas.ts'
import type { Profile } from '../interface-profile.ts'
import type { Abortable, Rejection, Task } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { sealTask } from '../task/task.ts'
import { linkLoader } from './links.ts'
import { ProfileSet } from './profiles.ts'
import { MAX_BYTES } from './resolve.ts'

/** Options of an estimate. */
export interface EstimateOptions extends Abortable {
  /**
   * The store that has the module and the linked parameters. If a parameter is a file of several blocks, only the root
   * is read, and raw blocks.
   */
  readonly store: BlockSource
  /** The rules of the run. Default: profile 1. */
  readonly profile?: Profile
  /** The greatest size of a module that is loaded, in bytes. Default: 64 MiB. */
  readonly maxModuleBytes?: number
  /** The greatest total size of the linked parameters that are loaded, in bytes. Default: 64 MiB. */
  readonly maxParamBytes?: number
}

/** The smallest limits with which the guest of a task begins. */
export interface Estimate {
  /** Gas for preparing the module (docs/spec/gas.md, GAS-4). */
  readonly instantiation: bigint
  /** Gas for moving the parameters into the guest (GAS-18). */
  readonly parameters: bigint
  /** The sum of both. It is paid before the start function runs, and the instructions of the guest cost further gas. */
  readonly least: bigint
  /** The initial size of the memory in pages of 64 KiB; `limits.pages` must not be lower. */
  readonly pages: number
}

/**
 * Computes the smallest limits with which the guest of a task begins. If the task is rejected under all limits, returns
 * the rejection instead. It takes as long as admission.
 *
 * @throws Fault block-missing, hash-mismatch, too-large, bad-task, aborted, and others
 */
export async function estimate(task: Task, options: EstimateOptions): Promise<Estimate | Rejection> {
  const {
    store,
    profile = PROFILE_1,
    maxModuleBytes = MAX_BYTES,
    maxParamBytes = MAX_BYTES,
    signal,
  } = fields(options, 'options')
  withMethods(store, 'store', ['get'])
  count(maxModuleBytes, 'maxModuleBytes')
  count(maxParamBytes, 'maxParamBytes')
  const { mod, fun, abi, params } = sealTask(fields(task, 'the task')).task.args
  const known = new ProfileSet([profile]).get(profile.id)
  const bytes = await load(store, mod, { maxBytes: maxModuleBytes, signal })
  const { admitModule } = await import('../engine/admit-module.ts')
  const { info } = admitModule(bytes, known.profile)
  if (isRejection(info)) return info
  const loadLinks = linkLoader(store, { maxBytes: maxParamBytes, signal })
  const args = params.map(toPlain)
  const prepare = (links: Links) => prepareCall(info.callable, { abi, fun, args, links }, info.limits)
  const first = prepare(new Links())
  // The linked parameters are loaded only if the call needs them and is valid otherwise (docs/spec/receipt.md,
  // RECEIPT-23).
  const needsNoLinks = isRejection(first) || first.links.length === 0
  const call = needsNoLinks ? first : prepare(new Links(await loadLinks({ what: 'sizes', links: first.links })))
  if (isRejection(call)) return call
  const parameters = parameterGas(info, call)
  return { instantiation: info.price, parameters, least: info.price + parameters, pages: info.pages }
}
