import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { count, fields, withMethods } from '../base/usage.ts'
import type { Abortable, Block, BlockStore } from '../interface.ts'
import { MAX_TOTAL_BYTES, getBlock, hasBlock, putBlock } from './block.ts'
import { DAG_CBOR, RAW, blockKey } from './cids.ts'
import { linksOf } from './dag.ts'

/** A local store with a remote one as fallback. Blocks of the remote store are kept in memory until they are committed. */
export interface FallbackStore extends BlockStore {
  /**
   * Puts the blocks of the remote store that were read into the local store, each after the blocks that it links to. Returns their
   * number. Blocks that are read meanwhile, or that the local store did not take, are left for the next call.
   *
   * A dag-cbor block, such as a receipt or a task, is put only after all blocks that it links to, directly or indirectly. Those
   * that were not read so far, such as a module that an engine had prepared, are fetched from the remote store. If neither store
   * has one of them, the dag-cbor block is left for the next call.
   *
   * @throws Fault too-large if blocks were dropped since the last `discard`, so that it is unknown what is complete, or if more
   *   than `maxBytes` would be fetched; gateway-failed, store-failed, aborted, timeout
   */
  commit(options?: Abortable): Promise<number>
  /** Drops the blocks of the remote store. */
  discard(): void
}

/** Options of a fallback store. */
export interface FallbackOptions {
  /** The greatest number of bytes of the remote store's blocks that are kept until `commit`. Default 256 MiB. */
  readonly maxBytes?: number
}

/**
 * A store that reads from `local` and, for blocks that are missing or damaged there, from `remote`. All blocks are verified.
 *
 * Blocks of `remote` stay in memory until `commit` puts them into `local`. So a caller that reads a whole file can decide to
 * store all of it or nothing. At most `maxBytes` of them are kept (`MAX_TOTAL_BYTES` by default). Beyond that, the least recently
 * read ones are dropped, and are fetched again when they are needed.
 *
 * `put` puts a block into `local`, and before it all blocks of `remote` that it links to. So a local store that has a receipt of
 * an executor also has the module and the arguments that it was made from. For a receipt that was read, `commit` ensures that.
 *
 * Its methods throw the faults of `getBlock` and of the two stores.
 */
export function createFallbackStore(
  local: BlockStore,
  remote: Pick<BlockStore, 'get' | 'has'>,
  options: FallbackOptions = {},
): FallbackStore {
  const { maxBytes = MAX_TOTAL_BYTES } = fields(options, 'options')
  withMethods(local, 'local', ['get', 'has', 'put'])
  withMethods(remote, 'remote', ['get', 'has'])
  count(maxBytes, 'maxBytes')
  return new Fallback(local, remote, maxBytes)
}

/** A block that a walk visits, with those of its links that it has not followed yet. */
interface Visit {
  readonly block: Block
  readonly links: CID[]
  /** True if the block has to be put into the local store, once the blocks that it links to are there. */
  readonly put: boolean
  /** True if this walk has fetched the block from the remote store. */
  readonly fetched?: boolean
}

/** A depth-first walk over the blocks that a block links to. */
class Walk {
  /** True if documents are put only if all blocks that they link to are there. */
  readonly whole: boolean
  readonly open: Visit[]
  readonly #seen: Set<string>
  /** Blocks that neither store has, and blocks that link to one of them, directly or indirectly. */
  readonly #broken = new Set<string>()
  #bytesLeft: number

  constructor(root: Visit, whole: boolean, maxBytes: number) {
    this.whole = whole
    this.open = [root]
    this.#seen = new Set([blockKey(root.block.cid)])
    this.#bytesLeft = maxBytes
  }

