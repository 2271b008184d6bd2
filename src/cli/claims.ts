/** The claims that words on the command line name: CIDs of receipts, CARs, and folders of CARs. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { codeOf } from '../base/realms.ts'
import { createMemoryStore } from '../content/memory-store.ts'
import type { BlockStore } from '../interface.ts'
import type { Context } from './context.ts'
import { asContent, withPieces } from './inputs.ts'
import { UsageError } from './usage.ts'

/** How the name of a CAR in a folder ends. Other files there are ignored. */
const CAR = '.car'

/** A claimed receipt, and the store that has the blocks that it links to. */
export interface Found {
  readonly claim: CID
  readonly store: BlockStore
  /** The word or the file that names it. */
  readonly from: string
}

/** A file that is no sound CAR. */
export interface Broken {
  readonly fault: Fault
  readonly from: string
}

/** True if a word names a folder, and no content. */
export async function isFolder(context: Context, word: string): Promise<boolean> {
  return (await asContent(context, word)) === undefined && (await statsOf(word))?.isDirectory() === true
}

/**
 * The claims of one word that is no folder: a CID or a path from one, or the roots of a CAR. A CAR is read into memory, within the
 * bounds of `importCar` on bytes, and `maxBlocks`. It is read once, as a stream, since a damaged CAR is dropped.
 *
 * @throws UsageError if it cannot be read, and the faults of `importCar`; bad-car if it has no roots
 */
export async function claimsOf(context: Context, word: string, maxBlocks: number): Promise<Found[]> {
  const cid = await asContent(context, word)
  if (cid !== undefined) return [{ claim: cid, store: await context.source(), from: word }]
  const { importCar } = await import('../content/car.ts')
  const archive = createMemoryStore()
  const bound = { signal: context.signal, maxBlocks }
  const { roots } = await withPieces(word, source =>
    importCar(archive, typeof source === 'function' ? source() : source, bound),
  )
  if (roots.length === 0)
    throw new Fault('bad-car', `${word} names no root: the roots of a CAR are its receipts`, { roots: 0 })
  const store = await context.source(archive)
  return roots.map(claim => ({ claim, store, from: word }))
}

/**
 * The claims of all words, one CAR after the other, so that those alone are in memory whose claims are under way. The files of a
 * folder come in the order of their names. A file that is no sound CAR is one broken claim, and ends none of the others.
 *
 * @throws UsageError if a word names nothing that can be read, or a folder without a CAR; before the first claim
 */
export async function* claimsOfAll(
  context: Context,
  words: readonly string[],
  maxBlocks: number,
): AsyncGenerator<Found | Broken, void, undefined> {
  const names: string[] = []
  for (const word of words) names.push(...(await filesOf(context, word)))
  for (const name of names) {
    let found: Found[]
    try {
      found = await claimsOf(context, name, maxBlocks)
    } catch (error) {
      if (context.signal.aborted) throw error
      yield { fault: asFault(error), from: name }
      continue
    }
    yield* found
  }
}

/** The names of what a word stands for: of a folder its CARs, in the order of their names; of all else itself. */
async function filesOf(context: Context, word: string): Promise<string[]> {
  if (!(await isFolder(context, word))) {
    if (word !== '-' && (await asContent(context, word)) === undefined && (await statsOf(word)) === undefined)
      throw new UsageError(`cannot read ${word}: there is no such file`)
    return [word]
  }
  const files = (await readdir(word)).filter(name => name.endsWith(CAR)).sort()
  if (files.length === 0) throw new UsageError(`${word} is a folder without a file that ends in ${CAR}`)
  return files.map(name => join(word, name))
}

async function statsOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw new UsageError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** The fault of a file that cannot be read, though its folder names it. */
function asFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (error instanceof UsageError) return new Fault('store-failed', error.message, {}, error)
  throw error
}
