/** Counts the results of the commands of a collection. */
import type { Checked } from './check.ts'
import { exceptionOf } from './exceptions.ts'

/** The counts of one collection. Each command is in one of the first three. */
export interface Tally {
  /** Commands on which admission and the suite agree, by the code: `admitted`, `invalid`, `malformed`, and `feature` or `limit` for `invalid` or `malformed`. */
  admission: Record<string, number>
  /** Commands that ran in all modes with the expected results. */
  executed: number
  /** Commands that the profile does not cover, by reason. */
  outside: Record<string, number>
  /** Commands in the list of exceptions. */
  exceptions: number
}

export function newTally(): Tally {
  return { admission: {}, executed: 0, outside: {}, exceptions: 0 }
}

/** A command without agreement, as `script:line`. */
export interface Note {
  readonly name: string
  readonly what: string
}

/** Adds the results of a script. Returns the commands outside of the profile, the exceptions, and other differences. */
export function addScript(
  tally: Tally,
  script: string,
  { verdicts }: Checked,
): { readonly outside: Note[]; readonly exceptions: string[]; readonly differing: Note[] } {
  const notes = { outside: [] as Note[], exceptions: [] as string[], differing: [] as Note[] }
  for (const verdict of verdicts) {
    const name = `${script}:${verdict.line}`
    if (verdict.kind === 'agreed') {
      if (verdict.how === 'executed') tally.executed++
      else count(tally.admission, verdict.how)
    } else if (verdict.kind === 'outside') {
      count(tally.outside, verdict.why)
      notes.outside.push({ name, what: verdict.why })
    } else if (exceptionOf(script, verdict.line, verdict.what) !== undefined) {
      tally.exceptions++
      notes.exceptions.push(name)
    } else notes.differing.push({ name, what: `${verdict.type}: ${verdict.what}` })
  }
  return notes
}

function count(counts: Record<string, number>, key: string): void {
  counts[key] = (counts[key] ?? 0) + 1
}

export function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, n) => total + n, 0)
}

/** The counts with sorted keys, so that equal counts have the same text. */
export function sorted(tally: Tally): Tally {
  const inOrder = (counts: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { ...tally, admission: inOrder(tally.admission), outside: inOrder(tally.outside) }
}
