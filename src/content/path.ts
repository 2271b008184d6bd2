/**
 * Paths into UnixFS directories, flat and sharded (specs.ipfs.tech/unixfs). The exporter of IPFS is not used, since it accepts
 * names after a file, and trusts the declared width of a shard.
 */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { badUsage, fields, withMethods } from '../base/usage.ts'
import type { Abortable } from '../interface.ts'
import { getBlock } from './block.ts'
import type { BlockSource } from './block.ts'
import { DAG_PB, codecName, parseCid } from './cids.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** The greatest length of a path, in UTF-16 code units. */
const MAX_PATH = 4096
/** The only hash function of sharded directories: the first 64 bits of murmur3-128. */
const MURMUR3_64 = 0x22n
/** The greatest width of a shard that is read. IPFS writes shards with 256 places. */
const MAX_FANOUT = 1024n

/** A path: a CID and the names after it. */
export interface Path {
  /** The CID at which the path begins. */
  readonly root: CID
  /** The names of directory entries, from the root on. */
  readonly names: readonly string[]
}

/**
 * Parses a path: `CID`, `CID/folder/file`, the same after `/ipfs/`, or after `ipfs://`, where names are
 * percent-encoded.
 *
 * @throws Fault bad-cid if the first part is no CID, or a name is empty, `.` or `..`
 */
export function parsePath(text: string): Path {
  if (typeof text !== 'string') throw badUsage('the path', 'text', text)
  if (text.length > MAX_PATH)
    throw badPath(`a path of ${text.length} characters is over ${MAX_PATH}`, { text: `${text.slice(0, 60)}…` })
  const isUrl = /^ipfs:\/\//i.test(text)
  const [root = '', ...rest] = text
    .replace(/^(?:ipfs:\/\/|\/ipfs\/)/i, '')
    .replace(/\/$/, '')
    .split('/')
  const names = isUrl ? rest.map(name => decoded(name, text)) : rest
  const odd = names.find(name => name === '' || name === '.' || name === '..')
  if (odd !== undefined) throw badPath(`"${text}" is no path: "${odd}" is no name`, { text })
  return { root: parseCid(root), names }
}

/**
 * Resolves a path to a CID, through the entries of directories. A path without names resolves to its CID, and reads no block.
 * Every block is verified and has up to `MAX_BLOCK_BYTES`. A name takes one block, or up to 64 in a sharded directory.
 *
 * @throws Fault bad-cid if the text is no path, or an entry does not exist; bad-dag if an entry on the way is no directory, or
 *   a directory has a name twice; and those of `getBlock`
 */
export async function resolvePath(store: BlockSource, path: string, options: Abortable = {}): Promise<CID> {
  withMethods(store, 'store', ['get'])
  fields(options, 'options')
  return (await resolveSteps(store, parsePath(path), options)).at(-1)!
}

/** The CIDs along a path: its root, and what each of its names leads to. Throws the faults of `resolvePath`. */
export async function resolveSteps(store: BlockSource, { root, names }: Path, options: Abortable): Promise<CID[]> {
  const steps = [root]
  for (const name of names) steps.push(await entryOf(store, steps.at(-1)!, name, options))
  return steps
}

async function entryOf(store: BlockSource, directory: CID, name: string, { signal }: Abortable): Promise<CID> {
  if (directory.code !== DAG_PB) {
    throw new Fault(
      'bad-dag',
      `${directory} is ${codecName(directory.code)}, not a directory, so there is no "${name}" in it`,
      { cid: directory, name },
    )
  }
  const first = await readNode(store, directory, signal)
  if (first.type === 'directory') return theOne(first, name, directory, name)
  if (first.type !== 'hamt-sharded-directory') throw notDirectory(directory, first.type, name)
  const bits = await hashBits(name)
  for (let node = first, cid = directory; ;) {
    const slot = bits.next(widthOf(node, cid))
    if (slot === undefined) throw badDag(cid, 'is a shard nested deeper than names have hashes')
    const prefix = slot
      .toString(16)
      .toUpperCase()
      .padStart((node.fanout! - 1n).toString(16).length, '0')
    const below = node.links.filter(link => link.name === prefix)
    if (below.length > 1) throw badDag(cid, `has two shards at ${prefix}`)
    if (below.length === 0) return theOne(node, prefix + name, directory, name)
    cid = below[0]!.cid
    if (cid.code !== DAG_PB) throw badDag(cid, `is ${codecName(cid.code)}, no part of a directory`)
    node = await readNode(store, cid, signal)
    if (node.type !== 'hamt-sharded-directory')
      throw badDag(cid, `is a UnixFS ${node.type}, no part of a sharded directory`)
  }
}

async function readNode(store: BlockSource, cid: CID, signal: AbortSignal | undefined): Promise<UnixFsNode> {
  const block = await getBlock(store, cid, { signal })
  const { decodeNode } = await import('./unixfs-node.ts')
  try {
    return decodeNode(block)
  } catch (error) {
    throw badDag(cid, 'is no UnixFS node', error)
  }
}

/** The only link with a name. Throws if there is none or more than one. `name` is the entry's name, for messages. */
function theOne({ links }: UnixFsNode, link: string, directory: CID, name: string): CID {
  const [found, second] = links.filter(entry => entry.name === link)
  if (second !== undefined) throw badDag(directory, `has two entries "${name}"`)
  if (found !== undefined) return found.cid
  const hint = /%[0-9a-f]{2}/i.test(name) ? ': names are given as they are, without % escapes' : ''
  throw badPath(`there is no "${name}" in the directory ${directory}${hint}`, { cid: directory, name })
}

/** The number of bits of a name's hash that select a place in a shard. */
function widthOf({ fanout, hashType }: UnixFsNode, cid: CID): number {
  if (hashType !== MURMUR3_64)
    throw badDag(cid, `is a shard by hash function 0x${(hashType ?? 0n).toString(16)}: only 0x22 is known`)
  if (fanout === undefined || fanout < 2n || fanout > MAX_FANOUT || (fanout & (fanout - 1n)) !== 0n)
    throw badDag(cid, `is a shard of ${fanout ?? 0n} places: a power of 2 up to ${MAX_FANOUT} is needed`)
  return fanout.toString(2).length - 1
}

/** Returns successive bits of the hash of a name, from the highest on. `next` returns undefined if too few are left. */
async function hashBits(name: string): Promise<{ next(width: number): bigint | undefined }> {
  const { murmur3128 } = await import('@multiformats/murmur3')
  const digest = await murmur3128.encode(new TextEncoder().encode(name))
  const hash = new DataView(digest.buffer, digest.byteOffset).getBigUint64(0)
  let left = 64
  return {
    next(width) {
      left -= width
      return left < 0 ? undefined : BigInt.asUintN(width, hash >> BigInt(left))
    },
  }
}

function decoded(name: string, text: string): string {
  try {
    return decodeURIComponent(name)
  } catch (error) {
    throw badPath(`"${text}" is no path: "${name}" is not percent-encoded`, { text }, error)
  }
}

function notDirectory(cid: CID, type: string, name: string): Fault {
  return badDag(cid, `is a UnixFS ${type}, not a directory, so there is no "${name}" in it`)
}

function badDag(cid: CID, what: string, cause?: unknown): Fault {
  return new Fault('bad-dag', `${cid} ${what}`, { cid }, cause)
}

function badPath(message: string, detail: Readonly<Record<string, unknown>>, cause?: unknown): Fault {
  return new Fault('bad-cid', message, detail, cause)
}
