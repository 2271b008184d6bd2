/** Files that are there whole or not at all, whatever interrupts the writer, and however many writers there are. */
import { constants, lstat, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../base/realms.ts'

const TEMPORARY = '.tmp'
/** Age at which a temporary file is taken to be left over from a write that was interrupted: one hour. */
const STALE_MS = 60 * 60 * 1000

/** Where links are not followed and pipes not waited for. Windows has neither. */
const PLAIN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Puts a whole file in its place or nothing: written to a temporary file, flushed, and renamed; then the folder is flushed,
 * too. The temporary file is in `staging`, a folder of the same file system. Returns when it was written by the file
 * system's clock, in ms. Throws the errors of the file system.
 */
export async function writeAtomically(path: string, bytes: Uint8Array, staging = dirname(path)): Promise<number> {
  const { handle, temporary } = await openTemporary(join(staging, basename(path)))
  try {
    let written
    try {
      await handle.writeFile(bytes)
      await handle.sync()
      written = (await handle.stat()).mtimeMs
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
    return written
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Opens a file of its own for each writer: making it fails if it is there, so the next number is tried. */
async function openTemporary(path: string): Promise<{ handle: FileHandle; temporary: string }> {
  for (let number = 0; ; number++) {
    const temporary = `${path}.${number}${TEMPORARY}`
    try {
      return { handle: await open(temporary, 'wx'), temporary }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** Makes the names in a folder outlast a crash, where the system lets folders be flushed. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch {
    // The file itself is flushed. At worst it is missing after a crash, which is no half file.
  }
}

/**
 * Removes temporary files of a folder that no living writer can own. `now` is by the same clock as the files. It never
 * fails: what cannot be removed takes space and does no other harm, and another writer may be sweeping as well.
 */
export async function sweep(folder: string, now: number): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.endsWith(TEMPORARY)) continue
    const path = join(folder, name)
    const age = await lstat(path).then(
      found => now - found.mtimeMs,
      () => 0,
    )
    if (age > STALE_MS) await rm(path, { force: true }).catch(() => {})
  }
}

/** Makes a folder, or finds it. A link in its place is none. Throws the errors of the file system. */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    await requireFolder(path)
    return
  }
  await syncFolder(dirname(path))
}

/** Throws ENOENT if a folder is not there, and ENOTDIR if something else is, be it a link to one. */
export async function requireFolder(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) return
  throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR', path })
}

/** Opens a file to read it. A link in its place is none (ELOOP), nor is a folder (EISDIR), a pipe or a device (ENOTSUP). */
export async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | PLAIN)
  const found = await handle.stat()
  if (found.isFile()) return handle
  await handle.close()
  throw Object.assign(new Error(`${path} is no file`), { code: found.isDirectory() ? 'EISDIR' : 'ENOTSUP', path })
}
