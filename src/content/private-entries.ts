/**
 * Entries by key in a private folder. They keep what this host has computed and believes without a check, such as
 * prepared modules and receipts. Each entry is a file in a subfolder, and each version of the layout has its own
 * subfolder:
 *
 *     a line that names the kind, sha2-256 of what follows · length of the key, 4 bytes little-endian · key · bytes
 *
 * Anybody who can write into the folder decides which results this host believes. So the folder has mode 0700, and it
 * is not used if other users may access it.
 *
 * The hash detects damage: a file that was truncated or changed is removed. A file is written under a temporary name,
 * flushed, and renamed. So a crash leaves no incomplete file, and processes do not disturb each other.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sameBytes } from '../base/dag-cbor.ts'
import { sweep, writeAtomically } from './atomic-write.ts'
import { makeFolders } from './folders.ts'
import { isPrivate } from './private-folder.ts'

/** The kind of the entries in a folder, their maker, and the bound on their size. */
export interface EntriesOptions {
  /**
   * The name of the kind, in lower-case letters. It stands in the first line of each file, and is the ending of the
   * file's name.
   */
  readonly kind: string
  /** The name of the code that writes the entries. Entries of another maker are not found. */
  readonly maker: string
  /** The greatest number of bytes of all files. The least recently used files are removed first. */
  readonly maxBytes: number
}

const HASH = 32
/** The flag for opening a file only if it is not a symbolic link. Windows does not have it. */
const NO_LINKS = constants.O_NOFOLLOW ?? 0
/** The name of the subfolder. It names the version of the layout. */
const LAYOUT = 'v1'
/**
 * The files are counted again after a number of writes, since other processes also write to the folder. This number is
 * the given fraction of the number of files. So a write looks at sixteen files on average, even if there are many.
 */
const RECOUNT = 1 / 16

export class PrivateEntries {
  readonly #parent: string
  readonly #folder: string
  readonly #magic: Uint8Array
  readonly #suffix: string
  readonly #maker: string
  readonly #maxBytes: number
  /** The number of bytes of all files. It was counted once, and writes since then were added. */
  #bytes = Infinity
  /** The number of writes that remain before the files are counted again. */
  #uncounted = 0

  /** The first write creates the folder. */
  constructor(folder: string, { kind, maker, maxBytes }: EntriesOptions) {
    this.#parent = folder
    this.#folder = join(folder, LAYOUT)
    this.#magic = new TextEncoder().encode(`ipvm-wasm ${kind}\n`)
    this.#suffix = `.${kind}`
    this.#maker = maker
    this.#maxBytes = maxBytes
  }

