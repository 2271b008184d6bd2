/**
 * The journals of a store: files in a folder, in which small blocks stand one after the other.
 *
 * Each process writes a journal of its own and reads all of them. A journal of another process that has ended is completed by
 * whoever meets it. Small journals are put together, so that there are few.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { requireFolder } from '../atomic-write.ts'
import { ifGone } from '../store-fault.ts'
import { Journal } from './journal.ts'
import { keyOf } from './record.ts'
import type { Placed } from './scan.ts'
import { JOURNAL, JournalWriter, type Durability } from './writer.ts'

/** A journal that has not grown for this time, one minute, is completed by the next process that writes. */
const ABANDONED_MS = 60_000
/** When there are this many complete journals that are smaller than this, they are put together. */
const MANY = 8
const SMALL_BYTES = 1024 * 1024

/** Names of journal files. Others in the folder are left alone. */
const NAME = new RegExp(`^[0-9a-f-]{36}\\${JOURNAL}$`)

/** All methods throw errors of the file system. */
export class Journals {
  readonly #folder: string
  readonly #writer: JournalWriter
  readonly #known = new Map<string, Journal>()
  #looking: Promise<void> | undefined
  #next: Promise<void> | undefined
  #tidying: Promise<void> | undefined

  constructor(folder: string, durability: Durability) {
    this.#folder = folder
    this.#writer = new JournalWriter(folder, durability, journal => {
      this.#known.set(journal.path, journal)
      this.#tidying ??= this.#tidy(journal).catch(() => {})
    })
  }

  /** Puts a block. Those that were put earlier are on the disk when this one is. */
  put(multihash: Uint8Array, bytes: Uint8Array): Promise<void> {
    return this.#writer.put(multihash, bytes)
  }

  /** The bytes of a block, in the journals that are known. */
  async read(multihash: Uint8Array): Promise<Uint8Array | undefined> {
    for (const journal of this.#all().reverse()) {
      const bytes = await journal.read(multihash).catch(ifGone)
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  /** True if the journals that are known have a block. */
  async has(multihash: Uint8Array): Promise<boolean> {
    for (const journal of this.#all().reverse()) if ((await journal.has(multihash).catch(ifGone)) === true) return true
    return false
  }

  /** Learns of what other processes have written, up to this call at least. */
  look(): Promise<void> {
    // A look that has begun may have missed what was written before this call.
    if (this.#looking === undefined) return (this.#looking = this.#look().finally(() => (this.#looking = undefined)))
    return (this.#next ??= this.#looking
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return this.look()
      }))
  }

  /** Deletes a block from all journals. */
  async delete(multihash: Uint8Array): Promise<void> {
    await this.look()
    for (const journal of this.#all()) await journal.delete(multihash).catch(ifGone)
  }

  /** Calls `take` with the blocks of all journals, some at a time. A block may come more than once. */
  async eachBlock(take: (records: readonly Placed[]) => unknown): Promise<void> {
    await this.look()
    for (const journal of this.#all()) await journal.eachBlock(take).catch(ifGone)
  }

  /** Waits until all blocks that were put are on the disk. */
  async flush(): Promise<void> {
    await this.#writer.flush()
  }

  /** Flushes, and completes the journal of this process. */
  async complete(): Promise<void> {
    await this.#tidying
    await this.#writer.complete()
  }

  /**
   * The journals that were last written before a time of the file system's clock, in milliseconds. They are complete then, whoever
   * has written them: nothing is put into them any more. With `asTheyAre`, they are only listed.
   */
  async before(time: number, { asTheyAre = false } = {}): Promise<Journal[]> {
    await this.look()
    const found: Journal[] = []
    for (const journal of this.#all()) {
      const state = await lstat(journal.path).catch(ifGone)
      if (state === undefined || state.mtimeMs >= time) continue
      if (!asTheyAre) {
        if (journal === this.#writer.journal) await this.#writer.complete()
        else if (!(await this.#completed(journal))) continue
      }
      found.push(journal)
    }
    return found
  }

  /** Removes a complete journal, when the blocks that are to be kept are in another one. */
  async replace(journal: Journal, keep: (multihash: Uint8Array) => boolean = () => true): Promise<void> {
    const seen = new Set<string>()
    await journal.eachBlock(async records => {
      const kept = records.filter(({ multihash }) => !seen.has(keyOf(multihash)) && keep(multihash))
      for (const { multihash } of kept) seen.add(keyOf(multihash))
      await Promise.all(kept.map(({ multihash, bytes }) => this.#writer.put(multihash.slice(), bytes.slice())))
    })
    await this.#writer.flush()
    await rm(journal.path, { force: true })
    this.#known.delete(journal.path)
  }

  /** All journals that are known, in an array of their own, since others may become known meanwhile. */
  #all(): Journal[] {
    return [...this.#known.values()]
  }

  async #look(): Promise<void> {
    // A folder may be listed without a file that is made meanwhile, and without one that is removed meanwhile for it.
    for (let before: string | undefined, names = ''; names !== before;) {
      before = names
      names = await this.#lookOnce()
    }
  }

  /** Returns the names of all journals. */
  async #lookOnce(): Promise<string> {
    const before = [...this.#known.keys()]
    const paths = new Set((await this.#names()).map(name => join(this.#folder, name)))
    for (const path of before) if (!paths.has(path)) this.#known.delete(path)
    for (const path of paths) {
      const journal = this.#known.get(path) ?? new Journal(path)
      if (journal === this.#writer.journal) continue
      this.#known.set(path, journal)
      await journal.catchUp().catch(ifGone)
    }
    return [...paths].sort().join()
  }

  async #names(): Promise<string[]> {
    try {
      await requireFolder(this.#folder)
      return (await readdir(this.#folder)).filter(name => NAME.test(name))
    } catch (error) {
      ifGone(error)
      return []
    }
  }

  /** Completes journals whose writers seem to be gone, and puts small ones together. `own` shows the time. */
  async #tidy(own: Journal): Promise<void> {
    await this.look()
    const now = (await lstat(own.path)).mtimeMs
    const small: Journal[] = []
    for (const journal of this.#all()) {
      if (journal === this.#writer.journal) continue
      const found = await lstat(journal.path).catch(ifGone)
      if (found === undefined || (!journal.complete && now - found.mtimeMs < ABANDONED_MS)) continue
      if ((await this.#completed(journal)) && found.size < SMALL_BYTES) small.push(journal)
    }
    if (small.length >= MANY) for (const journal of small) await this.replace(journal)
  }

  /** Completes a journal, unless another user's process has written it. */
  async #completed(journal: Journal): Promise<boolean> {
    try {
      await journal.completeForWriter()
      return true
    } catch {
      return false
    }
  }
}
