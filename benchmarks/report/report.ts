/** Writes BENCHMARKS.md and its plots from the latest stored results. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { major, readAll, type ResultFile } from '../results.ts'
import { SUITE_NAMES, SUITES, type Results, type SuiteName } from '../suites.ts'
import { columns, fixed, markdownTable } from '../suite.ts'
import { groups, mean, type ExecuteResult } from '../suites/execute.ts'
import { STRATEGIES } from '../strategies/strategies.ts'
import { judged, TARGETS } from '../targets.ts'
import { byKernel, byPolicy, byStrategy, overTasks, perGas } from './plots.ts'

/** Writes all files. Returns their names. */
export function writeReport(): string[] {
  const engines = readAll()
  const folder = new URL('../', import.meta.url)
  mkdirSync(new URL('plots/', folder), { recursive: true })
  const plots = engines.flatMap(plotsOf)
  for (const { file, svg } of plots) writeFileSync(new URL(file, folder), svg)
  writeFileSync(new URL('BENCHMARKS.md', folder), textOf(engines))
  return ['BENCHMARKS.md', ...plots.map(({ file }) => file)]
}

interface Plot {
  readonly of: SuiteName
  readonly file: string
  readonly title: string
  readonly svg: string
}

const nameOf = (file: ResultFile): string => `${titleOf(file)} ${major(file)}`

const titleOf = ({ engine }: ResultFile): string => (engine.name === 'node' ? 'Node' : 'Bun')

function plotsOf(file: ResultFile): Plot[] {
  const { execute, calibrate, memory, farm } = file.suites
  const name = nameOf(file)
  const as = (kind: string): string => `plots/${kind}-${file.engine.name}${major(file)}.svg`
  return [
    ...(execute === undefined
      ? []
      : [
          {
            of: 'execute' as const,
            file: as('by-strategy'),
            title: 'Overhead by strategy',
            svg: byStrategy(execute, name),
          },
          { of: 'execute' as const, file: as('by-kernel'), title: 'Overhead by kernel', svg: byKernel(execute, name) },
        ]),
    ...(memory === undefined
      ? []
      : [
          {
            of: 'memory' as const,
            file: as('memory'),
            title: 'Resident memory over tasks',
            svg: overTasks(memory, name),
          },
        ]),
    ...(farm === undefined
      ? []
      : [{ of: 'farm' as const, file: as('by-policy'), title: 'False receipts by policy', svg: byPolicy(farm) }]),
    ...(calibrate === undefined
      ? []
      : [
          { of: 'calibrate' as const, file: as('per-gas'), title: 'Nanoseconds per gas', svg: perGas(calibrate, name) },
        ]),
  ]
}

function textOf(engines: readonly ResultFile[]): string {
  const sections = SUITE_NAMES.flatMap(name => {
    const having = engines.filter(({ suites }) => suites[name] !== undefined)
    if (having.length === 0) return []
    return [`## ${name}`, '', `${sentence(SUITES[name].title)}`, '', ...having.flatMap(file => part(name, file))]
  })
  return [
    '# Benchmarks',
    '',
    '`npm run bench` writes this page; [README.md](README.md) says how to read it.',
    'Compare numbers within one run, not between machines.',
    '',
    markdownTable(
      ['engine', 'platform', 'CPUs'],
      engines.map(file => [nameOf(file), file.platform, file.cpus]),
    ),
    '',
    '## Targets',
    '',
    markdownTable(
      ['what', 'required', 'goal', ...engines.map(nameOf)],
      TARGETS.map(target => [
        target.what,
        bound(target.required, target.most),
        bound(target.goal, target.most),
        ...engines.map(file => judged(target, file)),
      ]),
    ),
    '',
    ...strategies(engines),
    ...sections,
  ].join('\n')
}

/** A table of the means of all strategies on all engines. */
function strategies(engines: readonly ResultFile[]): string[] {
  const having = engines.filter(({ suites }) => suites.execute !== undefined)
  if (having.length === 0) return []
  const cells = ({ kernels }: ExecuteResult, name: string): string =>
    groups(kernels)
      .map(([, members]) => fixed(mean(members, name)))
      .join(' / ')
  return [
    'Time relative to the bare module, geometric means: all kernels / integer / float and SIMD.',
    '',
    markdownTable(
      ['strategy', ...having.map(nameOf)],
      STRATEGIES.slice(1).map(({ name, title }) => [
        title,
        ...having.map(({ suites }) => cells(suites.execute!, name)),
      ]),
    ),
    '',
  ]
}

function part(name: SuiteName, file: ResultFile): string[] {
  const plots = plotsOf(file).filter(({ of }) => of === name)
  const { version, date } = file.runs[name]!
  const suite = SUITES[name] as { report(result: unknown): string }
  return [
    `### ${name} on ${nameOf(file)}`,
    '',
    `${titleOf(file)} ${version}, ${date}.`,
    '',
    ...plots.flatMap(({ title, file: path }) => [`![${title}](${path})`, '']),
    suite.report(file.suites[name as keyof Results]),
    '',
  ]
}

function sentence(words: string): string {
  return `${words[0]!.toUpperCase()}${words.slice(1)}.`
}

function bound(value: number, most = false): string {
  return `${most ? '≥' : '≤'} ${value}`
}

/** Prints the targets to a terminal. */
export function printTargets(results: ResultFile, log: (line: string) => void): void {
  log('')
  for (const target of TARGETS) {
    const found = judged(target, results)
    if (found !== '–')
      log(columns([target.what, bound(target.required, target.most), found.replaceAll('**', '')], [54, 8, 4]))
  }
}
