/** What an engine's run comes to against the reference, and whether that is good enough. */
import { createHash } from 'node:crypto'
import type { Ran } from './execution.ts'
import type { Line } from './format.ts'

export interface Result {
  readonly id: string
  readonly name: string
  /** Why it did not run; then there are no figures. */
  readonly skipped?: string
  readonly figures?: Figures
}

export interface Figures {
  readonly version: string
  readonly tasks: number
  readonly receipts: number
  /** Receipts whose CID is not that of the reference. */
  readonly mismatches: number
  readonly faults: number
  readonly seconds: number
  /** Of the control: receipts other than the canonical ones, and other than the reference's own control. */
  readonly control?: { readonly tasks: number; readonly notCanonical: number; readonly notReference: number }
  /** What is wrong, a line each. */
  readonly problems: readonly string[]
}

export interface Expectation {
  readonly expected: readonly Line[]
  /** Name of each task, for problems. */
  readonly names: readonly string[]
  /** Whether the engine may fault on some tasks. */
  readonly mayFault: boolean
}

const SHOWN = 5

/** Counts, and says what must not be. A fault is never a mismatch; an engine that may not fault must give every receipt. */
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

/** How many of the lines have another CID, or another outcome, than their partners. */
export function differing(a: readonly Line[], b: readonly Line[]): number {
  return a.filter(([, cid], i) => cid !== b[i]?.[1]).length
}

/** The receipts in one number, so that other runs can be compared with this one. */
export function digestOf(lines: readonly Line[]): string {
  return createHash('sha256')
    .update(lines.map(([, cid]) => `${cid}\n`).join(''))
    .digest('hex')
}
