import { lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { BaseBlockstore } from 'blockstore-core/base'
import type { Blockstore, InputPair, Pair } from 'interface-blockstore'
import { base32 } from 'multiformats/bases/base32'
import { equals } from 'multiformats/bytes'
import { CID } from 'multiformats/cid'
import { decode } from 'multiformats/hashes/digest'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import { codeOf, messageOf } from '../base/realms.ts'
import { givenText } from '../base/usage.ts'
import type { Abortable } from '../interface.ts'
import { makeFolder, openFile, requireFolder, sweep, writeAtomically } from './atomic-write.ts'
import { makeFolders } from './folders.ts'
import { MAX_TOTAL_BYTES, blockMissing, collectBytes, concat } from './block.ts'
import { RAW, blockKey } from './cids.ts'

const BLOCK = '.block'
/** The file that states the version of the folder's layout, and its contents. A folder without it has this version. */
const VERSION_FILE = 'version'
const VERSION = 'ipvm-wasm block store, version 1\n'
/** The subfolder of temporary files. */
const STAGING = 'tmp'
/** The greatest number of bytes that are read at once. */
const PIECE_BYTES = 1024 * 1024

/** Advice for errors of file systems that a user can resolve. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or choose a store on another disk',
  EDQUOT: 'the disk quota is used up: free some space, or choose a store on another disk',
  EROFS: 'the file system is read-only: choose a store elsewhere',
  EACCES: 'access is denied: change the permissions of the folder, or choose a store elsewhere',
  EPERM: 'access is denied: change the permissions of the folder, or choose a store elsewhere',
  EIO: 'the disk reports an error: check it, and choose a store elsewhere',
  ENOTDIR: 'there is a file or a link where a folder is needed: remove it, or choose a store elsewhere',
  EEXIST: 'there is a file where a folder is needed: remove it, or choose a store elsewhere',
  EISDIR: 'there is a folder where a file is needed: remove it, or choose a store elsewhere',
  ELOOP: 'there is a link where a file is needed: remove it, or choose a store elsewhere',
  ENOTSUP: 'there is something that is no file where one is needed: remove it, or choose a store elsewhere',
  EMFILE: 'too many files are open: allow this process more',
  ENFILE: 'too many files are open: allow this system more',
}

/**
 * A block store in a folder, which is created by the first write. It implements `BlockStore` and the `Blockstore` of
 * `interface-blockstore`.
 *
 * Each block is one file. Its name is the multihash, so all CIDs of the same bytes share it. Files are spread over up to 1 024
 * subfolders, which are named by the two characters before the last one, since the first characters are the same for all
 * blocks of a hash function.
 *
 * A block is written to a temporary file, flushed, and renamed. So an interrupted write leaves no incomplete block, and
 * concurrent writers of a block do not disturb each other. The first write removes temporary files older than an hour. Blocks
 * are not verified when they are read (`getBlock` does that). Putting a block again repairs a damaged file.
 *
 * The folder may come from somebody else, so no link below it is followed, and no pipe is read. The folder itself may be a link.
 * A file in it states the version of its layout. A folder with another version is neither read nor written.
 *
 * Its methods throw Fault block-missing, store-failed (detail: `errno`, `path`), aborted, timeout.
 */
export function createFsStore(folder: string): Blockstore {
  return new FolderStore(givenText(folder, 'folder'))
}

class FolderStore extends BaseBlockstore implements Blockstore {
  readonly #folder: string
  #checked: Promise<void> | undefined
  #opened: Promise<void> | undefined
  #swept = false

  constructor(folder: string) {
    super()
    this.#folder = folder
  }

  override async put(cid: CID, input: InputPair['bytes'], options?: Abortable): Promise<CID> {
    throwIfAborted(options?.signal)
    const tooLarge = (): Fault => new Fault('too-large', `block ${cid} has more than ${MAX_TOTAL_BYTES} bytes`, { cid })
    const bytes = await collectBytes(input, { signal: options?.signal, maxBytes: MAX_TOTAL_BYTES }, tooLarge)
    const { shard, path } = this.#place(cid)
    try {
      await this.#open()
      await makeFolder(shard)
      if (await hasContent(path, bytes)) return cid
      const staging = join(this.#folder, STAGING)
      const written = await writeAtomically(path, bytes, staging)
      if (!this.#swept) await sweep(staging, written)
      this.#swept = true
    } catch (error) {
      throw storeFailed('cannot write', path, error, cid)
    }
    return cid
  }

  override async *get(cid: CID, options?: Abortable): AsyncGenerator<Uint8Array> {
    throwIfAborted(options?.signal)
    const { shard, path } = this.#place(cid)
    try {
      await this.#check()
      await requireFolder(shard)
      yield* piecesOf(path)
    } catch (error) {
      throw codeOf(error) === 'ENOENT' ? blockMissing(cid, error) : storeFailed('cannot read', path, error, cid)
    }
  }

  override async has(cid: CID, options?: Abortable): Promise<boolean> {
    throwIfAborted(options?.signal)
    const { shard, path } = this.#place(cid)
    try {
      await this.#check()
      await requireFolder(shard)
      return (await lstat(path)).isFile()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw storeFailed('cannot read', path, error, cid)
    }
  }

  override async delete(cid: CID, options?: Abortable): Promise<void> {
    throwIfAborted(options?.signal)
    const { shard, path } = this.#place(cid)
    try {
      await this.#check()
      await requireFolder(shard)
      await rm(path, { force: true })
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      throw storeFailed('cannot remove', path, error, cid)
    }
  }

  /** All blocks, in the order of the file system. Their CIDs have the codec raw, since the codec is not stored. */
  override async *getAll(options?: Abortable): AsyncGenerator<Pair> {
    await this.#check()
    for (const shard of await list(this.#folder, true)) {
      for (const name of shard.length === 2 ? await list(join(this.#folder, shard), false) : []) {
        throwIfAborted(options?.signal)
        const cid = cidOfName(name)
        if (cid !== undefined) yield { cid, bytes: this.get(cid, options) }
      }
    }
  }

  /** Checks once that the folder has this version of the layout. */
  #check(): Promise<void> {
    return (this.#checked ??= this.#readVersion().catch((error: unknown) => {
      this.#checked = undefined
      throw error
    }))
  }

  /** Creates the folder once, before the first write. */
  #open(): Promise<void> {
    return (this.#opened ??= this.#prepare().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    }))
  }

  async #readVersion(): Promise<void> {
    const path = join(this.#folder, VERSION_FILE)
    const found = await contentOf(path).catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    })
    const version = found && new TextDecoder().decode(found.subarray(0, 80))
    if (version === undefined || version === VERSION) return
    const message = `${this.#folder} is laid out in a way that this version of ipvm-wasm does not know (${JSON.stringify(version)}): use the one that made it, or choose another store`
    throw new Fault('store-failed', message, { path, version })
  }

  async #prepare(): Promise<void> {
    await this.#check()
    const staging = join(this.#folder, STAGING)
    makeFolders(this.#folder)
    await makeFolder(staging)
    const path = join(this.#folder, VERSION_FILE)
    const bytes = new TextEncoder().encode(VERSION)
    if (!(await hasContent(path, bytes))) await writeAtomically(path, bytes, staging)
  }

  #place(cid: CID): { shard: string; path: string } {
    const key = blockKey(givenCid(cid, 'cid'))
    const shard = join(this.#folder, key.slice(-3, -1))
    return { shard, path: join(shard, key + BLOCK) }
  }
}

/** True if a file exists and has exactly these bytes. */
async function hasContent(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await lstat(path)).size === bytes.length && equals(await contentOf(path), bytes)
  } catch {
    return false
  }
}

async function contentOf(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of piecesOf(path)) pieces.push(piece)
  return concat(
    pieces,
    pieces.reduce((sum, { length }) => sum + length, 0),
  )
}

