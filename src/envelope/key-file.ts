/** Reads and writes keys in files that only their owner can read (ENV-11). */
import { open } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'
import { badUsage, givenText } from '../base/usage.ts'
import { keyFromPem, type SigningKey } from './key.ts'
import { readPrivateFile, reasonOf } from './private-file.ts'

/** The mode of a file that only its owner can read and write. */
const PRIVATE = 0o600

/**
 * Reads the key in a PEM file. On Windows, which has no such modes, the access of others is not checked.
 *
 * @throws Fault bad-key if the file cannot be read, is not a key, belongs to another user, or is open to others
 */
export async function readKeyFile(path: string): Promise<SigningKey> {
  givenText(path, 'the path')
  return orBadKey(path, 'read', async () => keyFromPem(await readPrivateFile(path)))
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
    throw refused(path, done, error instanceof Fault ? error.message : reasonOf(error), error)
  }
}

function refused(path: string, done: 'read' | 'written', reason: string, cause?: unknown): Fault {
  return new Fault('bad-key', `the key file ${path} is not ${done}: ${reason}`, { path }, cause)
}
