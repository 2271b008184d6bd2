/** Writes blocks into a journal of this process: all that wait in one write, with one flush. */
import { randomUUID } from 'node:crypto'
import { fstatSync } from 'node:fs'
import { constants, open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { equals } from 'multiformats/bytes'
import { syncFolder } from '../atomic-write.ts'
import { ifGone } from '../store-fault.ts'
import { Journal, MAX_JOURNAL_BYTES } from './journal.ts'
import { JOURNAL_LINE, keyOf, sizeOf, writeRecord } from './record.ts'

/** When a block is on the disk: when `put` has resolved, or soon after that. */
export type Durability = 'always' | 'soon'

/** How the names of journal files end. */
export const JOURNAL = '.journal'

/** The greatest number of bytes of one batch. A single record may have more. */
const BATCH_BYTES = 4 * 1024 * 1024
/** With the durability `soon`, the time within which blocks are flushed: one second. */
export const SOON_MS = 1000
/** A journal that has taken nothing for this time, one minute, is closed until the next block comes. */
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
 * The writer of a process. Blocks stand in the journal in the order in which they were put. A failure to write ends the journal,
 * since nothing is found that comes after incomplete bytes. The next block begins another one.
 */
export class JournalWriter {
  readonly #folder: string
  readonly #durability: Durability
  readonly #began: (journal: Journal) => void
  #journal: Journal | undefined
  /** The size to which this process has made the journal, with the batch that is being written, and how much is on the disk. */
  #size = 0
  #written = 0
  #flushed = 0
  readonly #waiting: Entry[] = []
  /** Blocks that wait or are being written. */
  readonly #underWay = new Map<string, Entry>()
  #running: Promise<void> | undefined
  /** Why blocks that were to be on the disk soon are not. */
  #failure: { readonly error: unknown } | undefined
  #soon: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #isIdle = true
  #completing: Promise<unknown> | undefined

  /** The folder must exist before the first block is put. `began` is called with each new journal. */
  constructor(folder: string, durability: Durability, began: (journal: Journal) => void) {
    this.#folder = folder
    this.#durability = durability
    this.#began = began
  }

  /** The journal that takes the next block, if it was begun. */
  get journal(): Journal | undefined {
    return this.#journal
  }

  /** Puts a block, whose bytes must not change afterwards. Rejects with errors of the file system. */
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

  /** Flushes, and completes the journal. A later block begins another one. Rejects as `flush` does. */
  async complete(): Promise<void> {
    await this.flush()
    await this.#complete()
    await this.#completing
  }

  async #run(): Promise<void> {
    // What is put in the same turn goes into the same batch.
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
        // What waits fails, too: a block that is there although an earlier one is not would break the order.
        const failed = [...batch, ...this.#waiting.splice(0)]
        this.#forget(failed)
        for (const { reject } of failed) reject(error)
      }
    }
    this.#running = undefined
  }

  /** The next blocks that are written at once. */
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
        // Another process has completed the journal, or removed it.
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

  /** The records of a batch, and where each of them will be. */
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

  /** True if a block is in the open journal, so that it is on the disk as surely as one that is put now. */
  #has(multihash: Uint8Array, bytes: Uint8Array): boolean {
    const journal = this.#journal
    try {
      // Blocks of a batch that is being written are not noted yet.
      return (
        journal?.handle !== undefined && sizeOfFile(journal.handle) <= this.#written && journal.hasNow(multihash, bytes)
      )
    } catch {
      // Then it is written again.
      return false
    }
  }

  /** The journal that takes the next batch, open. */
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
    // The name is that of no journal that any process has known.
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

  /** Flushes what is not on the disk yet. A failure is that of the next block, or of `flush`. */
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

  /** Completes the journal in the background. Nothing is lost without its table, so a failure does not matter. */
  async #complete(): Promise<void> {
    const journal = this.#journal
    await this.#leave()
    this.#completing = Promise.all([this.#completing, journal?.completeForWriter().catch(() => {})])
  }

  /** Writes no more to the journal. */
  async #leave(): Promise<void> {
    if (this.#failure === undefined) await this.#flush()
    const handle = this.#journal?.handle
    if (this.#journal !== undefined) this.#journal.handle = undefined
    this.#journal = undefined
    clearTimeout(this.#idle)
    await handle?.close().catch(() => {})
  }

  /** Closes the journal's file when nothing is written for a while. What is put then is written, though it may be there already. */
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
 * The size of a journal's file; Infinity if it was removed. If it is greater than its writer has made it, another process has
 * completed the journal. Both are rare and safe: what was written to it last is written to another journal.
 */
function sizeOfFile(handle: FileHandle): number {
  const { size, nlink } = fstatSync(handle.fd)
  return nlink > 0 ? size : Infinity
}
