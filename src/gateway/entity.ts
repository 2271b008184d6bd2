/**
 * The blocks of an entity: those that are needed to read a UnixFS file, or a range of it, or to list a UnixFS directory
 * (docs/spec/gateway.md, SERVE-7 and SERVE-8).
 */
import { CID } from 'multiformats/cid'
import { blockKey, DAG_PB, RAW } from '../content/cids.ts'
import { isIdentity } from '../content/hashes.ts'
import { decodeNode, type UnixFsNode } from '../content/unixfs-node.ts'
import type { Block } from '../interface.ts'
import type { ByteRange } from './ask.ts'
import type { Reading } from './reading.ts'
import { Refusal } from './refusal.ts'

/** A part of a file: all bytes from `from` on, and before `end` if that is defined. */
interface Window {
  readonly from: bigint
  readonly end: bigint | undefined
}

const WHOLE: Window = { from: 0n, end: undefined }

/** A node that has to be visited, and which part of its content is wanted. */
interface Visit {
  readonly cid: CID
  readonly window: Window
}

/** A visit that waits. It has a copy of the CID's bytes, since a decoded CID keeps the block in memory that it was read from. */
interface Waiting {
  readonly name: Uint8Array
  readonly window: Window
}

/** What is sent of an entity. */
export type Part = Window | 'root'

/**
 * Which part of an entity a range means. The size is undefined if the file does not declare it: then a range that counts from the
 * end is the whole file.
 *
 * @throws Refusal 400 if the range begins after the last byte
 */
export function partOf(root: Block, range: ByteRange | undefined): Part {
  if (range === undefined) return WHOLE
  const size = sizeOf(root)
  if (size === 'none') return WHOLE
  const { from, to } = range
  if (size === undefined) {
    if (from < 0n || (to !== undefined && to < 0n)) return WHOLE
    return to !== undefined && to < from ? 'root' : { from, end: to === undefined ? undefined : to + 1n }
  }
  const first = from < 0n ? max(0n, size + from) : from
  const last = to === undefined ? size - 1n : to < 0n ? size + to : to
  if (first > last || last < 0n) {
    if (first >= size && size > 0n) throw outside(size)
    return 'root'
  }
  if (first >= size) throw outside(size)
  return { from: first, end: last >= size - 1n ? undefined : last + 1n }
}

function outside(size: bigint): Refusal {
  return new Refusal(400, `entity-bytes begins after the end of the file, which has ${size} bytes`)
}

/** The size of a file; undefined if its root does not declare it, and `none` if the block is no file. */
function sizeOf({ cid, bytes }: Block): bigint | undefined | 'none' {
  if (cid.code === RAW) return BigInt(bytes.length)
  const node = nodeOf(cid, bytes)
  if (node === undefined || !isFile(node)) return 'none'
  if (node.blockSizes.length !== node.links.length) return node.fileSize
  return node.blockSizes.reduce((sum, size) => sum + size, BigInt(node.data.length))
}

/**
 * The blocks of an entity in depth-first order, each once. The root is the first one. Blocks with identity CIDs are left out.
 * Throws the faults of `Reading`.
 */
export async function* entityBlocks(root: Block, part: Part, reading: Reading): AsyncGenerator<Block> {
  if (!isIdentity(root.cid)) yield root
  if (part === 'root') return
  const sent = new Set([keyOf(root.cid)])
  const whole = new Set<string>()
  const waiting: Waiting[] = waitingFor(partsOf(root, part))
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, window } = next
    const cid = CID.decode(name)
    const key = keyOf(cid)
    // A node of which all is wanted is visited once. Of the others there are at most two on a level of the tree.
    if (isWhole(window)) {
      if (whole.has(key)) continue
      whole.add(key)
    }
    reading.expect(waiting.length)
    const block = { cid, bytes: await reading.get(cid) }
    if (!sent.has(key)) {
      sent.add(key)
      if (!isIdentity(cid)) yield block
    }
    for (const visit of waitingFor(partsOf(block, window))) waiting.push(visit)
  }
}

/** Visits as they wait: the last one is the next one. */
function waitingFor(visits: readonly Visit[]): Waiting[] {
  return visits.map(({ cid, window }) => ({ name: cid.bytes.slice(), window })).reverse()
}

/** The nodes below a node that belong to the entity. A node that is no part of one is sent, but not followed. */
function partsOf({ cid, bytes }: Block, window: Window): Visit[] {
  const node = nodeOf(cid, bytes)
  if (node === undefined) return []
  if (isFile(node)) return filePartsOf(node, window)
  return node.type === 'hamt-sharded-directory' ? shardsOf(node) : []
}

function filePartsOf({ data, links, blockSizes }: UnixFsNode, { from, end }: Window): Visit[] {
  const all = (): Visit[] => links.map(({ cid }) => ({ cid, window: WHOLE }))
  // Without sizes it is unknown where each part begins.
  if (isWhole({ from, end }) || blockSizes.length !== links.length) return all()
  const parts: Visit[] = []
  let begin = BigInt(data.length)
  for (const [i, { cid }] of links.entries()) {
    const over = begin + blockSizes[i]!
    if (over > from && (end === undefined || begin < end))
      parts.push({
        cid,
        window: { from: max(0n, from - begin), end: end === undefined || end >= over ? undefined : end - begin },
      })
    begin = over
  }
  return parts
}

/** The shards below a shard. Their names are the number of their place alone; those of entries have the entry's name after it. */
function shardsOf({ links, fanout }: UnixFsNode): Visit[] {
  if (fanout === undefined || fanout < 2n) return []
  const width = (fanout - 1n).toString(16).length
  return links.filter(({ name }) => name.length === width).map(({ cid }) => ({ cid, window: WHOLE }))
}

function nodeOf(cid: CID, bytes: Uint8Array): UnixFsNode | undefined {
  if (cid.code !== DAG_PB) return undefined
  try {
    return decodeNode(bytes)
  } catch {
    // A dag-pb block without UnixFS data is an entity of one block.
    return undefined
  }
}

function isFile({ type }: UnixFsNode): boolean {
  return type === 'file' || type === 'raw'
}

function isWhole({ from, end }: Window): boolean {
  return from === 0n && end === undefined
}

function keyOf(cid: CID): string {
  return `${cid.code}/${blockKey(cid)}`
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
