/** Trees of UnixFS files and directories, read whole: what programs find as their files. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import type { Link, Tree } from '../interface.ts'
import { getBlock, type BlockSource, type SizeBound } from './block.ts'
import { blockKey, codecName, DAG_PB, RAW } from './cids.ts'
import { load } from './unixfs.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** Most directories and shards that are read inside one another. */
export const MAX_TREE_DEPTH = 512
/** Most entries that a tree is read with, shards among them. */
export const MAX_TREE_ENTRIES = 262_144

/** A tree, with how many directories and shards lie inside one another in it. */
interface Read {
  readonly tree: Tree
  readonly height: number
}

/** Reads trees. Each block of directories and each file is read once for all of its trees. */
export class TreeReader {
  readonly #store: BlockSource
  readonly #maxBytes: number
  readonly #signal: AbortSignal | undefined
  readonly #read = new Map<string, Promise<Read>>()
  #left: number
  #entriesLeft = MAX_TREE_ENTRIES

  /** `maxBytes` bounds the contents of all files and the blocks of all directories together. */
  constructor(store: BlockSource, { maxBytes, signal }: SizeBound & { readonly maxBytes: number }) {
    this.#store = store
    this.#maxBytes = maxBytes
    this.#signal = signal
    this.#left = maxBytes
  }

  /**
   * The file or directory that a CID names: raw blocks, UnixFS files, and UnixFS directories, flat and sharded.
   *
   * @throws Fault unsupported-codec for another codec; bad-dag for what is no sound file or directory, such as a symbolic link;
   *   too-large beyond a bound; and those of `getBlock`
   */
  async read(cid: CID): Promise<Tree> {
    return (await this.#once(cid, 0)).tree
  }

  /** `depth` bounds how deep reading goes; heights hold also where a node is shared that was first read elsewhere. */
  #once(cid: CID, depth: number): Promise<Read> {
    const key = `${cid.code} ${blockKey(cid)}`
    const known = this.#read.get(key)
    if (known !== undefined) return known
    const reading = this.#node(cid, depth)
    this.#read.set(key, reading)
    return reading
  }

  async #node(cid: CID, depth: number): Promise<Read> {
    if (cid.code === RAW) return this.#file(cid)
    if (cid.code !== DAG_PB)
      throw new Fault(
        'unsupported-codec',
        `${cid} is ${codecName(cid.code)}, neither a file nor a directory: give the CID of a UnixFS file or directory`,
        { cid, codec: cid.code },
      )
    const node = await this.#directoryOf(cid)
    if (node.type === 'file' || node.type === 'raw') return this.#file(cid)
    if (node.type === 'symlink' || node.type === 'metadata')
      throw badDag(cid, `is a UnixFS ${node.type}, which no program is given: leave it out, or put its target there`)
    const entries: [string, Tree][] = []
    const height = await this.#list(cid, node, depth + 1, entries)
    return { tree: { kind: 'directory', link: linkTo(cid), entries }, height }
  }

  async #file(cid: CID): Promise<Read> {
    const bytes = await load(this.#store, cid, { signal: this.#signal, maxBytes: this.#left }).catch(error =>
      this.#explain(error, cid),
    )
    this.#left -= bytes.length
    return { tree: { kind: 'file', link: linkTo(cid), bytes }, height: 0 }
  }

  /** Adds the entries of a directory, or of one shard of it. Gives its height. */
  async #list(cid: CID, node: UnixFsNode, depth: number, entries: [string, Tree][]): Promise<number> {
    if (depth > MAX_TREE_DEPTH) throw tooDeep(cid)
    this.#entriesLeft -= node.links.length
    if (this.#entriesLeft < 0)
      throw new Fault('too-large', `the files of the task have more than ${MAX_TREE_ENTRIES} entries`, { cid })
    const prefix = node.type === 'directory' ? 0 : prefixOf(cid, node)
    let highest = 0
    for (const { name, cid: below } of node.links) {
      if (name.length < prefix) throw badDag(cid, `is a shard with the entry ${JSON.stringify(name)}`)
      if (prefix > 0 && name.length === prefix) {
        if (below.code !== DAG_PB) throw badDag(below, `is ${codecName(below.code)}, no part of a directory`)
        const shard = await this.#directoryOf(below)
        if (shard.type !== 'hamt-sharded-directory')
          throw badDag(below, `is a UnixFS ${shard.type}, no part of a sharded directory`)
        highest = Math.max(highest, await this.#list(below, shard, depth + 1, entries))
      } else {
        const { tree, height } = await this.#once(below, depth)
        entries.push([name.slice(prefix), tree])
        highest = Math.max(highest, height)
      }
    }
    if (highest >= MAX_TREE_DEPTH) throw tooDeep(cid)
    return highest + 1
  }

  async #directoryOf(cid: CID): Promise<UnixFsNode> {
    const block = await getBlock(this.#store, cid, { signal: this.#signal })
    const { decodeNode } = await import('./unixfs-node.ts')
    let node: UnixFsNode
    try {
      node = decodeNode(block)
    } catch (error) {
      throw badDag(cid, 'is no UnixFS node', error)
    }
    if (node.type === 'directory' || node.type === 'hamt-sharded-directory') {
      this.#left -= block.length
      if (this.#left < 0) throw this.#tooLarge(cid)
    }
    return node
  }

  #explain(error: unknown, cid: CID): never {
    if (error instanceof Fault && error.code === 'too-large') throw this.#tooLarge(cid, error)
    throw error
  }

  #tooLarge(cid: CID, cause?: unknown): Fault {
    const maxBytes = this.#maxBytes
    const message = `the files of the task have more than ${maxBytes} bytes together, and at most ${maxBytes} are loaded`
    return new Fault('too-large', message, { cid, maxBytes }, cause)
  }
}

/** How many characters in front of each name say its place in a shard: hexadecimal digits of the highest place. */
function prefixOf(cid: CID, { fanout }: UnixFsNode): number {
  if (fanout === undefined || fanout < 2n || fanout > 1024n)
    throw badDag(cid, `is a shard of ${fanout ?? 0n} places: 2 to 1024 are read`)
  return (fanout - 1n).toString(16).length
}

function tooDeep(cid: CID): Fault {
  return badDag(cid, `is nested deeper than ${MAX_TREE_DEPTH} directories`)
}

function linkTo(cid: CID): Link {
  return { '/': cid.toString() }
}

function badDag(cid: CID, what: string, cause?: unknown): Fault {
  return new Fault('bad-dag', `${cid} ${what}`, { cid }, cause)
}
