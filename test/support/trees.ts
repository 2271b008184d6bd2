/** Trees of files as plain data, for tests that compare them whole. */
import type { CID } from 'multiformats/cid'
import { getBlock, type BlockSource } from '../../src/content/block.ts'
import { prefetch } from '../../src/content/prefetch.ts'
import { TreeBlocks } from '../../src/content/tree-blocks.ts'
import { openTree, type TreeNode } from '../../src/content/tree.ts'
import type { Link } from '../../src/interface.ts'

export type Tree = TreeFile | TreeDirectory

export interface TreeFile {
  readonly kind: 'file'
  readonly link: Link
  readonly bytes: Uint8Array
}

export interface TreeDirectory {
  readonly kind: 'directory'
  readonly link: Link
  readonly entries: readonly (readonly [name: string, node: Tree])[]
}

/** Blocks of a store as readers of trees need them: all that can be reached from a CID, loaded. */
export async function treeBlocks(store: BlockSource, cid: CID, maxBytes = 2 ** 26): Promise<TreeBlocks> {
  return new TreeBlocks(await prefetch(cid => getBlock(store, cid), [cid], maxBytes), maxBytes)
}

/** All of a tree. What is linked twice is the same object twice. */
export async function wholeTree(store: BlockSource, cid: CID, maxBytes?: number): Promise<Tree> {
  const blocks = await treeBlocks(store, cid, maxBytes)
  const known = new Map<string, Tree>()
  const whole = (node: TreeNode): Tree => {
    const { link } = node
    const seen = known.get(link['/'])
    if (seen !== undefined) return seen
    const tree: Tree = node.kind === 'file' ? { kind: 'file', link, bytes: contentOf(node) } : directoryOf(node)
    known.set(link['/'], tree)
    return tree
  }
  const directoryOf = (node: Extract<TreeNode, { kind: 'directory' }>): Tree => ({
    kind: node.kind,
    link: node.link,
    entries: [...node.entries()].map(([name, entry]) => [name, whole(entry.open())] as const),
  })
  return whole(openTree(blocks, cid))
}

export function contentOf(file: Extract<TreeNode, { kind: 'file' }>): Uint8Array {
  const bytes = new Uint8Array(file.size)
  file.read(0, bytes)
  return bytes
}