async function* piecesOf(path: string): AsyncGenerator<Uint8Array> {
  const handle = await openFile(path)
  try {
    const size = Math.min(Math.max((await handle.stat()).size, 1), PIECE_BYTES)
    for (;;) {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(size), 0, size)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** The names of the subfolders of a folder, or of its files. */
async function list(folder: string, folders: boolean): Promise<string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true })
    return found.filter(entry => (folders ? entry.isDirectory() : entry.isFile())).map(({ name }) => name)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw storeFailed('cannot list', folder, error)
  }
}

function cidOfName(name: string): CID | undefined {
  if (!name.endsWith(BLOCK)) return undefined
  try {
    return CID.createV1(RAW, decode(base32.baseDecode(name.slice(0, -BLOCK.length))))
  } catch {
    return undefined
  }
}

/** Codes of errors that say that something else is in the place of a block's file or of one of its folders. */
const IN_THE_WAY: readonly string[] = ['ENOTDIR', 'EEXIST', 'EISDIR', 'ELOOP', 'ENOTSUP']

function storeFailed(doing: string, place: string, error: unknown, cid?: CID): Fault {
  if (error instanceof Fault) return error
  const errno = codeOf(error)
  const met = errno !== undefined && IN_THE_WAY.includes(errno) ? (error as NodeJS.ErrnoException).path : undefined
  const path = met ?? place
  const advice = (errno === undefined ? undefined : ADVICE[errno]) ?? messageOf(error)
  const detail = { errno, path, ...(cid === undefined ? {} : { cid }) }
  return new Fault('store-failed', `${doing} ${path}: ${advice}`, detail, error)
}
