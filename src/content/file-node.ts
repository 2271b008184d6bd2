/**
 * Nodes of UnixFS files. They have a source file of their own because most modules and parameters are raw blocks, which
 * need none of this code.
 */
import type { CID } from 'multiformats/cid'
import { badDag } from './bad-dag.ts'
import { decodeNode, type UnixFsNode } from './unixfs-node.ts'

export interface FileNode extends UnixFsNode {
  /** The size of the content in the node and in the nodes below it. It is undefined if the node does not declare it. */
  readonly declared: bigint | undefined
}

/**
 * Decodes the node in a block. `root` is the CID of the file or directory that the block belongs to.
 *
 * @throws Fault bad-dag
 */
export function nodeOf(root: CID, cid: CID, block: Uint8Array): UnixFsNode {
  try {
    return decodeNode(block)
  } catch (error) {
    throw badDag(cid, 'is no UnixFS node', root, error)
  }
}

/**
 * Returns a node of a file, with the size that it declares.
 *
 * @throws Fault bad-dag if it is not a node of a file, or if its sizes contradict each other
 */
export function fileNodeOf(root: CID, cid: CID, node: UnixFsNode): FileNode {
  const { type, data, links, fileSize, blockSizes } = node
  if (type !== 'file' && type !== 'raw')
    throw badDag(cid, `is a UnixFS ${type}, not a file: name the file itself, as CID/name`, root)
  if (blockSizes.length > 0 && blockSizes.length !== links.length)
    throw badDag(cid, `declares ${blockSizes.length} sizes for ${links.length} links`, root)
  if (blockSizes.length < links.length) return { ...node, declared: fileSize }
  const sum = blockSizes.reduce((total, size) => total + size, BigInt(data.length))
  if (fileSize !== undefined && fileSize !== sum)
    throw badDag(cid, `declares ${fileSize} bytes of content, and ${sum} by its parts`, root)
  return { ...node, declared: sum }
}
