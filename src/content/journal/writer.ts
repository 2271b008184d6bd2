/** Writes blocks into a journal of this process. All blocks that wait are written at once and flushed once. */
import { randomUUID } from 'node:crypto'
import { fstatSync } from 'node:fs'
import { constants, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { equals } from 'multiformats/bytes'
import { syncFolder } from '../atomic-write.ts'
import { ifGone } from '../store-fault.ts'
import { Journal, MAX_JOURNAL_BYTES } from './journal.ts'
import { JOURNAL_LINE, keyOf, sizeOf, writeRecord } from './record.ts'

/** The time at which a block is on the disk: with `always`, when `put` has resolved; with `soon`, shortly after. */
export type Durability = 'always' | 'soon'

/** The ending of the names of journal files. */
export const JOURNAL = '.journal'

/** The greatest number of bytes of one batch. A batch of a single record may have more. */
const BATCH_BYTES = 4 * 1024 * 1024
/** The greatest time from writing a block to flushing it with the durability `soon`, in milliseconds: one second. */
export const SOON_MS = 1000
/** The time after which an idle journal's file is closed, in milliseconds: one minute. The next block reopens it. */
export const IDLE_MS = 60_000

const REOPENED = constants.O_RDWR | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0)

interface Entry {
  readonly key: string
  readonly multihash: Uint8Array
  readonly bytes: Uint8Array
  readonly written: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/**
 * The writer of a process. The journal has the blocks in the order in which they were put.
 *
 * After an error of writing, the writer begins another journal with the next block. Readers would not find blocks that
 * follow incomplete bytes.
 */
export class JournalWriter {
  readonly #folder: string
  readonly #durability: Durability
  readonly #began: (journal: Journal) => void
  #journal: Journal | undefined
  /**
   * `#size` is the size of the file without the batch that is being written. `#written` includes it. `#flushed`
   * is the number of bytes that are known to be on the disk.
   */
  #size = 0
  #written = 0
  #flushed = 0
  readonly #waiting: Entry[] = []
  /** The blocks that wait to be written or are being written. */
  readonly #underWay = new Map<string, Entry>()
  #running: Promise<void> | undefined
  /** The error of the last flush in the background, until a caller has got it. */
  #failure: { readonly error: unknown } | undefined
  #soon: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #isIdle = true
  #completing: Promise<unknown> | undefined

  /** The folder must exist before the first block is put. The writer calls `began` with each new journal. */
  constructor(folder: string, durability: Durability, began: (journal: Journal) => void) {
    this.#folder = folder
    this.#durability = durability
    this.#began = began
  }

  /** The journal that the next block goes to. It is undefined if no journal has been begun. */
  get journal(): Journal | undefined {
    return this.#journal
  }

  /** Puts a block. The caller must not change its bytes afterwards. Rejects with errors of the file system. */
  put(multihash: Uint8Array, bytes: Uint8Array): Promise<void> {
    const key = keyOf(multihash)
    const same = this.#underWay.get(key)
    if (same !== undefined && equals(same.bytes, bytes)) return same.written
    if (same === undefined && this.#has(multihash, bytes)) return Promise.resolve()
    let [resolve, reject]: [() => void, (error: unknown) => void] = [() => {}, () => {}]
    const written = new Promise<void>((...both) => ([resolve, reject] = both))
    const entry = { key, multihash, bytes, written, resolve, reject }
    this.#underWay.set(key, entry)
    this.#waiting.push(entry)
    this.#running ??= this.#run()
    return written
  }

  /** Waits until all blocks that were put are on the disk. Rejects with errors of the file system. */
  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    await this.#flush()
    this.#reportFailure()
  }

  /** Flushes, and completes the journal. A later block begins another journal. Rejects as `flush` does. */
  async complete(): Promise<void> {
    await this.flush()
    await this.#complete()
    await this.#completing
  }

  async #run(): Promise<void> {
    // All blocks that are put in the same turn of the event loop go into the same batch.
    await undefined
    while (this.#waiting.length > 0) {
      const batch = this.#take()
      try {
        this.#reportFailure()
        await this.#write(batch)
        this.#forget(batch)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        await this.#leave()
        // The blocks that wait fail, too. If one of them were stored although an earlier one is missing, the order
        // would be broken.
        const failed = [...batch, ...this.#waiting.splice(0)]
        this.#forget(failed)
        for (const { reject } of failed) reject(error)
      }
    }
    this.#running = undefined
  }

