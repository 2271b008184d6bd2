/** Reads the records of a journal file in order. */
import type { FileHandle } from 'node:fs/promises'
import { equals } from 'multiformats/bytes'
import { JOURNAL_LINE, MAX_RECORD_BYTES, nextRecord, recordAt, type Found } from './record.ts'

/** The number of bytes of one read. */
const WINDOW_BYTES = 1024 * 1024

/** The record of a block, with its offset in the file. */
export interface Placed extends Found {
  readonly offset: number
}

/** The position that a scan has reached. */
export interface Scanned {
  /** The offset at which the next scan starts. */
  readonly end: number
  /** True if the scan has read the record that ends the journal. */
  readonly ended: boolean
}

/**
 * Reads the records from an offset on, and calls `take` with several of them at a time.
 *
 * Bytes that are not a valid record have one of two causes. If a write was interrupted, the scan ends there. No `put`
 * of a later block has resolved, and an interrupted flush may have written later bytes without the earlier ones.
 *
 * If a later record says that the invalid bytes were flushed, they were damaged afterwards. Then the scan skips them.
 * So a damaged byte loses one block only.
 */
export async function scan(
  handle: FileHandle,
  { from, size }: { readonly from: number; readonly size: number },
  take: (records: readonly Placed[]) => unknown,
): Promise<Scanned> {
  let at = from
  if (at === 0) {
    if (!equals(await readAt(handle, 0, JOURNAL_LINE.length), JOURNAL_LINE)) return { end: 0, ended: false }
    at = JOURNAL_LINE.length
  }
  /** The offset of the first invalid bytes whose cause is not known yet, and the records after them. */
  let damage: number | undefined
  let held: Placed[] = []
  while (at < size) {
    const window = await readAt(handle, at, Math.min(WINDOW_BYTES, size - at))
    const records: Placed[] = []
    const isLast = window.length < WINDOW_BYTES || at + window.length >= size
    let ended = false
    let i = 0
    while (i < window.length && !ended) {
      const offset = at + i
      const found = recordAt(window, i, offset)
      if (found === undefined) {
        if (!isLast && i > 0 && window.length - i < MAX_RECORD_BYTES) break
        damage ??= offset
        const next = nextRecord(window, i + 1)
        // The last three bytes may be the beginning of a record's magic.
        i = next >= 0 ? next : Math.max(i + 1, isLast ? window.length : window.length - 3)
        continue
      }
      i += found.size
      ended = found.multihash.length === 0
      if (ended) break
      if (damage !== undefined && found.flushed > damage) {
        records.push(...held)
        held = []
        damage = undefined
      }
      if (damage === undefined) records.push({ ...found, offset })
      else held.push({ ...found, offset })
    }
    if (records.length > 0) await take(records)
    if (ended || window.length === 0) return { end: damage ?? at + i, ended }
    at += i
  }
  return { end: damage ?? at, ended: false }
}

/** Reads up to `length` bytes at an offset. Returns fewer bytes if the file ends before. */
export async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
