import type { Argument } from '../abi/guest.ts'
import type { LinkContent } from '../abi/links.ts'
import { Fault } from '../base/fault.ts'
import type { Profile } from '../interface-profile.ts'
import type { Link, RunLimits } from '../interface.ts'
import type { Source } from './preparer.ts'

/** A value, or how to load it. It is loaded when it is needed and not before: what waits for its turn holds no bytes. */
export type Loadable<T> = T | (() => Promise<T>)

/** What is to be computed. */
export interface Job {
  /**
   * Names module and profile, by their CIDs (`jobKey`): what was prepared under it is used again without a look at either,
   * and with an index by other processes, too.
   */
  readonly key: string
  /** The module's bytes. They are not asked for where the module was prepared before. */
  readonly module: Loadable<Uint8Array>
  /** The rules to run under. */
  readonly profile: Profile
  /** The bytes of the task's CID, for host functions that depend on it. An engine that is used without tasks has none. */
  readonly task?: Uint8Array | undefined
  /** The name of the exported function. */
  readonly fun: string
  /** How parameters and results cross, as in a task. */
  readonly abi: string
  /** The parameters. Links among them are `{ '/': 'bafy…' }`. */
  readonly args: readonly Argument[]
  /** The limits of the run. */
  readonly limits: RunLimits
  /** Finds out what links in `args` stand for; needed if the call reads any of them. */
  readonly loadLinks?: LoadLinks | undefined
}

/**
 * Finds out about links of a job: how many bytes of content they have, or the contents, too. It is asked for the sizes once the
 * links are known to be where bytes may be, and for the contents once they are paid for. It answers for each link that it is
 * asked about. Throws faults of the content.
 */
export type LoadLinks = (wanted: WantedLinks) => Promise<readonly LinkContent[]>

/** What a job has to find out of its links. */
export interface WantedLinks {
  /** How many bytes of content each of the links has; these bytes as well; or the files and directories that it stands for. */
  readonly what: 'sizes' | 'contents' | 'trees'
  /** Those of the parameters about which it is asked, each once. */
  readonly links: readonly Link[]
}

/** The source of a job's module. */
export async function sourceOf({ module, profile }: Pick<Job, 'module' | 'profile'>): Promise<Source> {
  return { module: typeof module === 'function' ? await module() : module, profile }
}

/** What loads the links of a job. Throws Fault('engine-failed') if nothing does. */
export function loaderOf(loadLinks: LoadLinks | undefined): LoadLinks {
  if (loadLinks === undefined) throw new Fault('engine-failed', 'the job has links, and nothing that loads them')
  return loadLinks
}
