/**
 * Blocks that are files of their own. The name of a file is the multihash, so all CIDs of the same bytes share one
 * file.
 *
 * The files are spread over up to 1 024 subfolders. The name of a subfolder consists of the third-last and the
 * second-last character of the names of its files. The first characters would not spread them: they are the same for
 * all blocks of a hash function.
 */
import { lstat, open, readdir, rename, rm } from 'node:fs/promises'
import { constants } from 'node:fs'
import { basename, join } from 'node:path'
import { base32 } from 'multiformats/bases/base32'
import { equals } from 'multiformats/bytes'
import { CID } from 'multiformats/cid'
import { decode } from 'multiformats/hashes/digest'
import { codeOf } from '../base/realms.ts'
import { TEMPORARY, makeFolder, openFile, requireFolder, sweep, syncFolder, writeAtomically } from './atomic-write.ts'
import { concat } from './block.ts'
import { RAW, blockKey } from './cids.ts'
import { ifGone } from './store-fault.ts'

const BLOCK = '.block'
/** The greatest number of bytes of one read. */
const PIECE_BYTES = 1024 * 1024

/** The file of a block. */
export interface BlockFile {
  readonly cid: CID
  readonly path: string
}

/** Blocks in files. All methods throw errors of the file system. The error is ENOENT if there is no such block. */
export class BlockFiles {
  readonly #folder: string
  readonly #staging: string
  #swept = false

  /** `staging` is the folder of temporary files. It must be on the same file system, since files are renamed. */
  constructor(folder: string, staging: string) {
    this.#folder = folder
    this.#staging = staging
  }

  /** The path of the file of a block. */
  pathOf(cid: CID): string {
    return this.#place(cid).path
  }

  /**
   * Puts a block: writes a temporary file, flushes it, and renames it. So an interrupted write leaves no incomplete
   * block, and concurrent writers of one block do not disturb each other. A damaged file is replaced.
   *
   * The first write also removes temporary files that were left over.
   */
  async put(cid: CID, bytes: Uint8Array): Promise<void> {
    const { shard, path } = this.#place(cid)
    await makeFolder(shard)
    if ((await hasContent(path, bytes)) && (await touch(path, bytes))) {
      // Another process may have renamed the file, and not flushed the folder yet.
      await syncFolder(shard)
      if (await exists(path)) return
    }
    const written = await writeAtomically(path, bytes, this.#staging)
    if (!this.#swept) await sweep(this.#staging, written)
    this.#swept = true
  }

  async *get(cid: CID): AsyncGenerator<Uint8Array> {
    const { shard, path } = this.#place(cid)
    await requireFolder(shard)
    yield* piecesOf(path)
  }

  async has(cid: CID): Promise<boolean> {
    const { shard, path } = this.#place(cid)
    try {
      await requireFolder(shard)
      return (await lstat(path)).isFile()
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  async delete(cid: CID): Promise<void> {
    const { shard, path } = this.#place(cid)
    try {
      await requireFolder(shard)
      await rm(path, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
  }

  /**
   * Yields all blocks, in the order of the file system. The store does not know their codecs, so their CIDs have the
   * codec raw.
   */
  async *list(): AsyncGenerator<BlockFile> {
    for (const shard of await namesIn(this.#folder, true)) {
      for (const name of shard.length === 2 ? await namesIn(join(this.#folder, shard), false) : []) {
        const cid = cidOfName(name)
        if (cid !== undefined) yield { cid, path: join(this.#folder, shard, name) }
      }
    }
  }

  /**
   * Returns the size of a file that was last written before `time`. Putting a block again counts as writing. Returns
   * undefined if the file is younger, or if there is none.
   */
  async sizeBefore({ path }: BlockFile, time: number): Promise<number | undefined> {
    const found = await lstat(path).catch(ifGone)
    return found?.isFile() === true && found.mtimeMs < time ? found.size : undefined
  }

  /**
   * Removes a file that was last written before `time`. Putting a block again counts as writing. Returns false if the
   * file is younger.
   */
  async removeBefore({ path }: BlockFile, time: number): Promise<boolean> {
    const aside = join(this.#staging, `${basename(path)}.gone${TEMPORARY}`)
    try {
      await rename(path, aside)
      // A process that puts the block from now on does not find the file, and writes a new one.
      const isOld = (await lstat(aside)).mtimeMs < time
      await (isOld ? rm(aside) : rename(aside, path))
      return isOld
    } catch (error) {
      ifGone(error)
      return false
    }
  }

  #place(cid: CID): { shard: string; path: string } {
    const key = blockKey(cid)
    const shard = join(this.#folder, key.slice(-3, -1))
    return { shard, path: join(shard, key + BLOCK) }
  }
}

/** Returns true if a file exists and has exactly these bytes. */
export async function hasContent(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    return (await lstat(path)).size === bytes.length && equals(await contentOf(path), bytes)
  } catch {
    return false
  }
}

/** Reads a file. Throws errors of the file system. */
export async function contentOf(path: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for await (const piece of piecesOf(path)) pieces.push(piece)
  return concat(
    pieces,
    pieces.reduce((sum, { length }) => sum + length, 0),
  )
}

/** Sets the time of a file to now by writing its first byte again. Returns false if that fails. */
async function touch(path: string, bytes: Uint8Array): Promise<boolean> {
  try {
    const handle = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
    await handle.write(bytes, 0, 1, 0).finally(() => handle.close())
    return true
  } catch {
    return false
  }
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

/** Returns the names of the subfolders of a folder, or those of its files. */
async function namesIn(folder: string, folders: boolean): Promise<string[]> {
  try {
    const found = await readdir(folder, { withFileTypes: true })
    return found.filter(entry => (folders ? entry.isDirectory() : entry.isFile())).map(({ name }) => name)
  } catch (error) {
    ifGone(error)
    return []
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

async function exists(path: string): Promise<boolean> {
  return (await lstat(path).catch(ifGone)) !== undefined
}
