/** Files that only their owner can read, such as those of keys and tokens (ENV-11). */
import { userInfo } from 'node:os'
import { codeOf, messageOf } from '../base/realms.ts'
import { openFile } from '../content/atomic-write.ts'

/** The greatest size of a file that is read. Those of keys and tokens have less than a kilobyte. */
const MAX_BYTES = 4_096

/** The reasons for which a file cannot be opened, in words, by the codes of the system. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ELOOP: 'it is a link: name the file itself',
  EISDIR: 'it is a folder',
  ENOTSUP: 'it is no file',
  EACCES: 'you may not access it',
  EEXIST: 'there is a file already, and a key is never overwritten',
}

/**
 * Reads the text of a file that only its owner can access. On Windows, which has no such modes, the access of others is not
 * checked. Throws an error if it cannot be read, belongs to another user, is open to others or is too large.
 */
export async function readPrivateFile(path: string): Promise<string> {
  const handle = await openFile(path)
  try {
    const { mode, uid, size } = await handle.stat()
    const own = userInfo().uid
    if (own >= 0 && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw new Error(
        `others have access to it (mode ${shown}): chmod 600 it, or make a new one if they may have read it`,
      )
    }
    if (own >= 0 && uid !== own) throw new Error('it belongs to another user')
    if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, which is more than the ${MAX_BYTES} that are read`)
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Why a private file was not read or written, in words. */
export function reasonOf(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? messageOf(error)
}
