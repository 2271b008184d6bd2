import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { count, fields, givenBytes, withMethods } from '../base/usage.ts'
import type { Abortable } from '../interface.ts'
import { badDag } from './bad-dag.ts'
import { MAX_BLOCK_BYTES, MAX_TOTAL_BYTES, concat, getBlock, putBlock } from './block.ts'
import type { BlockSink, BlockSource, SizeBound } from './block.ts'
import { DAG_PB, RAW, codecName, rawCid } from './cids.ts'
import type { FileNode } from './file-node.ts'
import { CHUNK_BYTES } from './unixfs-data.ts'

/** The greatest depth of a file's DAG. With 174 links for each node, a depth of 5 is enough for a petabyte. */
export const MAX_DEPTH = 32
/** The greatest number of blocks that are read for one file. A block that is linked twice counts twice. */
export const MAX_FILE_BLOCKS = 65_536

/** Options for adding files. */
export interface AddOptions extends Abortable {
  /** `unixfs`, the default: blocks of 256 KiB. `raw`: a single block, whatever its size. */
  readonly format?: 'unixfs' | 'raw' | undefined
}

/**
 * Puts bytes into a store as a file, and returns its CID of version 1 with sha2-256. The format `unixfs` is that of published
 * IPVM modules: chunks of 256 KiB in raw leaves, and a balanced tree of up to 174 links for each node. Content that fits into one
 * chunk is one raw block.
 *
 * @throws Fault store-failed, aborted, timeout
 */
export async function addFile(store: BlockSink, bytes: Uint8Array, options: AddOptions = {}): Promise<CID> {
  const { format = 'unixfs', signal } = fields(options, 'options')
  withMethods(store, 'store', ['put'])
  const content = givenBytes(bytes, 'bytes')
  // A file of one chunk is one raw block, for which the encoder of nodes need not be loaded.
  if (format === 'raw' || content.length <= CHUNK_BYTES) {
    const cid = await rawCid(content)
    await putBlock(store, { cid, bytes: content }, { signal })
    return cid
  }
  const { writeFile } = await import('./write-file.ts')
  return writeFile(store, content, { signal })
}

/**
 * Loads the content of a file: a raw block, or a UnixFS file of one or more blocks, with a CID of version 0 or 1. Every block is
 * verified before it is read. Declared sizes must be right, and are not used for allocation.
 *
 * `maxBytes` bounds the content, `MAX_TOTAL_BYTES` by default. A file that declares more is refused before its content is
 * fetched. A raw block may be as large as the content; other blocks have up to `MAX_BLOCK_BYTES`. There are also bounds on the
 * depth, on the number of blocks, and on the bytes that are fetched: twice `maxBytes` and one block.
 *
 * @throws Fault unsupported-codec if the CID is neither raw nor dag-pb, bad-dag if it is no valid file, too-large, and
 *   those of `getBlock`
 */
export async function load(store: BlockSource, cid: CID, options: SizeBound = {}): Promise<Uint8Array> {
  const { signal, maxBytes = MAX_TOTAL_BYTES } = fields(options, 'options')
  withMethods(store, 'store', ['get'])
  count(maxBytes, 'maxBytes')
  const root = givenCid(cid, 'cid')
  requireFile(root)
  const reading: Reading = { store, root, signal, maxBytes, pieces: [], total: 0, fetched: 0, blocks: 0 }
  await readFileNode(reading, root, 0)
  return concat(reading.pieces, reading.total)
}

function requireFile(cid: CID): void {
  if (cid.code === RAW || cid.code === DAG_PB) return
  const message = `${cid} is ${codecName(cid.code)}, not a file: give the CID of a raw block or of a UnixFS file`
  throw new Fault('unsupported-codec', message, { cid, codec: cid.code })
}

/** The state of reading one file. */
interface Reading {
  readonly store: BlockSource
  readonly root: CID
  readonly signal: AbortSignal | undefined
  readonly maxBytes: number
  readonly pieces: Uint8Array[]
  /** The number of bytes of the pieces. */
  total: number
  /** The number of bytes of the fetched blocks. */
  fetched: number
  blocks: number
}

