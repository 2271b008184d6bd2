/** Reads and writes keys in files that only their owner can read (ENV-11). */
import { open } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { Fault } from '../base/fault.ts'
import { codeOf, messageOf } from '../base/realms.ts'
import { badUsage, givenText } from '../base/usage.ts'
import { openFile } from '../content/atomic-write.ts'
import { keyFromPem, type SigningKey } from './key.ts'

/** The mode of a file that only its owner can read and write. */
const PRIVATE = 0o600

/** The greatest size of a file that is read as a key. The file of a key has less than 200 bytes. */
const MAX_KEY_FILE = 4_096

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
 * Reads the key in a PEM file. On Windows, which has no such modes, the access of others is not checked.
 *
 * @throws Fault bad-key if the file cannot be read, is not a key, belongs to another user, or is open to others
 */
export async function readKeyFile(path: string): Promise<SigningKey> {
  givenText(path, 'the path')
  const handle = await orBadKey(path, 'read', () => openFile(path))
  try {
    const { mode, uid, size } = await handle.stat()
    const own = userInfo().uid
    if (own >= 0 && (mode & 0o077) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0')
      throw refused(
        path,
        'read',
        `others have access to it (mode ${shown}): chmod 600 it, or make a new key if they may have read it`,
      )
    }
    if (own >= 0 && uid !== own) throw refused(path, 'read', 'it belongs to another user')
    if (size > MAX_KEY_FILE)
      throw refused(path, 'read', `it has ${size} bytes, and a key has fewer than ${MAX_KEY_FILE}`)
    return await orBadKey(path, 'read', async () => keyFromPem(await handle.readFile('utf8')))
  } finally {
    await handle.close()
  }
}

/**
 * Writes a key as PEM into a new file of mode 0600. If writing fails, the file may stay empty or incomplete. Such a
 * file is not accepted as a key.
 *
 * @throws Fault bad-key if the file exists or cannot be written
 */
export async function writeKeyFile(path: string, key: SigningKey): Promise<void> {
  givenText(path, 'the path')
  if (typeof key?.toPem !== 'function') throw badUsage('the key', 'a key of generateKey or keyFromPem', key)
  await orBadKey(path, 'written', async () => {
    const handle = await open(path, 'wx', PRIVATE)
    try {
      await handle.writeFile(key.toPem())
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
}

async function orBadKey<T>(path: string, done: 'read' | 'written', work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const reason = error instanceof Fault ? error.message : (REASONS[codeOf(error) ?? ''] ?? messageOf(error))
    throw refused(path, done, reason, error)
  }
}

function refused(path: string, done: 'read' | 'written', reason: string, cause?: unknown): Fault {
  return new Fault('bad-key', `the key file ${path} is not ${done}: ${reason}`, { path }, cause)
}
