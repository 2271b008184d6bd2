/** Files that were asked for: there whole, or as they were before. */
import { access, constants, lstat, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'

/** A file that is being written. Exactly one of `keep` and `drop` ends it. */
export interface Draft {
  readonly file: FileHandle
  /** Puts what was written in its place. */
  keep(): Promise<void>
  /** Leaves the place as it was. */
  drop(): Promise<void>
}

/**
 * Begins a file beside its place. What is no plain file, such as /dev/stdout, is written to at once, and so is a file in a folder
 * that takes no other. Throws the errors of the file system.
 */
export async function draftOf(path: string): Promise<Draft> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) await access(path, constants.W_OK)
  const isPlain = found === undefined ? (await lstat(path).catch(() => undefined)) === undefined : found.isFile()
  if (!isPlain) return inPlace(path)
  const place = found === undefined ? path : await realpath(path)
  const temporary = `${place}.${process.pid}.tmp`
  let file: FileHandle
  try {
    file = await open(temporary, 'wx', found?.mode)
  } catch (error) {
    if (found === undefined) throw error
    return inPlace(path)
  }
  return {
    file,
    async keep() {
      await file.close()
      await rename(temporary, place)
    },
    async drop() {
      await file.close()
      await rm(temporary, { force: true })
    },
  }
}

async function inPlace(path: string): Promise<Draft> {
  const file = await open(path, 'w')
  return { file, keep: () => file.close(), drop: () => file.close() }
}
