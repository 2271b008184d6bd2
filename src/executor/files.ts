/** The files of one task: their blocks, as a program comes to them. */
import { CID } from 'multiformats/cid'
import { getBlock, MAX_BLOCK_BYTES, type BlockSource, type SizeBound } from '../content/block.ts'
import { RAW } from '../content/cids.ts'
import type { JobFiles } from '../engine/job.ts'

/**
 * What loads the blocks of a job's files, and checks the hash of each. `maxBytes` bounds those that are read in one attempt at the
 * run together. A raw block may be as large; other blocks have up to `MAX_BLOCK_BYTES`.
 */
export function fileLoader(
  store: BlockSource,
  { maxBytes, signal }: SizeBound & { readonly maxBytes: number },
): JobFiles {
  return {
    maxBytes,
    load: link => {
      const cid = CID.parse(link['/'])
      return getBlock(store, cid, { signal, maxBytes: cid.code === RAW ? maxBytes : MAX_BLOCK_BYTES })
    },
  }
}
