/** The output of a run of the suite, and the table of docs/determinism.md. */
import { table } from '../../scripts/page.ts'
import { sum, type Tally } from './tally.ts'

type Tallies = Readonly<Record<string, Tally>>

const HEAD = ['collection', 'commands', 'admission', 'execution', 'outside the profile', 'exceptions']

/** The table with a row for each collection, and one for all. */
export function suiteTable(tallies: Tallies): string {
  const rows = Object.entries(tallies).map(([name, tally]) => [name, ...numbers([tally])])
  return table(HEAD, [...rows, ['all', ...numbers(Object.values(tallies))]])
}

function numbers(tallies: readonly Tally[]): string[] {
  const total = (of: (tally: Tally) => number): number => tallies.reduce((all, tally) => all + of(tally), 0)
  const parts = [
    total(({ admission }) => sum(admission)),
    total(({ executed }) => executed),
    total(({ outside }) => sum(outside)),
    total(({ exceptions }) => exceptions),
  ]
  return [parts.reduce((all, part) => all + part, 0), ...parts].map(String)
}

/**
 * The table, the reasons of commands outside of the profile, the codes of refused modules, and the share of each mode.
 */
export function summary(tallies: Tallies, share: { readonly own: number; readonly asked: number }): string[] {
  return [
    suiteTable(tallies),
    '',
    'outside the profile, by reason:',
    ...counted(Object.values(tallies).map(({ outside }) => outside)),
    '',
    'admission, by what it says:',
    ...counted(Object.values(tallies).map(({ admission }) => admission)),
    '',
    `runs in one mode: ${share.own} told their outcome themselves, ${share.asked} left it to the next mode`,
  ]
}

function counted(all: readonly Readonly<Record<string, number>>[]): string[] {
  const counts = new Map<string, number>()
  for (const [key, count] of all.flatMap(part => Object.entries(part))) counts.set(key, (counts.get(key) ?? 0) + count)
  return [...counts].sort((a, b) => b[1] - a[1]).map(([key, count]) => `${String(count).padStart(7)}  ${key}`)
}
