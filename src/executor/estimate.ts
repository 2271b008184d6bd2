/** What a task costs before it begins: known from the module and the sizes of the parameters, without running anything. */
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

/** What an estimate is made from. */
export interface EstimateOptions extends Abortable {
  /** Where the module and linked parameters come from. Of linked files the roots are read, and raw blocks. */
  readonly store: BlockSource
  /** The rules that the task would run under. Default: profile 1. */
  readonly profile?: Profile
  /** Most bytes of the module that are loaded. Default 64 MiB. */
  readonly maxModuleBytes?: number
  /** Most bytes of all linked parameters that are loaded. Default 64 MiB. */
  readonly maxParamBytes?: number
}

/** The least that a run of a task takes. With less gas or fewer pages it does not begin. */
export interface Estimate {
  /** Gas for preparing the module (docs/spec/gas.md, GAS-4). */
  readonly instantiation: bigint
  /** Gas for moving the parameters into the guest (GAS-18). */
  readonly parameters: bigint
  /** Both together: what is paid before the start function runs. What the guest executes comes on top. */
  readonly least: bigint
  /** Pages of 64 KiB that the memory begins with; `limits.pages` must not be lower. */
  readonly pages: number
}

/**
 * The least that a task takes, or the rejection that it comes to whatever the limits are. Time is that of admission. Throws
 * faults: `block-missing`, `hash-mismatch`, `too-large`, `bad-task`, `aborted`, …
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
  // Links are looked up only where the call may be made with them (docs/spec/receipt.md, RECEIPT-23).
  const needsNoLinks = isRejection(first) || first.links.length === 0
  const call = needsNoLinks ? first : prepare(new Links(await loadLinks({ what: 'sizes', links: first.links })))
  if (isRejection(call)) return call
  const parameters = parameterGas(info, call)
  return { instantiation: info.price, parameters, least: info.price + parameters, pages: info.pages }
}
