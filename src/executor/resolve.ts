/** From a task to a job: the module is loaded, and links among the parameters can be; every block of them is hashed. */
import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import { toPlain } from '../base/links.ts'
import type { BlockSource } from '../content/block.ts'
import { load } from '../content/unixfs.ts'
import type { Job } from '../engine/job.ts'
import type { Abortable, RunLimits, Task } from '../interface.ts'
import { fileLoader } from './files.ts'
import { linkLoader } from './links.ts'
import type { KnownProfile } from './profiles.ts'

export interface ResolveOptions extends Abortable {
  /** Bytes of a module that this host is ready to load. */
  readonly maxModuleBytes: number
  /** Bytes of all links that the call reads, together, and of all blocks of files that its program reads; each counts once. */
  readonly maxParamBytes: number
}

/** Default of both: 64 MiB. */
export const MAX_BYTES = 64 * 1024 * 1024

/** What prepared modules are kept by: the CIDs of module and profile. */
export function jobKey(mod: CID, profile: CID): string {
  return `${givenCid(mod, 'mod').toV1().toString()} ${givenCid(profile, 'profile').toString()}`
}

/**
 * The job of a task, whose CID is the one that receipts name. Throws faults: `block-missing`, `hash-mismatch`, `too-large`, … The job throws them, too, when it is asked for linked
 * parameters, which an engine does once the call is known to need them.
 */
export async function resolveTask(
  sealed: { readonly task: Task; readonly cid: CID },
  limits: RunLimits,
  { profile, cid }: KnownProfile,
  store: BlockSource,
  options: ResolveOptions,
): Promise<Job> {
  const { mod, fun, params, abi } = sealed.task.args
  const { signal } = options
  const module = (): Promise<Uint8Array> => load(store, mod, { maxBytes: options.maxModuleBytes, signal })
  const bound = { maxBytes: options.maxParamBytes, signal }
  const loadLinks = linkLoader(store, bound)
  const files = fileLoader(store, bound)
  const key = jobKey(mod, cid)
  return { key, module, profile, task: sealed.cid.bytes, fun, abi, args: params.map(toPlain), limits, loadLinks, files }
}