  /** Takes the blocks of the next batch out of the list. */
  #take(): Entry[] {
    let [count, bytes] = [0, 0]
    for (const entry of this.#waiting) {
      bytes += sizeOf(entry.multihash, entry.bytes)
      if (count > 0 && bytes > BATCH_BYTES) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  #forget(batch: readonly Entry[]): void {
    for (const entry of batch) if (this.#underWay.get(entry.key) === entry) this.#underWay.delete(entry.key)
  }

  async #write(batch: readonly Entry[]): Promise<void> {
    for (;;) {
      const { journal, handle } = await this.#open()
      const { bytes, offsets } = this.#encode(batch)
      const size = this.#size + bytes.length
      this.#written = size
      await handle.writeFile(bytes)
      if (this.#durability === 'always') await handle.datasync()
      if (sizeOfFile(handle) !== size) {
        // Another process has completed or removed the journal. The batch is written to a new one.
        await this.#leave()
        this.#reportFailure()
        continue
      }
      batch.forEach(({ multihash }, i) => journal.note(multihash, offsets[i]!, offsets[i + 1] ?? size))
      this.#size = size
      this.#isIdle = false
      if (this.#durability === 'always') this.#flushed = size
      else this.#soon ??= setTimeout(() => void this.#flush(), SOON_MS).unref()
      if (size >= MAX_JOURNAL_BYTES) await this.#complete()
      return
    }
  }

  /** Makes the records of a batch, and computes their offsets in the file. */
  #encode(batch: readonly Entry[]): { readonly bytes: Uint8Array; readonly offsets: readonly number[] } {
    const bytes = new Uint8Array(batch.reduce((sum, entry) => sum + sizeOf(entry.multihash, entry.bytes), 0))
    let at = 0
    const offsets = batch.map(entry => {
      const offset = this.#size + at
      writeRecord(bytes, at, offset, { multihash: entry.multihash, bytes: entry.bytes, flushed: this.#flushed })
      at += sizeOf(entry.multihash, entry.bytes)
      return offset
    })
    return { bytes, offsets }
  }

  /** Returns true if the open journal already has a block. Then the block is as durable as one that is put now. */
  #has(multihash: Uint8Array, bytes: Uint8Array): boolean {
    const journal = this.#journal
    try {
      // The blocks of the batch that is being written are not in the table yet.
      return (
        journal?.handle !== undefined && sizeOfFile(journal.handle) <= this.#written && journal.hasNow(multihash, bytes)
      )
    } catch {
      // If the journal cannot be read, the block is written again.
      return false
    }
  }

  /** Returns the journal for the next batch. Opens it or begins it, if necessary. */
  async #open(): Promise<{ readonly journal: Journal; readonly handle: FileHandle }> {
    const journal = this.#journal
    if (journal?.handle !== undefined) return { journal, handle: journal.handle }
    const reopened = journal && (await open(journal.path, REOPENED).catch(ifGone))
    if (journal === undefined || reopened === undefined) return this.#begin()
    journal.handle = reopened
    this.#closeWhenIdle()
    return { journal, handle: reopened }
  }

  async #begin(): Promise<{ readonly journal: Journal; readonly handle: FileHandle }> {
    // The name is new, so no process knows another journal by it.
    const path = join(this.#folder, randomUUID() + JOURNAL)
    const handle = await open(path, 'ax+')
    try {
      await handle.writeFile(JOURNAL_LINE)
      if (this.#durability === 'always') await syncFolder(this.#folder)
    } catch (error) {
      await handle.close()
      await rm(path, { force: true }).catch(() => {})
      throw error
    }
    const journal = new Journal(path)
    journal.handle = handle
    this.#journal = journal
    this.#size = this.#written = JOURNAL_LINE.length
    this.#flushed = 0
    this.#began(journal)
    this.#closeWhenIdle()
    return { journal, handle }
  }

  /** Flushes bytes that are not on the disk yet. If that fails, the next `put` or `flush` rejects with the error. */
  async #flush(): Promise<void> {
    clearTimeout(this.#soon)
    this.#soon = undefined
    const [handle, size] = [this.#journal?.handle, this.#size]
    if (this.#durability === 'always' || handle === undefined || this.#flushed === size) return
    try {
      await handle.datasync()
      await syncFolder(this.#folder)
      if (this.#journal?.handle === handle) this.#flushed = size
    } catch (error) {
      this.#failure ??= { error }
      if (this.#journal?.handle === handle) await this.#leave()
    }
  }

  #reportFailure(): void {
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined) throw failure.error
  }

  /** Completes the journal in the background. Errors are ignored, since a journal without its table loses no blocks. */
  async #complete(): Promise<void> {
    const journal = this.#journal
    await this.#leave()
    this.#completing = Promise.all([this.#completing, journal?.completeForWriter().catch(() => {})])
  }

  /** Ends writing to the journal, and closes its file. */
  async #leave(): Promise<void> {
    if (this.#failure === undefined) await this.#flush()
    const handle = this.#journal?.handle
    if (this.#journal !== undefined) this.#journal.handle = undefined
    this.#journal = undefined
    clearTimeout(this.#idle)
    await handle?.close().catch(() => {})
  }

  /**
   * Closes the journal's file after a time without writes. A block that is put while the file is closed is always
   * written, even if the journal already has it.
   */
  #closeWhenIdle(): void {
    clearTimeout(this.#idle)
    this.#isIdle = true
    this.#idle = setTimeout(() => {
      const handle = this.#journal?.handle
      if (handle === undefined) return
      if (!this.#isIdle || this.#running !== undefined || this.#flushed < this.#size) return this.#closeWhenIdle()
      this.#journal!.handle = undefined
      void handle.close()
    }, IDLE_MS).unref()
  }
}

/**
 * The size of a journal's file, or Infinity if the file was removed.
 *
 * If the file is larger than its writer has made it, another process has completed the journal. Both cases are rare and
 * lose no blocks, since the writer then writes its last batch to another journal.
 */
function sizeOfFile(handle: FileHandle): number {
  const { size, nlink } = fstatSync(handle.fd)
  return nlink > 0 ? size : Infinity
}
