/** Puts the blocks of a worker's result to where the judge reads them. */
import type { CID } from 'multiformats/cid'
import { getBlock, hasBlock, putBlock } from '../content/block.ts'
import { blockKey } from '../content/cids.ts'
import { linksOf } from '../content/dag.ts'
import type { Abortable, Block, BlockStore, Receipt } from '../interface.ts'
import { encodeReceipt } from '../receipt/receipt.ts'

/** A block on the way from a root, and those of its links that were not followed yet. */
interface Visit {
  readonly block: Block
  readonly links: CID[]
}

/**
 * Copies the blocks of the result and of the logs of a receipt. A block is put after all blocks that it links to. What
 * the target has is not copied, with all that it links to.
 *
 * @throws Fault block-missing, store-failed, gateway-failed, aborted, timeout and others of reading blocks
 */
export async function deliver(
  receipt: Receipt,
  from: Pick<BlockStore, 'get'>,
  to: Pick<BlockStore, 'has' | 'put'>,
  { signal }: Abortable,
): Promise<void> {
  const { ran, meta } = receipt
  const seen = new Set([ran, meta.profile].map(blockKey))
  const path: Visit[] = [{ block: encodeReceipt(receipt), links: linksOf(encodeReceipt(receipt)) }]
  for (let visit = path.at(-1); visit !== undefined; visit = path.at(-1)) {
    const next = visit.links.shift()
    if (next === undefined) {
      path.pop()
      // The receipt itself is in the answer.
      if (path.length > 0) await putBlock(to, visit.block, { signal })
    } else if (!seen.has(blockKey(next))) {
      seen.add(blockKey(next))
      if (await hasBlock(to, next, { signal })) continue
      const block = { cid: next, bytes: await getBlock(from, next, { signal }) }
      path.push({ block, links: linksOf(block) })
    }
  }
}
