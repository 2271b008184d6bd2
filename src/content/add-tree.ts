/** Directories of UnixFS as this library writes them (docs/spec/wasi.md, WASI-26). */
import { encode, type PBLink } from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { byBytes, LONE_SURROGATE } from '../base/text.ts'
import { badUsage, fields, givenBytes, givenList, givenText, withMethods } from '../base/usage.ts'
import type { Abortable } from '../interface.ts'
import { MAX_BLOCK_BYTES, MAX_TREE_DEPTH, putBlock, type BlockSink } from './block.ts'
import { cidOf, DAG_PB } from './cids.ts'
import { DIRECTORY_DATA, symlinkData } from './unixfs-data.ts'
import { addFile } from './unixfs.ts'

/** What is to be written. */
export type NewTree =
  | { readonly kind: 'file'; readonly bytes: Uint8Array }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'directory'; readonly entries: readonly (readonly [name: string, node: NewTree])[] }
  /** What is there already, by its CID. */
  | { readonly kind: 'known'; readonly cid: CID }

/**
 * Puts a tree into a store: files as `addFile` does, directories and symbolic links as one block each, without modes and
 * times, the links of a directory in the byte order of their names. A link has the bytes of all blocks below it as its `Tsize`,
 * but none to what is known. What is there already need not be in the store.
 *
 * A name is not empty, `.` or `..`, has no `/` and no NUL, and is there once in its directory. At most 512 directories are nested.
 *
 * @throws Fault bad-usage, before anything is put, for a tree of another form; too-large for a directory whose block would have
 *   more than 2 MiB; store-failed, aborted, timeout
 */
export async function addTree(store: BlockSink, tree: NewTree, options: Abortable = {}): Promise<CID> {
  const { signal } = fields(options, 'options')
  withMethods(store, 'store', ['put'])
  checkTree(tree, 'tree', 0)
  return (await add(new Counting(store, { signal }), tree)).cid
}

/** Throws Fault('bad-usage') for what is no tree. */
function checkTree(tree: NewTree, field: string, depth: number): void {
  fields(tree, field)
  switch (tree.kind) {
    case 'file':
      return void givenBytes(tree.bytes, `${field}.bytes`)
    case 'symlink':
      return void wellFormed(tree.target, `${field}.target`)
    case 'known':
      return void givenCid(tree.cid, `${field}.cid`)
    case 'directory': {
      if (depth >= MAX_TREE_DEPTH) throw badUsage('tree', `nested in at most ${MAX_TREE_DEPTH} directories`, tree)
      const names = new Set<string>()
      for (const [i, entry] of givenList(tree.entries, `${field}.entries`).entries()) {
        const place = `${field}.entries[${i}]`
        givenList<unknown>(entry, place)
        const [name, node] = entry
        wellFormed(name, `${place}[0]`)
        if (name === '' || name === '.' || name === '..' || /[/\0]/.test(name) || names.has(name))
          throw badUsage(`${place}[0]`, 'the name of an entry that no other one has', name)
        names.add(name)
        checkTree(node, `${place}[1]`, depth + 1)
      }
      return
    }
    default:
      throw badUsage(`${field}.kind`, 'file, symlink, directory or known', (tree as { readonly kind: unknown }).kind)
  }
}

function wellFormed(text: string, field: string): void {
  if (LONE_SURROGATE.test(givenText(text, field))) throw badUsage(field, 'text without a lone surrogate', text)
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
    case 'symlink':
      return store.node(symlinkData(tree.target), [])
    case 'directory': {
      const links: PBLink[] = []
      for (const [name, node] of [...tree.entries].sort(([a], [b]) => byBytes(a, b))) {
        const { cid, size } = await add(store, node)
        links.push({ Name: name, Hash: cid, ...(size !== undefined && { Tsize: size }) })
      }
      return store.node(DIRECTORY_DATA, links)
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
    if (bytes.length > MAX_BLOCK_BYTES) {
      const message = `a directory of ${Links.length} entries takes ${bytes.length} bytes, and a block has at most ${MAX_BLOCK_BYTES}`
      throw new Fault('too-large', message, { maxBytes: MAX_BLOCK_BYTES })
    }
    const cid = await cidOf(DAG_PB, bytes)
    await putBlock(this, { cid, bytes }, this.options)
    return cid
  }
}