/** Appends the content below a CID. `expected` is the size that the node above declared for it. */
async function readFileNode(reading: Reading, cid: CID, depth: number, expected?: bigint): Promise<void> {
  if (depth > MAX_DEPTH) throw badDag(cid, `is nested deeper than ${MAX_DEPTH} levels`, reading.root)
  if (cid.code !== RAW && cid.code !== DAG_PB)
    throw badDag(cid, `is ${codecName(cid.code)}, no part of a file`, reading.root)
  const block = await fetchBlock(reading, cid)
  if (cid.code === RAW) {
    requireSize(reading, cid, BigInt(block.length), expected)
    append(reading, block)
    return
  }
  const { data, links, blockSizes, declared } = await decodeFileNode(reading.root, cid, block)
  if (declared !== undefined) {
    requireSize(reading, cid, declared, expected)
    if (declared > BigInt(reading.maxBytes)) throw tooLarge(reading, `declares ${declared} bytes`)
  }
  const before = reading.total
  append(reading, data)
  for (let index = 0; index < links.length; index++)
    await readFileNode(reading, links[index]!.cid, depth + 1, blockSizes[index])
  // If the node does not declare the sizes of its links, the total size is known only now.
  requireSize(reading, cid, BigInt(reading.total - before), declared ?? expected)
}

/**
 * The size of a file's content as its root declares it. Only the root is read and verified. The size is undefined if the root
 * declares none, like a raw block. `load` refuses content of another size. `maxBytes` bounds the root, `MAX_BLOCK_BYTES` by
 * default; `rootBytes` is the size of the root.
 *
 * @throws Fault unsupported-codec, bad-dag, and those of `getBlock`
 */
export async function declaredSize(
  store: BlockSource,
  cid: CID,
  options: SizeBound = {},
): Promise<{ readonly size: bigint | undefined; readonly rootBytes: number }> {
  requireFile(cid)
  if (cid.code === RAW) return { size: undefined, rootBytes: 0 }
  const block = await getBlock(store, cid, options)
  return { size: (await decodeFileNode(cid, cid, block)).declared, rootBytes: block.length }
}

async function fetchBlock(reading: Reading, cid: CID): Promise<Uint8Array> {
  throwIfAborted(reading.signal)
  if (++reading.blocks > MAX_FILE_BLOCKS) throw tooLarge(reading, `has more than ${MAX_FILE_BLOCKS} blocks`)
  const maxBytes = cid.code === RAW ? reading.maxBytes : MAX_BLOCK_BYTES
  const block = await getBlock(reading.store, cid, { signal: reading.signal, maxBytes })
  reading.fetched += block.length
  // A node may be large and contain little content. So the number of bytes that are fetched has a bound of its own.
  const limit = 2 * reading.maxBytes + MAX_BLOCK_BYTES
  if (reading.fetched > limit) throw tooLarge(reading, `takes more than ${limit} bytes of blocks`)
  return block
}

async function decodeFileNode(root: CID, cid: CID, block: Uint8Array): Promise<FileNode> {
  // Most modules are one raw block, so the decoder of nodes is loaded only when it is needed.
  const { fileNodeOf, nodeOf } = await import('./file-node.ts')
  return fileNodeOf(root, cid, nodeOf(root, cid, block))
}

function requireSize(reading: Reading, cid: CID, size: bigint, expected: bigint | undefined): void {
  if (expected === undefined || size === expected) return
  throw badDag(cid, `has ${size} bytes of content where the node above declares ${expected}`, reading.root)
}

function append(reading: Reading, piece: Uint8Array): void {
  reading.total += piece.length
  if (reading.total > reading.maxBytes) throw tooLarge(reading, `has at least ${reading.total} bytes`)
  if (piece.length > 0) reading.pieces.push(piece)
}

function tooLarge({ root, maxBytes }: Reading, what: string): Fault {
  return new Fault('too-large', `file ${root} ${what}, and at most ${maxBytes} bytes are loaded`, {
    cid: root,
    maxBytes,
  })
}
