import { count, fields, givenBytes, givenText } from '../base/usage.ts'
import { PrivateEntries } from '../content/private-entries.ts'
import { MAKES_RECEIPTS, makerName } from '../engine/maker.ts'
import type { MemoStore } from './memo-store.ts'

/** Options of a memo in a folder. */
export interface FsMemoOptions {
  /**
   * The greatest number of bytes of all entries. The least recently used entries are removed first. Default: 64 MiB.
   */
  readonly maxBytes?: number | undefined
  /**
   * The name of the code that runs tasks. Entries of another maker are not found. Default: a hash of the installed code
   * of this package. If you use host functions of your own, include their version.
   */
  readonly maker?: string | undefined
}

const MAX_BYTES = 64 * 1024 * 1024

/**
 * A memo in a folder, for executors of this process and of later ones. The first write creates the folder with mode
 * 0700. Anybody who can write there decides the answers of executors. So the folder is not used if other users may
 * access it. A damaged entry is ignored and removed.
 *
 * The memo stays empty if the folder cannot be written or is not private. It also stays empty if the maker is unknown,
 * as in a bundle.
 *
 * @throws Fault bad-usage for arguments of another kind
 */
export function createFsMemo(folder: string, options: FsMemoOptions = {}): Required<MemoStore> {
  givenText(folder, 'folder')
  const { maxBytes = MAX_BYTES, maker } = fields(options, 'options')
  count(maxBytes, 'maxBytes')
  if (maker !== undefined) givenText(maker, 'maker')
  const name = maker ?? makerName(MAKES_RECEIPTS)
  if (name === undefined) return { get: () => undefined, put: () => {}, entries: () => [] }
  const entries = new PrivateEntries(folder, { kind: 'receipts', maker: name, maxBytes })
  return {
    get: key => entries.get(givenText(key, 'key')),
    put: (key, bytes) => entries.put(givenText(key, 'key'), givenBytes(bytes, 'bytes')),
    entries: () => entries.entries(),
  }
}
