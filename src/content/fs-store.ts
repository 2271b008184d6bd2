import { lstat } from 'node:fs/promises'
import { BaseBlockstore } from 'blockstore-core/base'
import type { Blockstore, InputPair, Pair } from 'interface-blockstore'
import { CID } from 'multiformats/cid'
import { decode } from 'multiformats/hashes/digest'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { codeOf } from '../base/realms.ts'
import { badUsage, count, fields, givenBytes, givenList, givenText, optionalFunction } from '../base/usage.ts'
import type { Abortable, Block } from '../interface.ts'
import { sweep, timeOf } from './atomic-write.ts'
import { BlockFiles } from './block-files.ts'
import { MAX_TOTAL_BYTES, blockMissing, collectBytes } from './block.ts'
import { RAW } from './cids.ts'
import { GRACE_MS, collect, type GcOptions, type GcReport } from './gc.ts'
import { Journals } from './journal/journals.ts'
import { MAX_HASH_BYTES, MAX_SMALL_BYTES } from './journal/record.ts'
import { Pins, type Pin } from './pins.ts'
import { ifGone, storeFailed } from './store-fault.ts'
import { StoreFolder } from './store-folder.ts'

/** Options of a store in a folder. */
export interface FsStoreOptions {
  /**
   * When a block is on the disk, so that it survives a loss of power.
   *
   * - `always`, the default: when `put` has resolved.
   * - `soon`: within a second after that, and when `flush` or `close` has resolved. A process that is killed loses nothing.
   */
  readonly durable?: 'always' | 'soon' | undefined
}

/** Options of a pin. */
export interface PinOptions {
  /** A name for people. Default: none. */
  readonly name?: string | undefined
}

/** A block store in a folder. All methods throw Fault store-failed (detail: `errno`, `path`), aborted, timeout, bad-usage. */
export interface FsStore extends Blockstore {
  /**
   * Puts blocks in an order: if one of them is in the store, all before it are, also after a crash. It takes one flush for all
   * small blocks.
   */
  putInOrder(blocks: readonly Block[], options?: Abortable): Promise<void>
  /**
   * Resolves when all blocks are on the disk whose `put` has resolved. If the disk did not take blocks that were to be flushed soon,
   * this or the next `put` rejects once, with store-failed. Those blocks are lost if the power fails, unless they are put again.
   */
  flush(): Promise<void>
  /** Flushes, and completes the journal, so that others need not read it to find its blocks. The store can still be used. */
  close(): Promise<void>
  /** Keeps a CID and all that it links to in collections. A CID that is pinned gets the new name. The block may be missing. */
  pin(cid: CID, options?: PinOptions): Promise<void>
  /** Takes back a pin. Returns false if there is none. */
  unpin(cid: CID): Promise<boolean>
  /** The pins, ordered by the text of their CIDs. */
  pins(): AsyncGenerator<Pin>
  /**
   * Removes blocks that neither a pin nor a root reaches, and left-over temporary files. What was put since the collection began
   * stays, and so does what was put within `graceMs` before that, by any process. Links of dag-pb and dag-cbor are followed.
   * Throws Fault hash-mismatch, and removes nothing, if a block is damaged that may have links.
   */
  gc(options?: GcOptions): Promise<GcReport>
}

/**
 * A block store in a folder, which is created by the first write. It implements `BlockStore` and the `Blockstore` of
 * `interface-blockstore`.
 *
 * **What has been put is on the disk**: when `put` has resolved, the block survives the end of the process and a loss of power
 * (with `durable: 'soon'` the latter only after a second). This holds on a local file system whose flushes do what they say.
 *
 * A block of up to 64 KiB is appended to a journal. All blocks that wait are written at once and flushed once, in the order in which
 * they were put. A larger block is a file of its own, which is written to a temporary file, flushed, and renamed. So an
 * interrupted write leaves no incomplete block. Several processes may use the folder at the same time: each writes its own
 * journal, and sees the blocks of all.
 *
 * Blocks are not verified when they are read (`getBlock` does that). Putting a block again repairs a damaged one. For each block in
 * a journal, a store that is open takes up to 32 bytes of memory.
 *
 * The folder may come from somebody else, so no link below it is followed, and no pipe is read. The folder itself may be a link.
 * A file in it states the version of its layout. A folder with another version is neither read nor written.
 *
 * Its methods throw Fault block-missing, store-failed (detail: `errno`, `path`), aborted, timeout.
 */
