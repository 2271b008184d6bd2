/** Computes the cost of a task before it begins, from the module and the sizes of the parameters. Nothing runs. */
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

/** The options of `estimate`. */
export interface EstimateOptions extends Abortable {
  /** The store of the module and of linked parameters. Of linked files, only roots and raw blocks are read. */
  readonly store: BlockSource
  /** The profile under which the task would run. Default: profile 1. */
  readonly profile?: Profile
  /** The greatest size of the module, in bytes. Default: 64 MiB. */
  readonly maxModuleBytes?: number
  /** The greatest total size of all linked parameters, in bytes. Default: 64 MiB. */
  readonly maxParamBytes?: number
}

/** The least limits with which a run of a task begins. */
export interface Estimate {
  /** The gas for preparing the module (docs/spec/gas.md, GAS-4). */
  readonly instantiation: bigint
  /** The gas for moving the parameters into the guest (GAS-18). */
  readonly parameters: bigint
  /**
   * The sum of both, which is charged before the start function runs. The instructions of the guest are charged in
   * addition.
   */
  readonly least: bigint
  /** The initial pages of the memory, of 64 KiB each. `limits.pages` must not be lower. */
  readonly pages: number
}

/**
 * Returns the least limits that a task needs, or the rejection of the task if it is rejected under all limits. It takes
 * as long as admission.
 *
 * @throws Fault block-missing, hash-mismatch, too-large, bad-task, aborted and others
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
  // Links are only read if the first round of checks found nothing (docs/spec/receipt.md, RECEIPT-23).
  const needsNoLinks = isRejection(first) || first.links.length === 0
  const call = needsNoLinks ? first : prepare(new Links(await loadLinks({ what: 'sizes', links: first.links })))
  if (isRejection(call)) return call
  const parameters = parameterGas(info, call)
  return { instantiation: info.price, parameters, least: info.price + parameters, pages: info.pages }
}
