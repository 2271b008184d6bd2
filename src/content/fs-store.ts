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
   * The time at which a block is on the disk, and so survives a loss of power.
   *
   * - `always`, the default: when `put` has resolved.
   * - `soon`: within a second after `put` has resolved, or when `flush` or `close` has resolved. If only the process is
   *   killed, no block is lost.
   */
  readonly durable?: 'always' | 'soon' | undefined
}

/** Options of a pin. */
export interface PinOptions {
  /** A name for people. Default: none. */
  readonly name?: string | undefined
}

/**
 * A block store in a folder.
 *
 * All methods throw Fault store-failed (detail: `errno`, `path`), aborted, timeout, bad-usage.
 */
export interface FsStore extends Blockstore {
  /**
   * Puts blocks in an order. If the store has one of the blocks, it also has all blocks before it, even after a crash.
   * Small blocks that follow one another are flushed together.
   */
  putInOrder(blocks: readonly Block[], options?: Abortable): Promise<void>
  /**
   * Resolves when all blocks are on the disk whose `put` has resolved.
   *
   * With `durable: 'soon'`, flushing in the background may fail. Then `flush` or the next `put` rejects once, with
   * store-failed. The blocks that were not flushed are lost if the power fails, unless they are put again.
   */
  flush(): Promise<void>
  /**
   * Flushes, and completes the journal of this process. Other processes then find its blocks without reading all of it.
   * The store can still be used.
   */
  close(): Promise<void>
  /**
   * Pins a CID: collections keep its block and all blocks that it links to. If the CID is already pinned, the pin gets
   * the new name. The block need not be in the store.
   */
  pin(cid: CID, options?: PinOptions): Promise<void>
  /** Removes a pin. Returns false if the CID is not pinned. */
  unpin(cid: CID): Promise<boolean>
  /** The pins, ordered by the text of their CIDs. */
  pins(): AsyncGenerator<Pin>
  /**
   * Removes the blocks that neither a pin nor a root reaches, and temporary files that were left over. Links are
   * followed in dag-pb and dag-cbor.
   *
   * Blocks stay that any process has put since the collection began, or within `graceMs` before.
   *
   * @throws Fault hash-mismatch if a block that may have links is damaged. Then nothing is removed
   */
  gc(options?: GcOptions): Promise<GcReport>
}

/**
 * A block store in a folder. The first write creates the folder. The store implements `BlockStore`, and the
 * `Blockstore` of `interface-blockstore`.
 *
 * **A block is on the disk when `put` has resolved**: it survives the end of the process and a loss of power. With
 * `durable: 'soon'`, it survives a loss of power after one second. This requires a local file system that really writes
 * to the disk when it is told to flush.
 *
 * A block of up to 64 KiB is appended to a journal. All blocks that wait are written at once and flushed once, in the
 * order in which they were put. A larger block is a file of its own, which is first written to a temporary file,
 * flushed, and then renamed. So an interrupted write leaves no incomplete block.
 *
 * Several processes may use the folder at the same time. Each writes a journal of its own, and sees the blocks of all
 * processes.
 *
 * The store does not verify blocks when they are read; `getBlock` does. If a damaged block is put again, it is
 * repaired. An open store takes up to 32 bytes of memory for each block in a journal.
 *
 * The folder may come from another party. So the store follows no symbolic link below the folder, and reads no pipe.
 * The folder itself may be a symbolic link. A file in it states the version of its layout. If that is another version,
 * the store neither reads nor writes the folder.
 *
 * All methods throw Fault block-missing, store-failed (detail: `errno`, `path`), aborted, timeout.
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
        // Meanwhile the block may have been moved to another journal. So the journals are read once more before the
        // store gives up.
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
      if (this.#journals.hasWritten(multihash)) return true
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

  /**
   * Yields all blocks, in no particular order. The store does not know their codecs, so their CIDs have the codec raw.
   */
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

  /** Does some work on the folder. Errors of the file system become faults. */
  async #doing<T>(what: string, cid: CID | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw storeFailed(what, cid === undefined ? this.#folder.path : this.#files.pathOf(cid), error, cid)
    }
  }
}

/** Returns true if a block is stored in a journal. */
function isSmall(cid: CID, bytes: Uint8Array): boolean {
  return bytes.length <= MAX_SMALL_BYTES && cid.multihash.bytes.length <= MAX_HASH_BYTES
}
