/** Files that are there whole or not at all, whatever interrupts the writer, and however many writers there are. */
import { open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from '../base/realms.ts'

const TEMPORARY = '.tmp'
/** Age at which a temporary file is taken to be left over from a write that was interrupted: one hour. */
const STALE_MS = 60 * 60 * 1000

/**
 * Puts a whole file in its place or nothing: written to a temporary file beside it, flushed, and renamed. Returns when it
 * was written by the file system's clock, in ms. Throws the errors of the file system.
 */
export async function writeAtomically(path: string, bytes: Uint8Array): Promise<number> {
  const { handle, temporary } = await openTemporary(path)
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
    return written
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

/** Opens a file of its own for each writer: making it fails if it is there, so the next number is tried. */
async function openTemporary(path: string): Promise<{ handle: Awaited<ReturnType<typeof open>>; temporary: string }> {
  for (let number = 0; ; number++) {
    const temporary = `${path}.${number}${TEMPORARY}`
    try {
      return { handle: await open(temporary, 'wx'), temporary }
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
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
    const age = await stat(path).then(
      (found) => now - found.mtimeMs,
      () => 0,
    )
    if (age > STALE_MS) await rm(path, { force: true }).catch(() => {})
  }
}
