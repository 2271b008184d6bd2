/**
 * Results as they are committed: one file for each day and engine, which says nothing about the machine but its size.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Results } from './suites.ts'

export interface ResultFile {
  readonly form: 1
  readonly date: string
  readonly engine: { readonly name: string; readonly version: string }
  readonly platform: string
  readonly cpus: number
  readonly suites: Results
}

const FOLDER = new URL('results/', import.meta.url)

/** The engine at hand. */
export function engineOf(): ResultFile['engine'] {
  const { bun, node } = process.versions
  return bun === undefined ? { name: 'node', version: node } : { name: 'bun', version: bun }
}

export function resultsOf(suites: Results): ResultFile {
  return {
    form: 1,
    date: new Date().toISOString().slice(0, 10),
    engine: engineOf(),
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    suites,
  }
}

/** Writes results, together with what other suites gave on the same day and engine. Gives the file's name. */
export function keep(results: ResultFile): string {
  mkdirSync(FOLDER, { recursive: true })
  const file = `${results.date}-${results.engine.name}${results.engine.version}.json`
  const before = readAll().find(
    ({ date, engine }) =>
      date === results.date && engine.name === results.engine.name && engine.version === results.engine.version,
  )
  writeFileSync(
    new URL(file, FOLDER),
    `${JSON.stringify({ ...results, suites: { ...before?.suites, ...results.suites } }, null, 1)}\n`,
  )
  return file
}

/** All that are kept, the oldest first. */
export function readAll(): ResultFile[] {
  mkdirSync(FOLDER, { recursive: true })
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as ResultFile)
}

/** The latest result of each suite on each major version of an engine; Node first, older versions before newer ones. */
export function latest(all: readonly ResultFile[]): ResultFile[] {
  const byEngine = new Map<string, ResultFile>()
  for (const file of [...all].sort((a, b) => a.date.localeCompare(b.date))) {
    const key = `${file.engine.name} ${major(file)}`
    byEngine.set(key, { ...file, suites: { ...byEngine.get(key)?.suites, ...file.suites } })
  }
  return [...byEngine.values()].sort((a, b) => b.engine.name.localeCompare(a.engine.name) || major(a) - major(b))
}

function major({ engine }: ResultFile): number {
  return Number.parseInt(engine.version)
}
