/** Loads blocks of the files of one task when a program reads them. */
import { CID } from 'multiformats/cid'
import { getBlock, MAX_BLOCK_BYTES, type BlockSource, type SizeBound } from '../content/block.ts'
import { RAW } from '../content/cids.ts'
import type { JobFiles } from '../engine/job.ts'

/**
 * Returns the function that loads the blocks of a job's files. It verifies the hash of each block.
 *
 * `maxBytes` bounds all blocks that one attempt at the run reads. A raw block may have up to `maxBytes`, any other
 * block up to `MAX_BLOCK_BYTES`.
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
