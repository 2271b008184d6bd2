/** Writes files completely, or leaves them as they were before. */
import { access, constants, lstat, open, readdir, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { codeOf } from '../base/realms.ts'

/** A file that is being written. Exactly one of `keep` and `drop` ends it. */
export interface Draft {
  readonly file: FileHandle
  /** Puts the written file in its place. */
  keep(): Promise<void>
  /** Removes the written file, and leaves its place as it was. */
  drop(): Promise<void>
}

/**
 * Begins to write a file under a temporary name beside its place. Something that is no plain file, such as /dev/stdout, is written
 * directly. So is a file in a folder where no other file can be created. Throws the errors of the file system.
 */
export async function draftOf(path: string): Promise<Draft> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) await access(path, constants.W_OK)
  const isPlain = found === undefined ? (await lstat(path).catch(() => undefined)) === undefined : found.isFile()
  if (!isPlain) return inPlace(path)
  const place = found === undefined ? path : await realpath(path)
  await removeAbandoned(place)
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

/**
 * Removes the drafts of a file whose writers were killed. The number in a draft's name is that of its writer's process. One with the
 * number of this process is left over too: in a container, where few processes run, numbers come again soon.
 */
async function removeAbandoned(place: string): Promise<void> {
  const folder = dirname(place)
  for (const name of await readdir(folder).catch(() => [])) {
    if (!name.startsWith(`${basename(place)}.`)) continue
    const number = Number(/^\.(\d+)\.tmp$/.exec(name.slice(basename(place).length))?.[1] ?? NaN)
    if (number === process.pid || isGone(number)) await rm(join(folder, name), { force: true }).catch(() => {})
  }
}

/** True if there is no process of this number on this host. False for what is no number. */
function isGone(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return codeOf(error) === 'ESRCH'
  }
}
