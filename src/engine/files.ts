/**
 * Opens the files of a job for its guest. Their blocks are loaded while the guest waits, or all of them before it runs.
 */
import { CID } from 'multiformats/cid'
import type { OpenFile } from '../abi/wasi-files.ts'
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import { checkBlock } from './check-job.ts'
import type { JobFiles } from './job.ts'

/** The files of a job, on the thread that runs it. */
export interface Files extends JobFiles {
  /** Loads a block while the guest waits. Without it, all blocks are loaded before the guest runs. */
  readonly loadNow?: ((link: Link) => Uint8Array) | undefined
}

/** The opened files of one job. */
export interface OpenedFiles {
  readonly open: OpenFile
  /** Must be called before each attempt at the run. */
  begin(): void
}

/**
 * Opens the files that these links name.
 *
 * @throws Fault those of loading blocks; `engine-failed` if there is no `files`
 */
export async function openFiles(files: Files | undefined, links: readonly Link[]): Promise<OpenedFiles> {
  if (files === undefined) throw new Fault('engine-failed', 'the job has files, and nothing that loads them')
  const { maxBytes, loadNow } = files
  // Most jobs have no files, so the decoders of blocks are loaded only here.
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
  return CID.parse(link['/'])
}

function linkTo(cid: CID): Link {
  return { '/': cid.toString() }
}