  /**
   * Returns the bytes under a key. Returns undefined if there are none, or if they cannot be read or believed. Never
   * throws.
   */
  get(key: string): Uint8Array | undefined {
    const { full, path } = this.#place(key)
    try {
      if (!this.#isPrivate()) return undefined
      const found = this.#open(path, full)
      // `#open` returns undefined if the file is damaged.
      if (found === undefined) unlinkSync(path)
      return found
    } catch {
      return undefined
    }
  }

  /**
   * Keeps bytes under a key. Keeps nothing if the disk is full or read-only, or if the folder is not private. Never
   * rejects.
   */
  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { full, path } = this.#place(key)
    const entry = this.#entryOf(full, bytes)
    if (entry.length > this.#maxBytes) return
    try {
      makeFolders(this.#parent, 0o700)
      // If the folder belongs to another user, or is a symbolic link to such a folder, nothing is created in it.
      if (!isPrivate(this.#parent)) return
      makeFolders(this.#folder, 0o700)
      if (!this.#isPrivate()) return
      const written = await writeAtomically(path, entry)
      this.#bytes += entry.length
      if (this.#bytes <= this.#maxBytes && this.#uncounted-- > 0) return
      await sweep(this.#folder, written)
      await this.#evict()
    } catch {
      // An entry that is not kept costs time only: it is computed again.
    }
  }

  /**
   * Yields all entries of this maker, in no particular order. Files that cannot be read or believed are left out.
   * Unlike `get`, this does not mark the entries as used. Never throws.
   */
  async *entries(): AsyncGenerator<readonly [key: string, bytes: Uint8Array]> {
    const maker = `${this.#maker} `
    for (const name of await this.#names().catch(() => [])) {
      const found = this.#peek(join(this.#folder, name))
      const full = found && new TextDecoder().decode(found.key)
      if (full?.startsWith(maker) === true) yield [full.slice(maker.length), found!.bytes]
    }
  }

  #isPrivate(): boolean {
    return isPrivate(this.#parent) && isPrivate(this.#folder)
  }

  #place(key: string): { readonly full: Uint8Array; readonly path: string } {
    const full = new TextEncoder().encode(`${this.#maker} ${key}`)
    return { full, path: join(this.#folder, createHash('sha256').update(full).digest('hex') + this.#suffix) }
  }

  /** Counts the files. Then removes the least recently used ones until the others are within the bound. */
  async #evict(): Promise<void> {
    const entries: { readonly path: string; readonly size: number; readonly used: number }[] = []
    for (const name of await this.#names()) {
      const path = join(this.#folder, name)
      // Another process may have removed the file.
      const found = await lstat(path).catch(() => undefined)
      // Reading an entry sets the time of its file.
      if (found !== undefined) entries.push({ path, size: found.size, used: found.mtimeMs })
    }
    let total = entries.reduce((sum, { size }) => sum + size, 0)
    for (const { path, size } of entries.sort((a, b) => a.used - b.used)) {
      if (total <= this.#maxBytes) break
      await rm(path, { force: true })
      total -= size
    }
    this.#bytes = total
    this.#uncounted = Math.floor(entries.length * RECOUNT)
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#folder)).filter(name => name.endsWith(this.#suffix))
  }

  #entryOf(key: Uint8Array, bytes: Uint8Array): Uint8Array {
    const start = this.#magic.length + HASH
    const entry = new Uint8Array(start + 4 + key.length + bytes.length)
    entry.set(this.#magic)
    new DataView(entry.buffer).setUint32(start, key.length, true)
    entry.set(key, start + 4)
    entry.set(bytes, start + 4 + key.length)
    entry.set(hashOf(entry.subarray(start)), this.#magic.length)
    return entry
  }

  /**
   * Returns the bytes that a file holds for a key. Returns undefined if the file is not an entry for that key. Throws
   * errors of reading.
   */
  #open(path: string, key: Uint8Array): Uint8Array | undefined {
    const file = openSync(path, constants.O_RDWR | NO_LINKS)
    try {
      const found = this.#read(file)
      if (found === undefined || !sameBytes(found.key, key)) return undefined
      // Writing one byte again sets the file's time of modification to the present time of the file system.
      writeSync(file, this.#magic, 0, 1, 0)
      return found.bytes
    } finally {
      closeSync(file)
    }
  }

  /** Returns the key and the bytes of a file. Returns undefined if the file is not an entry or cannot be read. */
  #peek(path: string): Entry | undefined {
    try {
      if (!this.#isPrivate()) return undefined
      const file = openSync(path, constants.O_RDONLY | NO_LINKS)
      try {
        return this.#read(file)
      } finally {
        closeSync(file)
      }
    } catch {
      return undefined
    }
  }

  #read(file: number): Entry | undefined {
    if (fstatSync(file).size > this.#maxBytes) return undefined
    const entry = readFileSync(file)
    const start = this.#magic.length + HASH
    if (entry.length < start + 4 || !sameBytes(entry.subarray(0, this.#magic.length), this.#magic)) return undefined
    if (!sameBytes(entry.subarray(this.#magic.length, start), hashOf(entry.subarray(start)))) return undefined
    const from = start + 4 + entry.readUInt32LE(start)
    if (from > entry.length) return undefined
    const part = (begin: number, end: number): Uint8Array =>
      new Uint8Array(entry.buffer, entry.byteOffset + begin, end - begin)
    return { key: part(start + 4, from), bytes: part(from, entry.length) }
  }
}

interface Entry {
  readonly key: Uint8Array
  readonly bytes: Uint8Array
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
