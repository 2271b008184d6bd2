/**
 * The private index in a folder: one file for each prepared module, in a folder below it for each version of their layout.
 *
 *     the line `ipvm-wasm prepared`, sha2-256 of what follows · length of the key, 4 bytes little-endian · key · bytes
 *
 * Whoever can write into the folder decides what guests do. So the folder has mode 0700, and is not used if others may access
 * it. The hash detects damage: a file that was cut or changed is removed. A file is written under a temporary name, flushed and
 * renamed. So a crash leaves no incomplete file, and processes do not disturb each other.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs'
import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { badUsage, count, fields, givenBytes, givenText } from '../base/usage.ts'
import { sweep, writeAtomically } from '../content/atomic-write.ts'
import { makeFolders } from '../content/folders.ts'
import { isPrivate } from '../content/private-folder.ts'
import { makerName } from './maker.ts'
import type { PreparedIndex } from './prepared-index.ts'

/** Options of a private index in a folder. */
export interface FsIndexOptions {
  /** The greatest number of bytes of all entries. The least recently used are removed first. Default 512 MiB. */
  readonly maxBytes?: number | undefined
  /** Names the code that prepares modules. Entries of another maker are not found. Default: a hash of the installed code. */
  readonly maker?: string | undefined
}

const MAGIC = new TextEncoder().encode('ipvm-wasm prepared\n')
const HASH = 32
const SUFFIX = '.prepared'
/** The subfolder for this version of the layout. Other versions use other subfolders. */
const LAYOUT = 'v1'
const MAX_BYTES = 512 * 1024 * 1024

/**
 * An index in a folder, which is created by the first write. The index stays empty if the folder cannot be written or is not
 * private, or if the maker is unknown, as in a bundle.
 */
export function createFsIndex(folder: string, options: FsIndexOptions = {}): PreparedIndex {
  givenText(folder, 'folder')
  const { maxBytes = MAX_BYTES, maker = makerName() } = fields(options, 'options')
  count(maxBytes, 'maxBytes')
  return maker === undefined ? { get: () => undefined, put: () => {} } : new FolderIndex(folder, maker, maxBytes)
}

class FolderIndex implements PreparedIndex {
  readonly #parent: string
  readonly #folder: string
  readonly #maker: string
  readonly #maxBytes: number

  constructor(folder: string, maker: string, maxBytes: number) {
    this.#parent = folder
    this.#folder = join(folder, LAYOUT)
    this.#maker = maker
    this.#maxBytes = maxBytes
  }

  get(key: string): Uint8Array | undefined {
    const { full, path } = this.#place(key)
    try {
      if (!this.#isPrivate()) return undefined
      const found = openEntry(path, full, this.#maxBytes)
      // The file is damaged.
      if (found === undefined) unlinkSync(path)
      return found
    } catch {
      return undefined
    }
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    const { full, path } = this.#place(key)
    const entry = entryOf(full, givenBytes(bytes, 'bytes'))
    if (entry.length > this.#maxBytes) return
    try {
      makeFolders(this.#parent, 0o700)
      // Nothing is created in a folder of another user, or through a link to one.
      if (!isPrivate(this.#parent)) return
      makeFolders(this.#folder, 0o700)
      if (!this.#isPrivate()) return
      const written = await writeAtomically(path, entry)
      await sweep(this.#folder, written)
      await this.#evict()
    } catch {
      // If the disk is full or read-only, the module is prepared again the next time.
    }
  }

  #isPrivate(): boolean {
    return isPrivate(this.#parent) && isPrivate(this.#folder)
  }

  #place(key: string): { readonly full: Uint8Array; readonly path: string } {
    if (typeof key !== 'string') throw badUsage('key', 'text', key)
    const full = new TextEncoder().encode(`${this.#maker} ${key}`)
    return { full, path: join(this.#folder, createHash('sha256').update(full).digest('hex') + SUFFIX) }
  }

  /** Removes entries until the rest is within the bound, the least recently used first: reading an entry updates its time. */
  async #evict(): Promise<void> {
    const entries: { readonly path: string; readonly size: number; readonly used: number }[] = []
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith(SUFFIX)) continue
      const path = join(this.#folder, name)
      // Another process may have removed it.
      const found = await lstat(path).catch(() => undefined)
      if (found !== undefined) entries.push({ path, size: found.size, used: found.mtimeMs })
    }
    let total = entries.reduce((sum, { size }) => sum + size, 0)
    for (const { path, size } of entries.sort((a, b) => a.used - b.used)) {
      if (total <= this.#maxBytes) return
      await rm(path, { force: true })
      total -= size
    }
  }
}

function entryOf(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  const entry = new Uint8Array(MAGIC.length + HASH + 4 + key.length + bytes.length)
  const start = MAGIC.length + HASH
  entry.set(MAGIC)
  new DataView(entry.buffer).setUint32(start, key.length, true)
  entry.set(key, start + 4)
  entry.set(bytes, start + 4 + key.length)
  entry.set(hashOf(entry.subarray(start)), MAGIC.length)
  return entry
}

/** The bytes that a file holds for a key; undefined if it is no entry for that key. Throws errors of reading. */
function openEntry(path: string, key: Uint8Array, maxBytes: number): Uint8Array | undefined {
  const file = openSync(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
  try {
    if (fstatSync(file).size > maxBytes) return undefined
    const entry = readFileSync(file)
    const bytes = contentOf(entry, key)
    // Writing one byte again sets the file's time of modification, by the clock of the file system.
    if (bytes !== undefined) writeSync(file, MAGIC, 0, 1, 0)
    return bytes
  } finally {
    closeSync(file)
  }
}

function contentOf(entry: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const start = MAGIC.length + HASH
  if (entry.length < start + 4 + key.length) return undefined
  const words = new DataView(entry.buffer, entry.byteOffset, entry.byteLength)
  const holds = (at: number, part: Uint8Array): boolean => part.every((byte, i) => entry[at + i] === byte)
  if (!holds(0, MAGIC) || !holds(MAGIC.length, hashOf(entry.subarray(start)))) return undefined
  if (words.getUint32(start, true) !== key.length || !holds(start + 4, key)) return undefined
  return new Uint8Array(entry.buffer, entry.byteOffset + start + 4 + key.length, entry.length - start - 4 - key.length)
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
