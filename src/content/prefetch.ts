/** Loads all blocks of trees of files in advance, where a reader cannot wait for them. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { DAG_PB, RAW } from './cids.ts'
import { BlockRef, type LoadBlock } from './tree-blocks.ts'
import { decodeNode, type UnixFsNode } from './unixfs-node.ts'

/** The greatest number of links that are followed in directories, shards and files. */
export const MAX_TREE_LINKS = 262_144

/** Faults that end loading, since they do not concern a single block. */
const GIVEN_UP: readonly string[] = ['aborted', 'timeout']

/**
 * Loads all blocks that these trees link to, directly or indirectly, each once. Returns a function that gives their bytes. If a block
 * cannot be loaded, that function throws the fault when the block is read, since a program may never read it (WASI-28). `maxBytes`
 * bounds all blocks together.
 *
 * @throws Fault too-large beyond the bound, and for trees of more than `MAX_TREE_LINKS`; aborted, timeout
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
      // A raw block may be as large as all of them together.
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

/** The links of a node. Returns none if the block is no node, which is reported when it is read. */
function linksOf(block: Uint8Array): UnixFsNode['links'] {
  try {
    return decodeNode(block).links
  } catch {
    return []
  }
}
