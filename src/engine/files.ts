/** Opens the files of a job. The guest reads them synchronously: a block is loaded when it is read, or all blocks in advance. */
import { CID } from 'multiformats/cid'
import type { OpenFile } from '../abi/wasi-files.ts'
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import { checkBlock } from './check-job.ts'
import type { JobFiles } from './job.ts'

/** How the files of a job are loaded on the thread that computes it. */
export interface Files extends JobFiles {
  /** Loads a block while the guest waits. If it is undefined, all blocks are loaded before the guest runs. */
  readonly loadNow?: ((link: Link) => Uint8Array) | undefined
}

/** The opened files of a job. */
export interface OpenedFiles {
  readonly open: OpenFile
  /** Begins an attempt at the run. Must be called before each of them. */
  begin(): void
}

/** Opens the files and directories that these links name. Throws faults of the content. */
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
  try {
    return CID.parse(link['/'])
  } catch (error) {
    throw new Fault('bad-cid', `a link of the job is no CID: ${JSON.stringify(link['/'])}`, {}, error)
  }
}

function linkTo(cid: CID): Link {
  return { '/': cid.toString() }
}
