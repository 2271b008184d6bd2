/** What commands read: files, standard input, and content by CID. */
import { readFile } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { parseCid } from '../content/cids.ts'
import { createMemoryStore } from '../content/memory-store.ts'
import { addFile } from '../content/unixfs.ts'
import { MOST_BYTES, type Context } from './context.ts'
import { UsageError } from './usage.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder: name a file',
  EACCES: 'you may not read it',
  ENOTDIR: 'there is no such file',
  ERR_FS_FILE_TOO_LARGE: 'it has more than 2 GiB',
}

/** The bytes of a file; `-` is standard input. Throws UsageError if it cannot be read. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return path === '-' ? await readStandardInput() : plain(await readFile(path))
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error))
    throw new UsageError(`cannot read ${path === '-' ? 'standard input' : path}: ${reason}`)
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  for await (const piece of process.stdin) pieces.push(piece as Buffer)
  return plain(Buffer.concat(pieces))
}

/** The same bytes as a plain array, so that they encode as any others. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/**
 * The CID that a word is, if it is one: version 0 or 1, bare or as `ipfs://CID`. A file of such a name is named by its
 * path, as `./bafy…`.
 */
export function asCid(word: string): CID | undefined {
  if (!/^(?:ipfs:\/\/)?(?:Qm[1-9A-Za-z]{44}|[bBkzfuQ][\w-]{7,})$/i.test(word)) return undefined
  try {
    return parseCid(word)
  } catch {
    return undefined
  }
}

/** A CID that has to be one. Throws UsageError. */
export function requireCid(word: string): CID {
  try {
    return parseCid(word)
  } catch (error) {
    throw error instanceof Fault ? new UsageError(error.message) : error
  }
}

export interface Target {
  readonly cid: CID
  readonly bytes: Uint8Array
  /** The file that was named, if it was not a CID. */
  readonly file: string | undefined
}

/** The content that `CID|FILE` names. A file is put into the store if `keep` says so. Throws UsageError. */
export async function readTarget(
  context: Context,
  word: string,
  { keep }: { readonly keep: boolean },
): Promise<Target> {
  const cid = asCid(word)
  if (cid !== undefined) return { cid, bytes: await context.loadFile(cid, MOST_BYTES), file: undefined }
  const bytes = await readInput(word)
  const store = keep ? context.store : createMemoryStore()
  return { cid: await addFile(store, bytes, { signal: context.signal }), bytes, file: word }
}