  /** True if a link was not followed before. If its block is broken, all blocks on the current path are broken as well. */
  isNew(cid: CID): boolean {
    const key = blockKey(cid)
    if (this.#broken.has(key)) this.break(cid)
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }

  /** Marks a block that neither store has as broken, with all blocks on the current path. */
  break(cid: CID): void {
    for (const key of [cid, ...this.open.map(({ block }) => block.cid)].map(blockKey)) this.#broken.add(key)
  }

  isBroken({ cid }: Block): boolean {
    return this.#broken.has(blockKey(cid))
  }

  /** True if the walk is below a document that has to be put. */
  get inDocument(): boolean {
    return this.whole && this.open.some(({ block, put }) => put && isDocument(block))
  }

  /** Counts the bytes of a block that was fetched for a document. Throws Fault too-large if there are too many. */
  take(bytes: Uint8Array, maxBytes: number): void {
    this.#bytesLeft -= bytes.length
    if (this.#bytesLeft < 0)
      throw new Fault('too-large', `what was read leads to more than the ${maxBytes} bytes that are fetched`, {
        maxBytes,
      })
  }
}

class Fallback implements FallbackStore {
  readonly #local: BlockStore
  readonly #remote: Pick<BlockStore, 'get' | 'has'>
  readonly #maxBytes: number
  /** Blocks of the remote store, the least recently read first. */
  readonly #staged = new Map<string, Block>()
  #bytes = 0
  #dropped = false

  constructor(local: BlockStore, remote: Pick<BlockStore, 'get' | 'has'>, maxBytes: number) {
    this.#local = local
    this.#remote = remote
    this.#maxBytes = maxBytes
  }

  async get(name: CID, options: Abortable = {}): Promise<Uint8Array> {
    const { signal } = fields(options, 'options')
    const cid = givenCid(name, 'cid')
    const key = blockKey(cid)
    const known = this.#staged.get(key)
    if (known !== undefined) {
      this.#staged.delete(key)
      this.#staged.set(key, known)
      return known.bytes
    }
    return (await this.#here(cid, signal)) ?? this.#fetch(cid, signal)
  }

  async has(cid: CID, options?: Abortable): Promise<boolean> {
    return (
      this.#staged.has(blockKey(givenCid(cid, 'cid'))) ||
      (await this.#local.has(cid, options)) ||
      this.#remote.has(cid, options)
    )
  }

  async put(name: CID, bytes: Uint8Array, options: Abortable = {}): Promise<CID> {
    const cid = givenCid(name, 'cid')
    fields(options, 'options')
    const root = { block: { cid, bytes }, links: this.#isIdle() ? [] : linksIfKnown({ cid, bytes }), put: true }
    await this.#bring(new Walk(root, false, this.#maxBytes), options)
    return cid
  }

  async commit(options: Abortable = {}): Promise<number> {
    fields(options, 'options')
    if (this.#dropped) {
      const message = `more came from the remote store than the ${this.#maxBytes} bytes that are kept: commit or discard earlier, or keep more`
      throw new Fault('too-large', message, { maxBytes: this.#maxBytes })
    }
    const before = [...this.#staged.values()]
    let count = 0
    for (const block of before) {
      if (this.#staged.get(blockKey(block.cid)) !== block) continue
      const root = { block, links: linksIfKnown(block), put: true }
      count += await this.#bring(new Walk(root, true, this.#maxBytes), options)
    }
    return count
  }

  discard(): void {
    this.#staged.clear()
    this.#bytes = 0
    this.#dropped = false
  }

  /** True if there is no block of the remote store that the local one may lack. */
  #isIdle(): boolean {
    return this.#staged.size === 0 && !this.#dropped
  }

  /**
   * Puts the root of a walk into the local store, and before it the blocks of the remote store that it links to. Returns the
   * number of blocks of the remote store. It has an explicit stack instead of recursion, since a chain of blocks may be long.
   */
  async #bring(walk: Walk, options: Abortable): Promise<number> {
    const { open } = walk
    let count = 0
    for (let visit = open.at(-1); visit !== undefined; visit = open.at(-1)) {
      throwIfAborted(options.signal)
      const link = visit.links.pop()
      if (link === undefined) {
        open.pop()
        if (!visit.put || (walk.whole && isDocument(visit.block) && walk.isBroken(visit.block))) continue
        await putBlock(this.#local, visit.block, options)
        if (this.#forget(visit.block) || visit.fetched === true) count++
        continue
      }
      if (!walk.isNew(link)) continue
      const next = await this.#visit(link, walk, options.signal)
      if (next !== undefined) open.push(next)
    }
    return count
  }

  /** The visit of a linked block. Undefined if nothing has to be done: it is there, or it was never read from the remote store. */
  async #visit(cid: CID, walk: Walk, signal: AbortSignal | undefined): Promise<Visit | undefined> {
    const visitOf = (bytes: Uint8Array, put: boolean): Visit => ({
      block: { cid, bytes },
      links: linksIfKnown({ cid, bytes }),
      put,
    })
    const staged = this.#staged.get(blockKey(cid))
    if (staged !== undefined) return { ...visitOf(staged.bytes, true), block: staged }
    // The block may have been read and dropped, or a document may need it. Then it is fetched again.
    const { inDocument } = walk
    const fetches = this.#dropped || inDocument
    if (cid.code === RAW && (!fetches || (await hasBlock(this.#local, cid, { signal })))) return undefined
    const here = cid.code === RAW ? undefined : await this.#here(cid, signal)
    if (here !== undefined) return visitOf(here, false)
    if (!fetches) return undefined
    const bytes = await ifUsable(getBlock(this.#remote, cid, { signal, maxBytes: this.#maxBytes }))
    if (bytes === undefined) walk.break(cid)
    else if (inDocument) walk.take(bytes, this.#maxBytes)
    return bytes && { ...visitOf(bytes, true), fetched: true }
  }

  #here(cid: CID, signal: AbortSignal | undefined): Promise<Uint8Array | undefined> {
    return ifUsable(getBlock(this.#local, cid, { signal, maxBytes: this.#maxBytes }))
  }

  async #fetch(cid: CID, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const bytes = await getBlock(this.#remote, cid, { signal, maxBytes: this.#maxBytes })
    const key = blockKey(cid)
    if (this.#staged.has(key)) return bytes
    this.#staged.set(key, { cid, bytes })
    this.#bytes += bytes.length
    for (const block of this.#staged.values()) {
      if (this.#bytes <= this.#maxBytes) break
      this.#forget(block)
      this.#dropped = true
    }
    return bytes
  }

  /** Drops a block of the remote store. Returns true if it was there. */
  #forget({ cid }: Block): boolean {
    const key = blockKey(cid)
    const staged = this.#staged.get(key)
    if (staged === undefined) return false
    this.#bytes -= staged.bytes.length
    return this.#staged.delete(key)
  }
}

/** True if a block is a document (dag-cbor), which is of no use without the blocks that it links to. */
function isDocument({ cid }: Block): boolean {
  return cid.code === DAG_CBOR
}

/** The links of a block in reverse order. Empty if its codec is unknown, or if the bytes are not of the codec. */
function linksIfKnown(block: Block): CID[] {
  try {
    return linksOf(block).reverse()
  } catch {
    return []
  }
}

/** The bytes; undefined if blocks are missing or damaged, since another source may have them. Throws other faults. */
export async function ifUsable(bytes: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await bytes
  } catch (error) {
    if (error instanceof Fault && (error.code === 'block-missing' || error.code === 'hash-mismatch')) return undefined
    throw error
  }
}
