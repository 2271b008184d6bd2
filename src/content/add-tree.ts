/** Directories of UnixFS as this library writes them (docs/spec/wasi.md, WASI-26). */
import { encode, type PBLink } from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import type { Abortable } from '../interface.ts'
import { putBlock, type BlockSink } from './block.ts'
import { cidOf, DAG_PB } from './cids.ts'
import { addFile } from './unixfs.ts'

/** What is to be written. */
export type NewTree =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'directory'; readonly entries: readonly (readonly [name: string, node: NewTree])[] }
  /** What is there already, by its CID. */
  | { readonly kind: 'known'; readonly cid: CID }

/** UnixFS data of an empty message but for its type, and that of a symbolic link without its target. */
const DIRECTORY = Uint8Array.of(0x08, 1)
const SYMLINK = Uint8Array.of(0x08, 4, 0x12)

/**
 * Puts a tree into a store: files as `addFile` does, directories and symbolic links as one block each, without modes and
 * times, the links of a directory in the byte order of their names. A link has the bytes of all blocks below it as its `Tsize`,
 * but none to what is known.
 *
 * @throws Fault store-failed, aborted, timeout
 */
export async function addTree(store: BlockSink, tree: NewTree, options: Abortable = {}): Promise<CID> {
  return (await add(new Counting(store, options), tree)).cid
}

interface Added {
  readonly cid: CID
  /** Bytes of the blocks that were written for it. */
  readonly size: number | undefined
}

async function add(store: Counting, tree: NewTree): Promise<Added> {
  if (tree.kind === 'known') return { cid: tree.cid, size: undefined }
  const before = store.bytes
  const cid = await write(store, tree)
  return { cid, size: store.bytes - before }
}

async function write(store: Counting, tree: Exclude<NewTree, { kind: 'known' }>): Promise<CID> {
  switch (tree.kind) {
    case 'file':
      return addFile(store, tree.bytes, store.options)
    case 'symlink': {
      const target = new TextEncoder().encode(tree.target)
      return store.node(Uint8Array.of(...SYMLINK, ...varint(target.length), ...target), [])
    }
    case 'directory': {
      const links: PBLink[] = []
      const encoder = new TextEncoder()
      const sorted = tree.entries.map(([name, node]) => ({ name, node, bytes: encoder.encode(name) }))
      sorted.sort((a, b) => compare(a.bytes, b.bytes))
      for (const { name, node } of sorted) {
        const { cid, size } = await add(store, node)
        links.push({ Name: name, Hash: cid, ...(size !== undefined && { Tsize: size }) })
      }
      return store.node(DIRECTORY, links)
    }
  }
}

/** A sink that counts the bytes of what is put into it. */
class Counting implements BlockSink {
  readonly options: Abortable
  readonly #store: BlockSink
  bytes = 0

  constructor(store: BlockSink, options: Abortable) {
    this.#store = store
    this.options = options
  }

  put(cid: CID, bytes: Uint8Array, options?: Abortable): ReturnType<BlockSink['put']> {
    this.bytes += bytes.length
    return this.#store.put(cid, bytes, options)
  }

  async node(Data: Uint8Array, Links: PBLink[]): Promise<CID> {
    const bytes = encode({ Data, Links })
    const cid = await cidOf(DAG_PB, bytes)
    await putBlock(this, { cid, bytes }, this.options)
    return cid
  }
}

/** A number below 2³² as a varint of protocol buffers. */
function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 || at >= b.length ? a.length - b.length : a[at]! - b[at]!
}
