import type { CID } from 'multiformats/cid'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { count, fields, having } from '../base/usage.ts'
import type { Abortable, Block, BlockStore } from '../interface.ts'
import { MAX_TOTAL_BYTES, getBlock, hasBlock, putBlock } from './block.ts'
import { DAG_CBOR, RAW, blockKey } from './cids.ts'
import { linksOf } from './dag.ts'

/** A local store together with a remote one. What comes from the remote is kept in memory until it is stored. */
export interface FallbackStore extends BlockStore {
  /**
   * Puts the blocks that came from the remote into the local store, each after those that it links to; returns how many
   * there were. Blocks that come while it works wait for the next call, and so do those that the local store did not take.
   *
   * A dag-cbor block, such as a receipt or a task, goes in with all that it leads to: what was not read so far, such as a module
   * that an engine had prepared, is fetched from the remote now. If neither store has it, the block waits for the next call, too.
   *
   * @throws Fault too-large if blocks were dropped since the last `discard`: then there is no telling what is whole; or if more
   *   than `maxBytes` would be fetched; gateway-failed, store-failed, aborted, timeout
   */
  commit(options?: Abortable): Promise<number>
  /** Forgets the blocks that came from the remote. */
  discard(): void
}

/** What a fallback store holds. */
export interface FallbackOptions {
  /** Most bytes of blocks of the remote that are kept until `commit`. Default 256 MiB. */
  readonly maxBytes?: number
}

/**
 * A store that reads from `local` and, for blocks that are missing or damaged there, from `remote`. Blocks are verified.
 * Those of the remote stay in memory until `commit` puts them into `local`, so that whoever reads a whole file can decide
 * to store all of it or nothing. At most `maxBytes` of them stay (`MAX_TOTAL_BYTES` by default); then those that were
 * not read for longest are dropped, and are fetched again if they are needed again.
 *
 * `put` puts into `local`, and before that whatever came from the remote and the new block leads to. So where a receipt
 * is that an executor made, there are the module and the arguments that it was made from; `commit` sees to it for one that
 * was read.
 *
 * Its methods throw the faults of `getBlock` and of the two stores.
 */
export function createFallbackStore(
  local: BlockStore,
  remote: Pick<BlockStore, 'get' | 'has'>,
  options: FallbackOptions = {},
): FallbackStore {
  const { maxBytes = MAX_TOTAL_BYTES } = fields(options, 'options')
  having(local, 'local', ['get', 'has', 'put'])
  having(remote, 'remote', ['get', 'has'])
  count(maxBytes, 'maxBytes')
  return new Fallback(local, remote, maxBytes)
}

/** A block on the way into the local store, and what of its links has not been looked at. */
interface Visit {
  readonly block: Block
  readonly links: CID[]
  /** Whether it has to be put when its links are there. */
  readonly put: boolean
  /** Whether it came from the remote just now. */
  readonly fetched?: boolean
}

/** One walk through what is to be put. */
class Walk {
  /** Whether documents go in with all that they lead to, or not at all. */
  readonly whole: boolean
  readonly open: Visit[]
  readonly #seen: Set<string>
  /** Blocks that are not there, and those that lead to one. */
  readonly #broken = new Set<string>()
  #bytesLeft: number

  constructor(root: Visit, whole: boolean, maxBytes: number) {
    this.whole = whole
    this.open = [root]
    this.#seen = new Set([blockKey(root.block.cid)])
    this.#bytesLeft = maxBytes
  }

  /** Whether a link has not been looked at. One that is known to be broken breaks what leads to it here, too. */
  isNew(cid: CID): boolean {
    const key = blockKey(cid)
    if (this.#broken.has(key)) this.break(cid)
    if (this.#seen.has(key)) return false
    this.#seen.add(key)
    return true
  }

  /** Notes that a block is not there. */
  break(cid: CID): void {
    for (const key of [cid, ...this.open.map(({ block }) => block.cid)].map(blockKey)) this.#broken.add(key)
  }

  isBroken({ cid }: Block): boolean {
    return this.#broken.has(blockKey(cid))
  }

  /** Whether a document that is to be put leads to where the walk is. */
  get inDocument(): boolean {
    return this.whole && this.open.some(({ block, put }) => put && isDocument(block))
  }

  /** Counts what is fetched for the sake of a document. */
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
  /** Blocks of the remote, the one that was not read for longest first. */
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

  /** Whether nothing came from the remote that could be missing here. */
  #isIdle(): boolean {
    return this.#staged.size === 0 && !this.#dropped
  }

  /**
   * Puts a block, and before it what came from the remote and it leads to. Returns how many blocks of the remote it was. The
   * walk has a stack of its own, since a chain of blocks may be longer than the host's stack is deep.
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

  /** What to do about a block that another one links to; nothing if it is there, or cannot have come from the remote. */
  async #visit(cid: CID, walk: Walk, signal: AbortSignal | undefined): Promise<Visit | undefined> {
    const visitOf = (bytes: Uint8Array, put: boolean): Visit => ({
      block: { cid, bytes },
      links: linksIfKnown({ cid, bytes }),
      put,
    })
    const staged = this.#staged.get(blockKey(cid))
    if (staged !== undefined) return { ...visitOf(staged.bytes, true), block: staged }
    // It may have come, and have been dropped, or a document may need it. What the remote does not have never came.
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

  /** Whether it was there. */
  #forget({ cid }: Block): boolean {
    const key = blockKey(cid)
    const staged = this.#staged.get(key)
    if (staged === undefined) return false
    this.#bytes -= staged.bytes.length
    return this.#staged.delete(key)
  }
}

/** Whether a block is a document, which is of no use without what it links to. */
function isDocument({ cid }: Block): boolean {
  return cid.code === DAG_CBOR
}

/** The links of a block, the first one last; none of a block whose codec is not known here, or that is not of its codec. */
function linksIfKnown(block: Block): CID[] {
  try {
    return linksOf(block).reverse()
  } catch {
    return []
  }
}

/** The bytes, or nothing if blocks are missing or damaged: then another source may have them. */
export async function ifUsable(bytes: Promise<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    return await bytes
  } catch (error) {
    if (error instanceof Fault && (error.code === 'block-missing' || error.code === 'hash-mismatch')) return undefined
    throw error
  }
}
