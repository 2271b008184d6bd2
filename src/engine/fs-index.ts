/** The private index in a folder (src/content/private-entries.ts). */
import { badUsage, count, fields, givenBytes, givenText } from '../base/usage.ts'
import { PrivateEntries } from '../content/private-entries.ts'
import { makerName } from './maker.ts'
import type { PreparedIndex } from './prepared-index.ts'

/** Options of a private index in a folder. */
export interface FsIndexOptions {
  /** The greatest number of bytes of all entries. The least recently used are removed first. Default 512 MiB. */
  readonly maxBytes?: number | undefined
  /** Names the code that prepares modules. Entries of another maker are not found. Default: a hash of the installed code. */
  readonly maker?: string | undefined
}

const MAX_BYTES = 512 * 1024 * 1024

/**
 * An index in a folder, which is created by the first write. The index stays empty if the folder cannot be written or is not
 * private, or if the maker is unknown, as in a bundle.
 */
export function createFsIndex(folder: string, options: FsIndexOptions = {}): PreparedIndex {
  givenText(folder, 'folder')
  const { maxBytes = MAX_BYTES, maker = makerName() } = fields(options, 'options')
  count(maxBytes, 'maxBytes')
  if (maker === undefined) return { get: () => undefined, put: () => {} }
  const entries = new PrivateEntries(folder, { kind: 'prepared', maker, maxBytes })
  return {
    get: key => entries.get(text(key)),
    put: (key, bytes) => entries.put(text(key), givenBytes(bytes, 'bytes')),
  }
}

function text(key: string): string {
  if (typeof key !== 'string') throw badUsage('key', 'text', key)
  return key
}
