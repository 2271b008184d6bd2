/** Where things are written: what was asked for on stdout, what is said about it on stderr. */
import { writeFile } from 'node:fs/promises'
import pc from 'picocolors'
import { Fault } from '../base/fault.ts'

export type Colors = ReturnType<typeof pc.createColors>

type Stream = NodeJS.WriteStream

/** Colours only on a terminal, and not where they are asked away (no-color.org). */
export function colorsOf({ isTTY }: Pick<Stream, 'isTTY'>, env: NodeJS.ProcessEnv = process.env): Colors {
  return pc.createColors(isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb')
}

/** The two streams of this process. */
export class Output {
  readonly colors = colorsOf(process.stdout)
  readonly noteColors = colorsOf(process.stderr)

  /** A line of the answer. */
  line(text = ''): void {
    process.stdout.write(`${text}\n`)
  }

  /** A named line of the answer. */
  field(name: string, text: string): void {
    this.line(`${this.colors.dim(name.padEnd(9))} ${text}`)
  }

  /** A line about the answer. */
  note(text: string): void {
    process.stderr.write(`${text}\n`)
  }

  /** Bytes as they are; returns when they are passed on. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(bytes, error => (error ? reject(error) : resolve()))
    })
  }
}

/** Writes a file that was asked for. Throws Fault store-failed. */
export async function writeOutput(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Fault('store-failed', `cannot write ${path}: ${reason}`, { path }, error)
  }
}

// ── Words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Foreign text as it can stand in a line: nothing in it moves the cursor, hides, or runs from right to left. */
export function harmless(foreign: string): string {
  return foreign.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, found => `\\u{${found.codePointAt(0)!.toString(16)}}`)
}

/** A whole number in groups of three, in the form that `--gas` takes: `12_345_678`. */
export function grouped(number: bigint | number): string {
  return String(number).replaceAll(/\B(?=(?:\d{3})+$)/g, '_')
}

/** `1 byte`, `2 bytes`. */
export function counted(number: number, what: string): string {
  return `${grouped(number)} ${what}${number === 1 ? '' : 's'}`
}
