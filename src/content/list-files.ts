/** Lists the files of a UnixFS directory, for people. The order is that of the blocks. */
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { count, fields, withMethods } from '../base/usage.ts'
import type { Abortable } from '../interface.ts'
import { badDag } from './bad-dag.ts'
import { getBlock, MAX_TREE_DEPTH, type BlockSource } from './block.ts'
import { codecName, DAG_PB, RAW } from './cids.ts'
import { fileNodeOf, nodeOf } from './file-node.ts'
import { shardPrefix } from './tree.ts'
import type { UnixFsNode } from './unixfs-node.ts'

/** An entry of a tree of files. */
export interface ListedFile {
  /** The path from the root, such as `out/report.txt`. The names are those in the blocks. */
  readonly path: string
  /** `directory` is a directory without entries: any other one is known by its entries. */
  readonly kind: 'file' | 'symlink' | 'directory'
  /** The CID of the entry. */
  readonly cid: CID
  /** The size of a file in bytes, as far as its root block declares it. */
  readonly size: bigint | undefined
  /** The target of a symbolic link. */
  readonly target: string | undefined
}

/** The bound on a listing. */
export interface ListOptions extends Abortable {
  /** The greatest number of entries and of blocks that are read. Default: 10 000. */
  readonly maxEntries?: number
}

/** A directory or shard whose entries are being listed. */
interface Place {
  readonly cid: CID
  readonly path: string
  /** The number of hexadecimal digits at the beginning of each name; 0 in a directory without shards. */
  readonly prefix: number
  readonly links: UnixFsNode['links']
  next: number
}

/**
 * Lists the files, symbolic links and empty directories in a UnixFS directory, flat or sharded, such as the files that
 * a program has kept. The root block of each is read and verified, and no content. Directories are nested at most 512
 * deep.
 *
 * @throws Fault bad-dag if the root is no directory, or a block of the tree is not what belongs in its place; too-large
 *   beyond `maxEntries`; and those of reading blocks
 */
export async function* listFiles(
  store: BlockSource,
  directory: CID,
  options: ListOptions = {},
): AsyncGenerator<ListedFile, void, undefined> {
  const { signal, maxEntries = 10_000 } = fields(options, 'options')
  withMethods(store, 'store', ['get'])
  count(maxEntries, 'maxEntries')
  const root = givenCid(directory, 'the directory')
  let left = maxEntries
  const read = async (cid: CID): Promise<Uint8Array> => {
    if (left-- > 0) return getBlock(store, cid, { signal })
    throw new Fault('too-large', `the directory ${root} has more than ${maxEntries} entries`, { cid: root, maxEntries })
  }
  const readNode = async (cid: CID): Promise<UnixFsNode> => {
    if (cid.code !== DAG_PB) throw badDag(cid, `is ${codecName(cid.code)}, neither a file nor a directory`, root)
    return nodeOf(root, cid, await read(cid))
  }
  // An explicit stack instead of recursion. It holds the directories and shards on the path to the present entry.
  const open = [placeOf(root, await readNode(root), '')]
  for (let place = open.at(-1); place !== undefined; place = open.at(-1)) {
    const link = place.links[place.next++]
    if (link === undefined) {
      open.pop()
      continue
    }
    if (open.length >= MAX_TREE_DEPTH) throw badDag(root, `is nested deeper than ${MAX_TREE_DEPTH} directories`)
    const { cid, name } = link
    const { prefix, path: above } = place
    if (name.length < prefix) throw badDag(place.cid, `is a shard with the entry ${JSON.stringify(name)}`, root)
    if (prefix > 0 && name.length === prefix) {
      open.push(placeOf(cid, await readNode(cid), above))
      continue
    }
    const path = `${above}${above === '' ? '' : '/'}${name.slice(prefix)}`
    const entry = { path, cid, size: undefined, target: undefined }
    if (cid.code === RAW) {
      yield { ...entry, kind: 'file', size: BigInt((await read(cid)).length) }
      continue
    }
    const node = await readNode(cid)
    if (isDirectory(node) && node.links.length > 0) open.push(placeOf(cid, node, path))
    else if (isDirectory(node)) yield { ...entry, kind: 'directory' }
    else if (node.type === 'symlink') yield { ...entry, kind: 'symlink', target: new TextDecoder().decode(node.data) }
    else yield { ...entry, kind: 'file', size: fileNodeOf(root, cid, node).declared }
  }
}

function isDirectory({ type }: UnixFsNode): boolean {
  return type === 'directory' || type === 'hamt-sharded-directory'
}

function placeOf(cid: CID, node: UnixFsNode, path: string): Place {
  if (!isDirectory(node)) throw badDag(cid, `is a UnixFS ${node.type}, no directory`)
  return { cid, path, prefix: node.type === 'directory' ? 0 : shardPrefix(cid, node), links: node.links, next: 0 }
}
