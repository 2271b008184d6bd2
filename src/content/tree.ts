/**
 * Trees of UnixFS files and directories. A block is loaded only when it is read (docs/spec/wasi.md, WASI-25 to
 * WASI-28).
 */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import type { Link } from '../interface.ts'
import { badDag } from './bad-dag.ts'
import { MAX_TREE_DEPTH } from './block.ts'
import { codecName, DAG_PB, RAW } from './cids.ts'
import { BlockRef, type TreeBlocks } from './tree-blocks.ts'
import { TreeFile } from './tree-file.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** A file or a directory. To determine which one it is, at most its root block has been read. */
export type TreeNode = TreeFile | TreeDirectory

/**
 * Returns the file or directory that a CID names: a raw block, a UnixFS file, or a UnixFS directory, flat or sharded. A
 * raw block is always a file, so it is not read yet.
 *
 * @throws Fault unsupported-codec for any other codec; bad-dag if the node is neither a file nor a directory, for
 *   example a symbolic link; and those of `TreeBlocks`. The files and directories throw the same faults when they load
 *   further blocks.
 */
export function openTree(blocks: TreeBlocks, cid: CID): TreeNode {
  return open(blocks, new BlockRef(cid), 0)
}

function open(blocks: TreeBlocks, ref: BlockRef, depth: number): TreeNode {
  const { cid } = ref
  if (cid.code === RAW) return new TreeFile(blocks, ref)
  if (cid.code !== DAG_PB)
    throw new Fault(
      'unsupported-codec',
      `${cid} is ${codecName(cid.code)}, neither a file nor a directory: give the CID of a UnixFS file or directory`,
      { cid, codec: cid.code },
    )
  const { type } = blocks.node(ref).node
  if (type === 'file' || type === 'raw') return new TreeFile(blocks, ref)
  if (type === 'symlink' || type === 'metadata')
    throw badDag(cid, `is a UnixFS ${type}, which no program is given: leave it out, or put its target there`)
  return new TreeDirectory(blocks, ref, depth + 1)
}

/** An entry of a directory. Its block is read only when the entry is opened. */
export class TreeEntry {
  readonly #blocks: TreeBlocks
  readonly #ref: BlockRef
  readonly #depth: number

  constructor(blocks: TreeBlocks, cid: CID, depth: number) {
    this.#blocks = blocks
    this.#ref = new BlockRef(cid)
    this.#depth = depth
  }

  get link(): Link {
    return { '/': this.#ref.cid.toString() }
  }

  open(): TreeNode {
    return open(this.#blocks, this.#ref, this.#depth)
  }
}

/** A directory or shard whose links are being read. */
interface Place {
  readonly cid: CID
  readonly node: UnixFsNode
  /**
   * The number of hexadecimal digits at the beginning of each name. They are the entry's position in a shard; a flat
   * directory has none.
   */
  readonly prefix: number
  next: number
}

export class TreeDirectory {
  readonly kind = 'directory'
  readonly #blocks: TreeBlocks
  readonly #ref: BlockRef
  /** The number of directories and shards on the path to this directory, including itself. */
  readonly #depth: number

  constructor(blocks: TreeBlocks, ref: BlockRef, depth: number) {
    this.#blocks = blocks
    this.#ref = ref
    this.#depth = depth
  }

  get link(): Link {
    return { '/': this.#ref.cid.toString() }
  }

  /**
   * Iterates over the entries in the order in which they are stored. The names are those in the blocks, so a program
   * may be unable to use some of them.
   */
  *entries(): Generator<readonly [name: string, entry: TreeEntry]> {
    const open = [this.#placeOf(this.#ref.cid, this.#blocks.node(this.#ref).node, 0)]
    for (let place = open.at(-1); place !== undefined; place = open.at(-1)) {
      const { cid, node, prefix } = place
      const link = node.links[place.next++]
      if (link === undefined) {
        open.pop()
        continue
      }
      const { name, cid: below } = link
      if (name.length < prefix) throw badDag(cid, `is a shard with the entry ${JSON.stringify(name)}`)
      if (prefix > 0 && name.length === prefix) open.push(this.#placeOf(below, this.#shard(below), open.length))
      else yield [name.slice(prefix), new TreeEntry(this.#blocks, below, this.#depth + open.length - 1)]
    }
  }

  #placeOf(cid: CID, node: UnixFsNode, above: number): Place {
    if (this.#depth + above > MAX_TREE_DEPTH) throw badDag(cid, `is nested deeper than ${MAX_TREE_DEPTH} directories`)
    return { cid, node, prefix: node.type === 'directory' ? 0 : shardPrefix(cid, node), next: 0 }
  }

  #shard(cid: CID): UnixFsNode {
    if (cid.code !== DAG_PB) throw badDag(cid, `is ${codecName(cid.code)}, no part of a directory`)
    const node = this.#blocks.shard(new BlockRef(cid), this.#ref.cid)
    if (node.type === 'hamt-sharded-directory') return node
    throw badDag(cid, `is a UnixFS ${node.type}, no part of a sharded directory`)
  }
}

/**
 * The number of hexadecimal digits at the beginning of each name in a shard. They are as many as the highest position
 * of the shard has.
 */
export function shardPrefix(cid: CID, { fanout }: UnixFsNode): number {
  if (fanout === undefined || fanout < 2n || fanout > 1024n)
    throw badDag(cid, `is a shard of ${fanout ?? 0n} places: 2 to 1024 are read`)
  return (fanout - 1n).toString(16).length
}
