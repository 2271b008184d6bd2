/** The inputs of commands: files, standard input, and content that is named by CIDs. */
import { open, readFile, type FileHandle } from 'node:fs/promises'
import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'
import { parseCid } from '../content/cids.ts'
import { parsePath, resolvePath } from '../content/path.ts'
import { createMemoryStore } from '../content/memory-store.ts'
import { addFile } from '../content/unixfs.ts'
import { MAX_FILE_BYTES, type Context } from './context.ts'
import { UsageError } from './usage.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder: name a file',
  EACCES: 'you may not read it',
  ENOTDIR: 'there is no such file',
  ERR_FS_FILE_TOO_LARGE: 'it has more than 2 GiB',
}

/** Reads a file; `-` is standard input. Throws UsageError if it cannot be read. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return path === '-' ? await readStandardInput() : plain(await readFile(path))
  } catch (error) {
    throw unreadable(path, error)
  }
}

function unreadable(path: string, error: unknown): UsageError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : String(error))
  return new UsageError(`cannot read ${path === '-' ? 'standard input' : path}: ${reason}`)
}

/** The number of bytes of a file that are read at once. */
const PIECE_BYTES = 1024 * 1024

/**
 * Calls `use` with the source of a file, which need not fit into memory; `-` is standard input. A plain file is passed as a
 * function that begins to read it again at each call, anything else as a stream. Throws UsageError if it cannot be opened.
 */
export async function withPieces<T>(
  path: string,
  work: (source: AsyncIterable<Uint8Array> | (() => AsyncIterable<Uint8Array>)) => Promise<T>,
): Promise<T> {
  if (path === '-') return work(process.stdin)
  let handle
  try {
    handle = await open(path)
    const stats = await handle.stat()
    if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    const file = handle
    return await work(stats.isFile() ? () => piecesOf(file, 0) : piecesOf(file, null))
  } catch (error) {
    throw handle === undefined || (error as { code?: unknown }).code === 'EISDIR' ? unreadable(path, error) : error
  } finally {
    await handle?.close()
  }
}

/** The bytes of a file in pieces, from a position on. `begin` is null for a stream, which has no positions. */
async function* piecesOf(file: FileHandle, begin: number | null): AsyncGenerator<Uint8Array> {
  for (let at = begin; ;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(PIECE_BYTES), 0, PIECE_BYTES, at)
    if (bytesRead === 0) return
    yield buffer.subarray(0, bytesRead)
    if (at !== null) at += bytesRead
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const pieces: Buffer[] = []
  for await (const piece of process.stdin) pieces.push(piece as Buffer)
  return plain(Buffer.concat(pieces))
}

/** The same bytes as a `Uint8Array` that is no `Buffer`, which encoders would treat differently. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}

/**
 * The CID that a word is; undefined if it is none. Accepted forms are versions 0 and 1, bare or as `ipfs://CID`. A file with such a
 * name can be given by its path, such as `./bafy…`.
 */
export function asCid(word: string): CID | undefined {
  if (!/^(?:ipfs:\/\/)?(?:Qm[1-9A-Za-z]{44}|[bBkzfuQ][\w-]{7,})$/i.test(word)) return undefined
  try {
    return parseCid(word)
  } catch {
    return undefined
  }
}

/**
 * The CID of the content that a word names, by a CID or a path such as `bafy…/folder/file`. Undefined if it is neither. Throws
 * faults if the path cannot be resolved.
 */
export async function asContent(context: Context, word: string): Promise<CID | undefined> {
  return isContent(word) ? contentCid(context, word) : undefined
}

/** True if a word is a CID or a path from one. */
export function isContent(word: string): boolean {
  const [first = ''] = word.replace(/^(?:ipfs:\/\/|\/ipfs\/)/i, '').split('/')
  return asCid(first) !== undefined
}

/** The CID of the content that a word names, by a CID or a path. Throws UsageError if it is neither. */
export async function contentCid(context: Context, word: string): Promise<CID> {
  try {
    const { root, names } = parsePath(word)
    if (names.length === 0) return root
  } catch (error) {
    throw error instanceof Fault ? new UsageError(error.message) : error
  }
  return resolvePath(await context.source(), word, { signal: context.signal })
}

/** Parses a CID. Throws UsageError if it is none. */
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
  /** The name of the file; undefined if the word was a CID or a path from one. */
  readonly file: string | undefined
}

/** Reads the content that `CID|CID/PATH|FILE` names. With `keep`, a file is put into the store. Throws UsageError. */
export async function readTarget(
  context: Context,
  word: string,
  { keep }: { readonly keep: boolean },
): Promise<Target> {
  const cid = await asContent(context, word)
  if (cid !== undefined) return { cid, bytes: await context.loadFile(cid, MAX_FILE_BYTES), file: undefined }
  const bytes = await readInput(word)
  const store = keep ? context.store : createMemoryStore()
  return { cid: await addFile(store, bytes, { signal: context.signal }), bytes, file: word }
}
