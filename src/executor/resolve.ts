/**
 * Makes a job of a task. The job loads the module and linked parameters on demand, and verifies the hash of every
 * block.
 */
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
  /** The greatest size of a module in bytes. */
  readonly maxModuleBytes: number
  /**
   * The greatest number of bytes of all linked parameters of a call together; each CID counts once. The same number
   * bounds all blocks of files that a program reads.
   */
  readonly maxParamBytes: number
}

/** The default of both bounds: 64 MiB. */
export const MAX_BYTES = 64 * 1024 * 1024

/**
 * Returns the key under which an engine caches a prepared module. It consists of the CIDs of the module and the
 * profile.
 */
export function jobKey(mod: CID, profile: CID): string {
  return `${givenCid(mod, 'mod').toV1().toString()} ${givenCid(profile, 'profile').toString()}`
}

/**
 * Returns the job of a task. `sealed.cid` is the CID that receipts name. The functions of the job throw faults such as
 * `block-missing`, `hash-mismatch` and `too-large`.
 *
 * An engine calls `module` if it has to prepare the module. It calls `loadLinks` if the call needs linked parameters.
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
