/** Garbage collection of a store in a folder: what nothing keeps is removed. */
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

/** The time for which a block stays by default: one hour. */
export const GRACE_MS = 60 * 60 * 1000

/** What a collection keeps, and how it is watched. */
export interface GcOptions extends Abortable {
  /** CIDs that stay with all that they link to, besides the pins: a list, or a stream such as that of a memo. Default: none. */
  readonly roots?: Iterable<CID> | AsyncIterable<CID> | undefined
  /**
   * A block that was put within this time before the collection begins stays, in milliseconds. It protects what a task puts before
   * its receipt. Default: one hour.
   */
  readonly graceMs?: number | undefined
  /** True to remove nothing, and only tell what would go. */
  readonly dryRun?: boolean | undefined
  /** Is called for each block that goes, with its CID and its size in bytes. The CID has the codec raw, as in `getAll`. */
  readonly onBlock?: ((cid: CID, size: number) => void) | undefined
}

/** What a collection has removed, or would remove. */
export interface GcReport {
  /** The number of blocks that go. A block that is stored twice counts twice. */
  readonly blocks: number
  /** The number of their bytes. */
  readonly bytes: number
  /** The number of different blocks that pins and roots reach. */
  readonly reached: number
}

/** The parts of a store. */
export interface Parts {
  readonly source: BlockSource
  readonly files: BlockFiles
  readonly journals: Journals
}

/**
 * Removes the blocks that no root reaches and that were last put before `time`, by the clock of the file system. First the
 * journals are completed that have not grown since then. So whatever is put from now on is in another journal or in a file
 * that is younger, and stays.
 */
export async function collect(
  { source, files, journals }: Parts,
  roots: AsyncIterable<CID>,
  time: number,
  { graceMs = GRACE_MS, dryRun = false, onBlock, signal }: GcOptions,
): Promise<GcReport> {
  // A block that is put again is not written again while its journal is open, which it may be for as long after the last write.
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

/** The multihashes, as keys, of the roots and of all that they link to. */
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

/** Faults that say that nobody here can follow the links of a block, or that there is no block. It has none then. */
const NO_LINKS: readonly string[] = ['block-missing', 'unsupported-hash', 'unsupported-codec', 'bad-dag', 'too-large']

/** The links of a block. Throws other faults, such as hash-mismatch: a damaged block may be put again, and needs its links then. */
async function linksFrom(source: BlockSource, cid: CID, signal: AbortSignal | undefined): Promise<CID[]> {
  try {
    return linksOf({ cid, bytes: await getBlock(source, cid, { signal }) })
  } catch (error) {
    if (error instanceof Fault && NO_LINKS.includes(error.code)) return []
    throw error
  }
}
