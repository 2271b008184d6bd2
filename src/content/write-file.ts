/**
 * Files of UnixFS as this library writes them (docs/spec/receipt.md, RECEIPT-12). A long result is named by the CID of its file, so
 * each bit of the nodes is part of receipts.
 */
import { encode } from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import type { Abortable } from '../interface.ts'
import type { BlockSink } from './block.ts'
import { cidOf, DAG_PB, RAW } from './cids.ts'
import { Putter } from './put-all.ts'
import { CHUNK_BYTES, fileData } from './unixfs-data.ts'

/** The greatest number of links of a node. */
const MAX_LINKS = 174

/** A leaf or a node of a file. */
export interface Part {
  readonly cid: CID
  /** The bytes of content in and below it. */
  readonly size: number
  /** The bytes of its block and of all blocks below it. A block that is linked twice counts twice. */
  readonly blocks: number
}

/**
 * Puts content of at least one byte into a store as raw leaves and a balanced tree of nodes above them, and returns the CID of the root. A node is put when
 * all that it links to is in the store.
 *
 * @throws Fault store-failed, aborted, timeout
 */
export async function writeFile(store: BlockSink, content: Uint8Array, options: Abortable): Promise<CID> {
  const putter = new Putter(store, options)
  try {
    let level: Part[] = []
    for (let at = 0; at < content.length; at += CHUNK_BYTES) {
      const bytes = content.subarray(at, at + CHUNK_BYTES)
      const cid = await cidOf(RAW, bytes)
      await putter.put({ cid, bytes })
      level.push({ cid, size: bytes.length, blocks: bytes.length })
    }
    await putter.end()
    while (level.length > 1) {
      const above: Part[] = []
      for (let i = 0; i < level.length; i += MAX_LINKS) {
        const { bytes, ...part } = await nodeAbove(level.slice(i, i + MAX_LINKS))
        await putter.put({ cid: part.cid, bytes })
        above.push(part)
      }
      await putter.end()
      level = above
    }
    return level[0]!.cid
  } finally {
    await putter.settle()
  }
}

/** The node that links to parts, and its block. */
export async function nodeAbove(parts: readonly Part[]): Promise<Part & { readonly bytes: Uint8Array }> {
  const Links = parts.map(({ cid, blocks }) => ({ Name: '', Hash: cid, Tsize: blocks }))
  const bytes = encode({ Data: fileData(parts.map(({ size }) => size)), Links })
  const sum = (of: 'size' | 'blocks'): number => parts.reduce((total, part) => total + part[of], 0)
  return { cid: await cidOf(DAG_PB, bytes), bytes, size: sum('size'), blocks: bytes.length + sum('blocks') }
}
