/** Loads all blocks of trees of files in advance, for readers that cannot wait for a promise. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { DAG_PB, RAW } from './cids.ts'
import { BlockRef, type LoadBlock } from './tree-blocks.ts'
import { decodeNode, type UnixFsNode } from './unixfs-node.ts'

/** The greatest number of links that are followed in directories, shards and files. */
export const MAX_TREE_LINKS = 262_144

/** The codes of faults that end the loading at once, since they concern all blocks. */
const GIVEN_UP: readonly string[] = ['aborted', 'timeout']

/**
 * Loads all blocks that the trees consist of, each once. Returns a function that gives the bytes of a block. `maxBytes`
 * bounds all blocks together.
 *
 * If a block cannot be loaded, only the returned function throws its fault, when the block is read. A program may never
 * read that block (WASI-28).
 *
 * @throws Fault too-large beyond the bound, and for trees with more than `MAX_TREE_LINKS` links; aborted, timeout
 */
export async function prefetch(
  load: (cid: CID) => Promise<Uint8Array>,
  roots: readonly CID[],
  maxBytes: number,
): Promise<LoadBlock> {
  const found = new Map<string, Uint8Array | Fault>()
  const waiting = [...roots].reverse()
  let [left, linksLeft] = [maxBytes, MAX_TREE_LINKS]
  for (let cid = waiting.pop(); cid !== undefined; cid = waiting.pop()) {
    const { key } = new BlockRef(cid)
    if (found.has(key) || (cid.code !== RAW && cid.code !== DAG_PB)) continue
    const block = await loadOrFault(load, cid)
    found.set(key, block)
    if (block instanceof Fault) {
      // A raw block alone may have up to `maxBytes`. If it is larger, the files as a whole are too large.
      if (block.code === 'too-large' && cid.code === RAW) throw filesTooLarge(cid, maxBytes, block)
      continue
    }
    if ((left -= block.length) < 0) throw filesTooLarge(cid, maxBytes)
    if (cid.code === RAW) continue
    const links = linksOf(block)
    if ((linksLeft -= links.length) < 0)
      throw new Fault('too-large', `the files of the task have more than ${MAX_TREE_LINKS} entries and parts`, { cid })
    for (let i = links.length - 1; i >= 0; i--) waiting.push(links[i]!.cid)
  }
  return cid => {
    const block = found.get(new BlockRef(cid).key)
    if (block === undefined) throw new Fault('internal', `block ${cid} was not loaded before it is read`, { cid })
    if (block instanceof Fault) throw block
    return block
  }
}

function filesTooLarge(cid: CID, maxBytes: number, cause?: unknown): Fault {
  const message = `the files of the task have more than ${maxBytes} bytes together, and this engine loads all of them before the program runs (maxParamBytes): engines on threads and processes load what the program reads`
  return new Fault('too-large', message, { cid, maxBytes }, cause)
}

async function loadOrFault(load: (cid: CID) => Promise<Uint8Array>, cid: CID): Promise<Uint8Array | Fault> {
  try {
    return await load(cid)
  } catch (error) {
    const fault = hostFault(error)
    if (GIVEN_UP.includes(fault.code)) throw fault
    return fault
  }
}

/** Returns the links of a node. Returns none if the block is not a node; this is reported when the block is read. */
function linksOf(block: Uint8Array): UnixFsNode['links'] {
  try {
    return decodeNode(block).links
  } catch {
    return []
  }
}
