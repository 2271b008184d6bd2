/**
 * The journals of a store. They are files in a folder, in which small blocks stand one after the other.
 *
 * Each process writes a journal of its own, and reads all of them. If the writer of a journal has ended, another
 * process that finds the journal completes it. Small journals are merged, so that there are few files.
 */
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { requireFolder } from '../atomic-write.ts'
import { ifGone } from '../store-fault.ts'
import { Journal } from './journal.ts'
import { keyOf } from './record.ts'
import type { Placed } from './scan.ts'
import { JOURNAL, JournalWriter, type Durability } from './writer.ts'

/**
 * The time after which a journal that has not grown counts as abandoned, in milliseconds: one minute. The next process
 * that writes completes it.
 */
const ABANDONED_MS = 60_000
/**
 * The number of small journals at which they are merged. A journal is small if it is complete and has fewer than
 * `SMALL_BYTES`.
 */
const MANY = 8
const SMALL_BYTES = 1024 * 1024

/** The names of journal files. Other files in the folder are left alone. */
const NAME = new RegExp(`^[0-9a-f-]{36}\\${JOURNAL}$`)

/** Reads all journals of a folder, and writes one. All methods throw errors of the file system. */
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

  /** Puts a block. When it is on the disk, all blocks that were put earlier are there, too. */
  put(multihash: Uint8Array, bytes: Uint8Array): Promise<void> {
    return this.#writer.put(multihash, bytes)
  }

  /** Returns the bytes of a block, if one of the known journals has it. */
  async read(multihash: Uint8Array): Promise<Uint8Array | undefined> {
    for (const journal of this.#all().reverse()) {
      const bytes = await journal.read(multihash).catch(ifGone)
      if (bytes !== undefined) return bytes
    }
    return undefined
  }

  /** Returns true if one of the known journals has a block. */
  async has(multihash: Uint8Array): Promise<boolean> {
    for (const journal of this.#all().reverse()) if ((await journal.has(multihash).catch(ifGone)) === true) return true
    return false
  }

  /** Returns true if the journal that this process writes has a block. Unlike `has`, it answers at once. */
  hasWritten(multihash: Uint8Array): boolean {
    return this.#writer.journal?.hasNow(multihash) === true
  }

  /** Finds the blocks that other processes have written. It finds at least those that were written before this call. */
  look(): Promise<void> {
    // A search that has already begun may miss blocks that were written just before this call. So this call waits for
    // another search.
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

  /** Calls `take` with the blocks of all journals, several at a time. A block may occur more than once. */
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
   * Returns the journals that were last written before `time`, a time of the file system's clock in milliseconds. They
   * are completed first, even if other processes have written them. So no further blocks are put into them. With
   * `asTheyAre`, they are listed without being completed.
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

  /**
   * Removes a complete journal. First it copies the blocks for which `keep` returns true into the journal of this
   * process.
   */
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

  /** Returns all known journals. The array is a copy, since journals may be added during an iteration. */
  #all(): Journal[] {
    return [...this.#known.values()]
  }

  async #look(): Promise<void> {
    // While a folder is listed, a file may be created and another one removed that the new file replaces. The list may
    // then contain neither of them. So the journals are read again until the list is the same before and after that.
    for (let paths = await this.#list(); ;) {
      await this.#readNew(paths)
      const later = await this.#list()
      if (later.join() === paths.join()) return
      paths = later
    }
  }

  /** The paths of the journals in the folder, in order. Journals that were known before and are gone are forgotten. */
  async #list(): Promise<string[]> {
    // The writer may begin a journal while the folder is listed.
    const before = [...this.#known.keys()]
    const paths = (await this.#names()).map(name => join(this.#folder, name)).sort()
    const found = new Set(paths)
    for (const path of before) if (!found.has(path)) this.#known.delete(path)
    return paths
  }

  /** Reads the new blocks of journals. */
  async #readNew(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      const journal = this.#known.get(path) ?? new Journal(path)
      if (journal === this.#writer.journal) continue
      this.#known.set(path, journal)
      await journal.catchUp().catch(ifGone)
    }
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

  /**
   * Completes journals whose writers seem to have ended, and merges small ones. The time of the file of `own`, which
   * was just created, is the current time of the file system.
   */
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

  /** Completes a journal. Returns false if that is impossible, for example because the file belongs to another user. */
  async #completed(journal: Journal): Promise<boolean> {
    try {
      await journal.completeForWriter()
      return true
    } catch {
      return false
    }
  }
}
