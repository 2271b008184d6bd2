/** Reads the records of a journal file in order. */
import type { FileHandle } from 'node:fs/promises'
import { equals } from 'multiformats/bytes'
import { JOURNAL_LINE, MAX_RECORD_BYTES, nextRecord, recordAt, type Found } from './record.ts'

/** The number of bytes that are read at once. */
const WINDOW_BYTES = 1024 * 1024

/** A record with a block, and where it is. */
export interface Placed extends Found {
  readonly offset: number
}

/** How far a scan has come. */
export interface Scanned {
  /** Where the next scan goes on. */
  readonly end: number
  /** True if the record was met that ends the journal. */
  readonly ended: boolean
}

/**
 * Calls `take` with the records from an offset on, some at a time. What was interrupted while it was written ends the scan, as
 * nothing after it was answered for: of an interrupted flush, later bytes may be on the disk where earlier ones are not. But
 * bytes that are damaged though a later record says that they were flushed are skipped, so that a damaged byte costs one block.
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
  /** The offset of bytes that are no record, if there are any, and the records after them. */
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
        // The last three bytes may begin the mark of a record.
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

/** The bytes at an offset, as many as there are. */
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
