/** The output of commands: answers on stdout, notes about them on stderr, and files. */
import { access, constants, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Fault } from '../base/fault.ts'
import { dim, stderr, stdout, type Piece, type Writer } from './terminal.ts'
import { UsageError } from './usage.ts'
import { draftOf } from './write-file.ts'

/** The output of one command. */
export class Output {
  readonly #answer: Writer

  /** `answer` is the stream of the answer. With `-o -` it is stderr, since the result goes to stdout. */
  constructor(answer: Writer = stdout) {
    this.#answer = answer
  }

  /** Writes a line of the answer. */
  line(...pieces: readonly Piece[]): void {
    this.#answer.line(...pieces)
  }

  /** Writes a line of the answer with a name before it. */
  field(name: string, ...pieces: readonly Piece[]): void {
    this.line(dim(name.padEnd(9)), ' ', ...pieces)
  }

  /** Writes the answer as a line of JSON. */
  json(line: string): void {
    this.#answer.json(line)
  }

  /** Writes a note on stderr. */
  note(...pieces: readonly Piece[]): void {
    stderr.line(...pieces)
  }
}

/** The path that stands for standard output. */
export const STDOUT = '-'

/** The reasons for common errors of writing a file. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'there is no such folder',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EROFS: 'you may not write there',
  ENOSPC: 'the disk is full',
}

/** Writes a file completely or not at all; `-` is standard output. Throws Fault store-failed. */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  if (path === STDOUT) return stdout.bytes(bytes)
  await orFault(path, async () => {
    const draft = await draftOf(path)
    try {
      await draft.file.writeFile(bytes)
    } catch (error) {
      await draft.drop()
      throw error
    }
    await draft.keep()
  })
}

/** Checks that a file can be written, before work is done for it. Writes nothing. Throws Fault store-failed. */
export async function expectWritable(path: string): Promise<void> {
  if (path === STDOUT) return
  await orFault(path, async () => {
    const found = await stat(path).catch(() => undefined)
    if (found?.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' })
    await access(found === undefined ? dirname(path) : path, constants.W_OK)
  })
}

async function orFault<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write()
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    throw new Fault('store-failed', `cannot write ${path}: ${REASONS[code] ?? message}`, { path }, error)
  }
}

/** The path for a binary output. Throws UsageError if there is none, or if it is stdout, which `--json` uses. */
export function requireOutput(path: string | undefined, what: string, json: boolean): string {
  if (path === undefined)
    throw new UsageError(`${what} is binary: name a file for it with -o FILE, or write it to standard output with -o -`)
  if (path === '') throw new UsageError('the name of the file to write is empty')
  if (path === STDOUT && json)
    throw new UsageError('--json takes standard output for its answer: name a file with -o FILE')
  return path
}

/**
 * Writes a file piece by piece, completely or not at all; `-` is standard output. Returns the numbers of pieces and bytes. Nothing
 * is written before the second piece is there, or the first one was the last. Throws Fault store-failed, and the errors of
 * `pieces`.
 */
export async function writePieces(
  path: string,
  pieces: AsyncGenerator<Uint8Array>,
): Promise<{ pieces: number; bytes: number }> {
  const begun = [await pieces.next(), await pieces.next()]
  const draft = path === STDOUT ? undefined : await orFault(path, () => draftOf(path))
  let count = 0
  let bytes = 0
  try {
    for (let next = begun.shift()!; next.done !== true; next = begun.shift() ?? (await pieces.next())) {
      const piece = next.value
      await (draft === undefined ? stdout.bytes(piece) : orFault(path, () => draft.file.writeFile(piece)))
      count++
      bytes += piece.length
    }
  } catch (error) {
    await draft?.drop()
    throw error
  } finally {
    await pieces.return(undefined)
  }
  if (draft !== undefined) await orFault(path, () => draft.keep())
  return { pieces: count, bytes }
}

/**
 * Throws UsageError if two of the files that a command reads and writes are the same one, so that one would overwrite the other.
 * Absent names and names of streams are ignored.
 */
export async function expectDistinct(
  read: readonly (string | undefined)[],
  written: readonly (string | undefined)[],
): Promise<void> {
  const seen = new Map<string, string>()
  const named = (paths: readonly (string | undefined)[]): string[] =>
    paths.filter(path => path !== undefined && path !== STDOUT).map(path => path!)
  for (const path of named(read)) seen.set(await placeOf(path), path)
  for (const path of named(written)) {
    const place = await placeOf(path)
    const other = seen.get(place)
    if (other !== undefined && !place.startsWith('/dev/'))
      throw new UsageError(`${path} would be overwritten: it is the file ${other}. Name another one`)
    seen.set(place, path)
  }
}

/** The real path of a file that may not exist yet. */
async function placeOf(path: string): Promise<string> {
  const real = (of: string): Promise<string | undefined> => realpath(of).catch(() => undefined)
  return (await real(path)) ?? join((await real(dirname(path))) ?? dirname(path), basename(path))
}

export { counted, grouped, isGiven } from '../words/counts.ts'
