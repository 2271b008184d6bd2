import { readFileSync, writeFileSync } from 'node:fs'
import type { Concern } from './list.ts'
import type { Mutant } from './mutant.ts'
import type { Verdict } from './sandbox.ts'

const PAGE = new URL('../../docs/mutants.md', import.meta.url)
const BEGIN = '<!-- generated: mutants -->'
const END = '<!-- end -->'

/** The tables of the page: each mutant, its effect, and the test that caught it. */
export function tables(concerns: readonly Concern[], verdicts: ReadonlyMap<string, Verdict>): string {
  const all = [...verdicts.values()]
  const files = new Set(concerns.flatMap(({ mutants }) => mutants.map(({ file }) => file)))
  const sections = concerns.map(({ title, mutants }) =>
    [
      `### ${title}`,
      '',
      '| mutant | in | what it breaks | caught by |',
      '| --- | --- | --- | --- |',
      ...mutants.map(mutant => row(mutant, verdicts.get(mutant.name)!)),
    ].join('\n'),
  )
  const caught = all.filter(verdict => verdict.caught).length
  return [`${caught} of ${all.length} mutants in ${files.size} files are caught.`, ...sections].join('\n\n')
}

function row({ name, file, breaks }: Mutant, verdict: Verdict): string {
  return `| \`${name}\` | \`${file.replace(/^src\//, '')}\` | ${cell(breaks)} | ${cell(caughtBy(verdict))} |`
}

function caughtBy({ by }: Verdict): string {
  return by === undefined ? '**nobody**' : by.replace(/^test\//, '')
}

/** Escapes text for a cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
}

export function writePage(text: string): void {
  const page = readFileSync(PAGE, 'utf8')
  const [before, rest] = page.split(BEGIN)
  const after = rest?.split(END)[1]
  if (after === undefined) throw new Error('docs/mutants.md has no place for the tables')
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`)
}
