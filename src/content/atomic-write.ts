/** Atomic writes: a file exists completely or not at all, even if a writer is interrupted or there are several writers. */
import { constants, lstat, mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../base/realms.ts'

/** How the names of temporary files end. */
export const TEMPORARY = '.tmp'
/** Age at which a temporary file is taken to be left over from a write that was interrupted: one hour. */
const STALE_MS = 60 * 60 * 1000

/** Flags for opening a file without following links or waiting for pipes. Windows has neither flag. */
const PLAIN = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Puts a whole file in its place or nothing: written to a temporary file, flushed, and renamed; then the folder is flushed,
 * too. The temporary file is in `staging`, a folder of the same file system. Returns the time of writing by the clock of
 * the file system, in ms. `mode` is that of the file. Throws the errors of the file system.
 */
export async function writeAtomically(
  path: string,
  bytes: Uint8Array,
  staging = dirname(path),
  mode = 0o666,
): Promise<number> {
  const { handle, temporary } = await openTemporary(join(staging, basename(path)), mode)
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

/** Creates a temporary file. If another writer has one with the same name, the next number is tried. */
async function openTemporary(path: string, mode = 0o666): Promise<{ handle: FileHandle; temporary: string }> {
  for (let number = 0; ; number++) {
    const temporary = `${path}.${number}${TEMPORARY}`
    try {
      return { handle: await open(temporary, 'wx', mode), temporary }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }
}

/** Codes of errors by which a system says that it does not flush folders, as Windows does, or not those of others. */
const NOT_FLUSHED: readonly string[] = ['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'ENOSYS', 'EBADF']

/** Flushes a folder, if the system allows that, so that the names in it survive a crash. Throws the errors of the file system. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  } catch (error) {
    if (!NOT_FLUSHED.includes(codeOf(error) ?? '')) throw error
  }
}

/** The time of a file system's clock, in milliseconds, as its files have it. Writes and removes a file in the folder. */
export async function timeOf(folder: string): Promise<number> {
  const { handle, temporary } = await openTemporary(join(folder, 'time'))
  try {
    await handle.writeFile('-')
    return (await handle.stat()).mtimeMs
  } finally {
    await handle.close()
    await rm(temporary, { force: true })
  }
}

/**
 * Removes temporary files that are so old that no writer can still own them. `now` is by the clock of the file system. It never
 * fails: a file that cannot be removed only takes space, and another writer may be removing it.
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

/** Creates a folder with a mode, if it does not exist. A link to a folder is not accepted. Throws the errors of the file system. */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  try {
    await mkdir(path, mode)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    await requireFolder(path)
    return
  }
  await syncFolder(dirname(path))
}

/** Throws ENOENT if a folder does not exist, and ENOTDIR if something else is in its place, such as a link to a folder. */
export async function requireFolder(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) return
  throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR', path })
}

/** Opens a file for reading. Throws ELOOP for a link, EISDIR for a folder, and ENOTSUP for a pipe or a device. */
export async function openFile(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | PLAIN)
  const found = await handle.stat()
  if (found.isFile()) return handle
  await handle.close()
  throw Object.assign(new Error(`${path} is no file`), { code: found.isDirectory() ? 'EISDIR' : 'ENOTSUP', path })
}