export function createFsStore(folder: string, options: FsStoreOptions = {}): FsStore {
  const { durable = 'always' } = fields(options, 'options')
  if (durable !== 'always' && durable !== 'soon') throw badUsage('durable', "'always' or 'soon'", durable)
  return new FolderStore(givenText(folder, 'folder'), durable)
}

class FolderStore extends BaseBlockstore implements FsStore {
  readonly #folder: StoreFolder
  readonly #files: BlockFiles
  readonly #journals: Journals
  readonly #pins: Pins

  constructor(path: string, durable: 'always' | 'soon') {
    super()
    const folder = new StoreFolder(path)
    this.#folder = folder
    this.#files = new BlockFiles(path, folder.staging)
    this.#journals = new Journals(folder.journals, durable)
    this.#pins = new Pins(folder.pins, folder.staging)
  }

  override async put(cid: CID, input: InputPair['bytes'], options?: Abortable): Promise<CID> {
    throwIfAborted(options?.signal)
    givenCid(cid, 'cid')
    const tooLarge = (): Fault => new Fault('too-large', `block ${cid} has more than ${MAX_TOTAL_BYTES} bytes`, { cid })
    const bytes = await collectBytes(input, { signal: options?.signal, maxBytes: MAX_TOTAL_BYTES }, tooLarge)
    await this.#doing('cannot write', cid, async () => {
      await this.#folder.open()
      await (isSmall(cid, bytes) ? this.#journals.put(cid.multihash.bytes, bytes.slice()) : this.#files.put(cid, bytes))
    })
    return cid
  }

  async putInOrder(blocks: readonly Block[], options?: Abortable): Promise<void> {
    throwIfAborted(options?.signal)
    const all = givenList(blocks, 'blocks').map((block, i) => {
      const { cid, bytes } = fields(block, `blocks[${i}]`)
      return { cid: givenCid(cid, `blocks[${i}].cid`), bytes: givenBytes(bytes, `blocks[${i}].bytes`) }
    })
    let written: Promise<void>[] = []
    await this.#doing('cannot write', all[0]?.cid, async () => {
      await this.#folder.open()
      for (const { cid, bytes } of all) {
        if (isSmall(cid, bytes)) {
          written.push(this.#journals.put(cid.multihash.bytes, bytes.slice()))
          continue
        }
        await Promise.all(written)
        written = []
        await this.#journals.flush()
        await this.#files.put(cid, bytes)
      }
      await Promise.all(written)
    })
  }

  override async *get(cid: CID, options?: Abortable): AsyncGenerator<Uint8Array> {
    throwIfAborted(options?.signal)
    const { bytes: multihash } = givenCid(cid, 'cid').multihash
    try {
      await this.#folder.check()
      for (let looked = false; ; looked = true) {
        const bytes = await this.#journals.read(multihash)
        if (bytes !== undefined) return yield bytes
        // A block of a journal may be in another one by now.
        if (looked) return yield* this.#files.get(cid)
        if (await this.#files.has(cid)) return yield* this.#files.get(cid)
        await this.#journals.look()
      }
    } catch (error) {
      throw codeOf(error) === 'ENOENT'
        ? blockMissing(cid, error)
        : storeFailed('cannot read', this.#files.pathOf(cid), error, cid)
    }
  }

  override async has(cid: CID, options?: Abortable): Promise<boolean> {
    throwIfAborted(options?.signal)
    const { bytes: multihash } = givenCid(cid, 'cid').multihash
    return this.#doing('cannot read', cid, async () => {
      await this.#folder.check()
      if ((await this.#journals.has(multihash)) || (await this.#files.has(cid))) return true
      await this.#journals.look()
      return (await this.#journals.has(multihash)) || this.#files.has(cid)
    })
  }

  override async delete(cid: CID, options?: Abortable): Promise<void> {
    throwIfAborted(options?.signal)
    const { bytes: multihash } = givenCid(cid, 'cid').multihash
    await this.#doing('cannot remove', cid, async () => {
      await this.#folder.check()
      await this.#journals.delete(multihash)
      await this.#files.delete(cid)
    })
  }

  /** All blocks, in no order. Their CIDs have the codec raw, since the codec is not stored. */
  override async *getAll(options?: Abortable): AsyncGenerator<Pair> {
    const cids = await this.#doing('cannot list', undefined, async () => {
      await this.#folder.check()
      const found = new Map<string, CID>()
      const add = (cid: CID): unknown => found.set(cid.toString(), cid)
      await this.#journals.eachBlock(records => {
        for (const { multihash } of records) add(CID.createV1(RAW, decode(multihash.slice())))
      })
      for await (const { cid } of this.#files.list()) add(cid)
      return [...found.values()]
    })
    for (const cid of cids) {
      throwIfAborted(options?.signal)
      yield { cid, bytes: this.get(cid, options) }
    }
  }

  async flush(): Promise<void> {
    await this.#doing('cannot write', undefined, () => this.#journals.flush())
  }

  async close(): Promise<void> {
    await this.#doing('cannot write', undefined, () => this.#journals.complete())
  }

  async pin(cid: CID, options: PinOptions = {}): Promise<void> {
    const { name = '' } = fields(options, 'options')
    if (typeof name !== 'string') throw badUsage('name', 'text', name)
    givenCid(cid, 'cid')
    await this.#doing('cannot write', cid, async () => {
      await this.#folder.open()
      await this.#pins.add(cid, name)
    })
  }

  async unpin(cid: CID): Promise<boolean> {
    givenCid(cid, 'cid')
    return this.#doing('cannot remove', cid, async () => {
      await this.#folder.check()
      return this.#pins.remove(cid)
    })
  }

  async *pins(): AsyncGenerator<Pin> {
    try {
      await this.#folder.check()
      yield* this.#pins.list()
    } catch (error) {
      throw storeFailed('cannot read', this.#folder.pins, error)
    }
  }

  async gc(options: GcOptions = {}): Promise<GcReport> {
    const { roots = [], graceMs = GRACE_MS, onBlock, signal } = fields(options, 'options')
    if (!(Symbol.iterator in Object(roots) || Symbol.asyncIterator in Object(roots)))
      throw badUsage('roots', 'a list or a stream of CIDs', roots)
    count(graceMs, 'graceMs')
    optionalFunction(onBlock, 'onBlock')
    throwIfAborted(signal)
    return this.#doing('cannot collect', undefined, async () => {
      if ((await lstat(this.#folder.path).catch(ifGone)) === undefined) return { blocks: 0, bytes: 0, reached: 0 }
      await this.#folder.open()
      const now = await timeOf(this.#folder.staging)
      const parts = { source: this, files: this.#files, journals: this.#journals }
      const report = await collect(parts, this.#kept(roots), now - graceMs, options)
      if (options.dryRun !== true) await sweep(this.#folder.staging, now)
      return report
    })
  }

  async *#kept(roots: Iterable<CID> | AsyncIterable<CID>): AsyncGenerator<CID> {
    for await (const { cid } of this.#pins.list()) yield cid
    yield* roots
  }

  /** Work on the folder, whose errors become faults. */
  async #doing<T>(what: string, cid: CID | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeFailed(what, cid === undefined ? this.#folder.path : this.#files.pathOf(cid), error, cid)
    }
  }
}

/** True if a block goes into a journal. */
function isSmall(cid: CID, bytes: Uint8Array): boolean {
  return bytes.length <= MAX_SMALL_BYTES && cid.multihash.bytes.length <= MAX_HASH_BYTES
}
