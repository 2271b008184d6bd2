/**
 * Opens the files of a job. The guest reads them synchronously. So each block is loaded when the guest reads it, or all
 * blocks are loaded before the guest runs.
 */
import { CID } from 'multiformats/cid'
import type { OpenFile } from '../abi/wasi-files.ts'
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import { checkBlock } from './check-job.ts'
import type { JobFiles } from './job.ts'

/** The functions that load the files of a job, on the thread that computes the job. */
export interface Files extends JobFiles {
  /** Loads a block while the guest waits. If it is undefined, all blocks are loaded before the guest runs. */
  readonly loadNow?: ((link: Link) => Uint8Array) | undefined
}

/** The opened files of a job. */
export interface OpenedFiles {
  readonly open: OpenFile
  /** Begins an attempt at the run. It must be called before each attempt. */
  begin(): void
}

/** Opens the files and directories that the links name. Throws the faults of loading them. */
export async function openFiles(files: Files | undefined, links: readonly Link[]): Promise<OpenedFiles> {
  if (files === undefined) throw new Fault('engine-failed', 'the job has files, and nothing that loads them')
  const { maxBytes, loadNow } = files
  // Most jobs have no files, so the code that decodes blocks is loaded only here.
  const [{ openTree }, { TreeBlocks }] = await Promise.all([
    import('../content/tree.ts'),
    import('../content/tree-blocks.ts'),
  ])
  const roots = links.map(cidOf)
  const load =
    loadNow !== undefined
      ? (cid: CID): Uint8Array => loadNow(linkTo(cid))
      : await (
          await import('../content/prefetch.ts')
        ).prefetch(async cid => checkBlock(await files.load(linkTo(cid)), linkTo(cid)), roots, maxBytes)
  const blocks = new TreeBlocks(load, maxBytes)
  return { open: link => openTree(blocks, cidOf(link)), begin: () => blocks.begin() }
}

function cidOf(link: Link): CID {
  try {
    return CID.parse(link['/'])
  } catch (error) {
    throw new Fault('bad-cid', `a link of the job is no CID: ${JSON.stringify(link['/'])}`, {}, error)
  }
}

function linkTo(cid: CID): Link {
  return { '/': cid.toString() }
}
