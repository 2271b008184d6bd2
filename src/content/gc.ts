/** Garbage collection of a store in a folder: removes the blocks that nothing keeps. */
import { CID } from 'multiformats/cid'
import { decode } from 'multiformats/hashes/digest'
import { Fault, throwIfAborted } from '../base/fault.ts'
import { givenCid } from '../base/given-cid.ts'
import type { Abortable } from '../interface.ts'
import { getBlock, type BlockSource } from './block.ts'
import type { BlockFiles } from './block-files.ts'
import { RAW } from './cids.ts'
import { linksOf } from './dag.ts'
import { keyOf } from './journal/record.ts'
import type { Journals } from './journal/journals.ts'
import { IDLE_MS } from './journal/writer.ts'

/** The default of `graceMs`: one hour. */
export const GRACE_MS = 60 * 60 * 1000

/** The options of a collection. */
export interface GcOptions extends Abortable {
  /**
   * CIDs that the collection keeps besides the pins, with all blocks that they link to. They are a list or a stream,
   * such as that of `memoRoots`. Default: none.
   */
  readonly roots?: Iterable<CID> | AsyncIterable<CID> | undefined
  /**
   * Milliseconds. Blocks stay that were put within this time before the collection begins. This protects the blocks
   * that a run has put before its receipt. Default: one hour.
   */
  readonly graceMs?: number | undefined
  /** True if the collection removes nothing, and only reports the blocks that it would remove. Default: false. */
  readonly dryRun?: boolean | undefined
  /**
   * Called for each block that is removed, with its CID and its size in bytes. The codec of the CID is raw, as in
   * `getAll`.
   */
  readonly onBlock?: ((cid: CID, size: number) => void) | undefined
}

/** The numbers of blocks that a collection has removed, or would remove with `dryRun`. */
export interface GcReport {
  /** The number of removed blocks. A block that was stored twice counts twice. */
  readonly blocks: number
  /** The number of bytes of the removed blocks. */
  readonly bytes: number
  /** The number of different blocks that the pins and roots reach. */
  readonly reached: number
}

/** The parts of a store that a collection uses. */
export interface Parts {
  readonly source: BlockSource
  readonly files: BlockFiles
  readonly journals: Journals
}

/**
 * Removes the blocks that no root reaches and that were last put before `time`. The time is one of the file system's
 * clock.
 *
 * First it completes the journals that have not grown since then. So a block that is put from now on goes into another
 * journal, or into a file with a later time, and stays.
 */
export async function collect(
  { source, files, journals }: Parts,
  roots: AsyncIterable<CID>,
  time: number,
  { graceMs = GRACE_MS, dryRun = false, onBlock, signal }: GcOptions,
): Promise<GcReport> {
  // If a block is put again while its journal is open, nothing is written, and the time of the journal stays the same.
  // A journal is open for up to `IDLE_MS` after the last write. So a journal must be
  // older than `time` by this much.
  const old = await journals.before(graceMs === 0 ? time : time - IDLE_MS, { asTheyAre: dryRun })
  const reached = await reachedFrom(source, roots, signal)
  let [blocks, bytes] = [0, 0]
  const goes = (cid: CID, size: number): void => {
    blocks++
    bytes += size
    onBlock?.(cid, size)
  }
  const keep = (multihash: Uint8Array): boolean => reached.has(keyOf(multihash))
  for (const journal of old) {
    throwIfAborted(signal)
    let [kept, gone] = [0, 0]
    await journal.eachBlock(records => {
      for (const { multihash, bytes: content } of records) {
        if (keep(multihash)) kept++
        else gone++
        if (!keep(multihash)) goes(CID.createV1(RAW, decode(multihash.slice())), content.length)
      }
    })
    if (!dryRun && (gone > 0 || kept === 0)) await journals.replace(journal, keep)
  }
  for await (const file of files.list()) {
    throwIfAborted(signal)
    if (keep(file.cid.multihash.bytes)) continue
    const size = await files.sizeBefore(file, time)
    if (size !== undefined && (dryRun || (await files.removeBefore(file, time)))) goes(file.cid, size)
  }
  return { blocks, bytes, reached: reached.size }
}

/**
 * Returns the multihashes of the roots and of all blocks that they link to. The multihashes have the form of `keyOf`.
 */
async function reachedFrom(
  source: BlockSource,
  roots: AsyncIterable<CID>,
  signal: AbortSignal | undefined,
): Promise<Set<string>> {
  const reached = new Set<string>()
  const followed = new Set<string>()
  for await (const root of roots) {
    // An explicit stack instead of recursion, since a chain of blocks may be very long.
    const waiting = [givenCid(root, 'a root')]
    for (let cid = waiting.pop(); cid !== undefined; cid = waiting.pop()) {
      const key = keyOf(cid.multihash.bytes)
      reached.add(key)
      if (cid.code === RAW || followed.has(`${cid.code}/${key}`)) continue
      followed.add(`${cid.code}/${key}`)
      for (const link of await linksFrom(source, cid, signal)) waiting.push(link)
    }
  }
  return reached
}

/**
 * The codes of faults for which a block counts as one without links. Either the block is missing, or nobody here can
 * read its links.
 */
const NO_LINKS: readonly string[] = ['block-missing', 'unsupported-hash', 'unsupported-codec', 'bad-dag', 'too-large']

/**
 * Returns the links of a block. Other faults are thrown, such as hash-mismatch: if the damaged block is put again
 * later, the blocks that it links to must still be there.
 */
async function linksFrom(source: BlockSource, cid: CID, signal: AbortSignal | undefined): Promise<CID[]> {
  try {
    return linksOf({ cid, bytes: await getBlock(source, cid, { signal }) })
  } catch (error) {
    if (error instanceof Fault && NO_LINKS.includes(error.code)) return []
    throw error
  }
}
