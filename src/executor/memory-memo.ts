import { count, fields, givenBytes, givenText } from '../base/usage.ts'
import { Recent } from '../base/recent.ts'
import type { MemoStore } from './memo-store.ts'

/** Options of a memo in memory. */
export interface MemoryMemoOptions {
  /**
   * The greatest number of tasks whose receipts are kept, at least 1. The least recently used tasks are removed first.
   * Default: 10 000.
   */
  readonly maxEntries?: number | undefined
}

const MAX_ENTRIES = 10_000

/**
 * A memo in the memory of this process.
 *
 * @throws Fault bad-usage for options of another kind
 */
export function createMemoryMemo(options: MemoryMemoOptions = {}): Required<MemoStore> {
  const { maxEntries = MAX_ENTRIES } = fields(options, 'options')
  count(maxEntries, 'maxEntries', 1)
  const entries = new Recent<Uint8Array>(maxEntries)
  return {
    get: key => entries.get(givenText(key, 'key')),
    put: (key, bytes) => entries.set(givenText(key, 'key'), givenBytes(bytes, 'bytes'), 1),
    entries: () => [...entries.entries()],
  }
}
