/** From a task to a job: the module and the linked parameters are loaded, every block of them hashed. */
import { CID } from 'multiformats/cid'
import type { Argument } from '../abi/guest.ts'
import type { BlockSource } from '../content/block.ts'
import { load } from '../content/unixfs.ts'
import type { Job } from '../engine/compute.ts'
import type { Abortable, RunLimits, Task } from '../interface.ts'
import type { KnownProfile } from './profiles.ts'

export interface ResolveOptions extends Abortable {
  /** Bytes of a module and of one linked parameter that this host is ready to load. */
  readonly maxModuleBytes: number
  readonly maxParamBytes: number
}

/** What prepared modules are kept by: the CIDs of module and profile. */
export function jobKey(mod: CID, profile: CID): string {
  return `${mod.toV1().toString()} ${profile.toString()}`
}

/** Throws faults: `block-missing`, `hash-mismatch`, `too-large`, … */
export async function resolveTask(
  task: Task, limits: RunLimits, { profile, cid }: KnownProfile, store: BlockSource, options: ResolveOptions,
): Promise<Job> {
  const { mod, fun, params, abi } = task.args
  const { signal } = options
  const module = await load(store, mod, { maxBytes: options.maxModuleBytes, signal })
  const args: Argument[] = []
  for (const param of params) {
    const link = typeof param === 'object' ? CID.asCID(param) : null
    args.push(link === null ? param as Argument : await load(store, link, { maxBytes: options.maxParamBytes, signal }))
  }
  return { key: jobKey(mod, cid), module, profile, fun, abi, args, limits }
}
