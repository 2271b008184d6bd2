/** Where things are written: what was asked for on stdout, what is said about it on stderr. */
import { writeFile } from 'node:fs/promises'
import { Fault } from '../base/fault.ts'
import { dim, stderr, stdout, type Piece, type Writer } from './terminal.ts'
import { UsageError } from './usage.ts'

/** What a command writes its answer with. */
export class Output {
  readonly #answer: Writer

  /** `-o -` gives stdout to the result; the rest of the answer goes to stderr then. */
  constructor(answer: Writer = stdout) {
    this.#answer = answer
  }

  /** A line of the answer. */
  line(...pieces: readonly Piece[]): void {
    this.#answer.line(...pieces)
  }

  /** A named line of the answer. */
  field(name: string, ...pieces: readonly Piece[]): void {
    this.line(dim(name.padEnd(9)), ' ', ...pieces)
  }

  /** The answer as JSON. */
  json(line: string): void {
    this.#answer.json(line)
  }

  /** A line about the answer. */
  note(...pieces: readonly Piece[]): void {
    stderr.line(...pieces)
  }
}

/** The path that stands for standard output. */
export const STDOUT = '-'

/** Writes a file that was asked for; `-` is standard output. Throws Fault store-failed. */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  if (path === STDOUT) return stdout.bytes(bytes)
  try {
    await writeFile(path, bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('store-failed', `cannot write ${path}: ${reason}`, { path }, error)
  }
}

/** Where to write `what`, which is binary. Throws UsageError if no place was given, or one that `--json` has taken. */
export function requireOutput(path: string | undefined, what: string, json: boolean): string {
  if (path === undefined)
    throw new UsageError(`${what} is binary: name a file for it with -o FILE, or write it to standard output with -o -`)
  if (path === STDOUT && json) throw new UsageError('--json takes standard output for its answer: name a file with -o FILE')
  return path
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A whole number in groups of three, in the form that `--gas` takes: `12_345_678`. */
export function grouped(number: bigint | number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, '_')
}

/** `1 byte`, `2 bytes`. */
export function counted(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`
}

/** `1 is given`, `2 are given`. */
export function isGiven(number: number): string {
  return `${number} ${number === 1 ? 'is' : 'are'} given`
}
