/** Compares the run of an engine with the reference. */
import { createHash } from 'node:crypto'
import type { Ran } from './execution.ts'
import type { Line } from './format.ts'

export interface Result {
  readonly id: string
  readonly name: string
  /** The reason for which it did not run. There are no figures then. */
  readonly skipped?: string
  readonly figures?: Figures
}

export interface Figures {
  readonly version: string
  readonly tasks: number
  readonly receipts: number
  /** The number of receipts whose CID differs from the reference. */
  readonly mismatches: number
  readonly faults: number
  readonly seconds: number
  /**
   * For the control: the number of receipts that differ from the canonical ones, and from the control of the reference.
   */
  readonly control?: { readonly tasks: number; readonly notCanonical: number; readonly notReference: number }
  /** The problems, one line each. */
  readonly problems: readonly string[]
}

export interface Expectation {
  readonly expected: readonly Line[]
  /** The names of the tasks, for problems. */
  readonly names: readonly string[]
  /** True if the engine may fault on some tasks. */
  readonly mayFault: boolean
}

const SHOWN = 5

/** Counts the results of a run, and lists its problems. A fault is not a mismatch, but only some engines may fault. */
export function figuresOf({ version, lines, seconds }: Ran, { expected, names, mayFault }: Expectation): Figures {
  const wrong = lines.filter(([index, cid]) => cid !== null && cid !== expected[index]?.[1])
  const faults = lines.filter(([, cid]) => cid === null)
  const receipts = lines.length - faults.length
  const problems = wrong
    .slice(0, SHOWN)
    .map(([index, cid]) => `${names[index]}: ${cid} where the reference has ${expected[index]?.[1]}`)
  if (lines.length < expected.length) problems.push(`it ended after ${lines.length} of ${expected.length} tasks`)
  if (receipts === 0) problems.push('it gave no receipt')
  if (!mayFault)
    problems.push(
      ...faults.slice(0, SHOWN).map(([index, , fault, message]) => `${names[index]}: fault ${fault}: ${message}`),
    )
  return {
    version,
    tasks: expected.length,
    receipts,
    mismatches: wrong.length,
    faults: faults.length,
    seconds,
    problems,
  }
}

/** The number of lines whose CID or fault differs from that of the line with the same index. */
export function differing(a: readonly Line[], b: readonly Line[]): number {
  return a.filter(([, cid], i) => cid !== b[i]?.[1]).length
}

/** One digest over all receipts, by which runs can be compared. */
export function digestOf(lines: readonly Line[]): string {
  return createHash('sha256')
    .update(lines.map(([, cid]) => `${cid}\n`).join(''))
    .digest('hex')
}
