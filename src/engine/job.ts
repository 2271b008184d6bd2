import type { Argument } from '../abi/guest.ts'
import type { LinkContent } from '../abi/links.ts'
import { Fault } from '../base/fault.ts'
import type { Profile } from '../interface-profile.ts'
import type { Link, RunLimits } from '../interface.ts'
import type { Source } from './preparer.ts'

/** A value, or a function that loads it. It is called only when the value is needed, so jobs in a queue hold no bytes. */
export type Loadable<T> = T | (() => Promise<T>)

/** A task as an engine gets it. */
export interface Job {
  /**
   * Names module and profile by their CIDs (`jobKey`). A module that was prepared under the same key is used again, and neither
   * module nor profile is read. With an index, other processes use it as well.
   */
  readonly key: string
  /** The module's bytes. They are not loaded if the module was prepared before. */
  readonly module: Loadable<Uint8Array>
  /** The profile to run under. */
  readonly profile: Profile
  /** The bytes of the task's CID, for host functions that depend on it. An engine that is used without tasks has none. */
  readonly task?: Uint8Array | undefined
  /** The name of the exported function. */
  readonly fun: string
  /** The name of the ABI, as in a task. */
  readonly abi: string
  /** The parameters. Links among them are `{ '/': 'bafy…' }`. */
  readonly args: readonly Argument[]
  /** The limits of the run. */
  readonly limits: RunLimits
  /** Loads the sizes or contents of links in `args`. Needed if the call reads any of them. */
  readonly loadLinks?: LoadLinks | undefined
  /** Loads the blocks of files that links in `args` stand for. Needed if the call is given any. */
  readonly files?: JobFiles | undefined
}

/** How the blocks of a job's files are loaded, and how many. */
export interface JobFiles {
  /**
   * Loads one block and checks its hash. Engines on threads and processes call it when the guest comes to the block. An inline
   * engine, and Web Workers on a page that cannot share memory, call it for all blocks before the guest runs. Throws faults of the content.
   */
  load(link: Link): Promise<Uint8Array>
  /** The greatest number of bytes of blocks that are loaded for one attempt at a run. Each block counts once. */
  readonly maxBytes: number
}

/**
 * Loads the sizes of links of a job, or their sizes and contents. Sizes are loaded once the ABI accepts links in these places, and
 * contents once their bytes are paid for. It returns an entry for each link that it is asked about. Throws faults of the content.
 */
export type LoadLinks = (wanted: WantedLinks) => Promise<readonly LinkContent[]>

/** A request for sizes or contents of links. */
export interface WantedLinks {
  /** `sizes`: the number of bytes of each link's content. `contents`: these bytes as well. */
  readonly what: 'sizes' | 'contents'
  /** The links, without repetitions. */
  readonly links: readonly Link[]
}

/** The module's bytes and the profile of a job. Loads the bytes. */
export async function sourceOf({ module, profile }: Pick<Job, 'module' | 'profile'>): Promise<Source> {
  return { module: typeof module === 'function' ? await module() : module, profile }
}

/** The loader of a job's links. Throws Fault('engine-failed') if the job has none. */
export function loaderOf(loadLinks: LoadLinks | undefined): LoadLinks {
  if (loadLinks === undefined) throw new Fault('engine-failed', 'the job has links, and nothing that loads them')
  return loadLinks
}
