/** The tables for the terminal and for docs/determinism.md. */
import { table } from '../page.ts'
import type { Result } from './compare.ts'
import type { Corpus } from './format.ts'

const HEAD = [
  'engine',
  'version',
  'receipts',
  'mismatching CIDs',
  'faults',
  'seconds',
  'control: not canonical',
  'control: not as Node 20',
]

/** The table with a row for each engine. */
export function engineTable(results: readonly Result[]): string {
  return table(
    HEAD,
    results.map(({ name, skipped, figures }) => {
      if (figures === undefined) return [name, `skipped, because ${skipped}`, '', '', '', '', '', '']
      const { version, receipts, tasks, mismatches, faults, seconds, control } = figures
      const controls =
        control === undefined
          ? ['', '']
          : [`${control.notCanonical} of ${control.tasks}`, `${control.notReference} of ${control.tasks}`]
      return [
        name,
        version,
        `${receipts} of ${tasks}`,
        String(mismatches),
        String(faults),
        seconds.toFixed(0),
        ...controls,
      ]
    }),
  )
}

/** The table with a row for each group of tasks. */
export function corpusTable({ modules, tasks }: Corpus): string {
  const counts = new Map<string, number>()
  for (const { group } of tasks) counts.set(group, (counts.get(group) ?? 0) + 1)
  const rows = [...counts].map(([group, count]) => [group, String(count)])
  return table(['tasks', 'count'], [...rows, [`all, on ${modules.length} modules`, String(tasks.length)]])
}
