/**
 * Results in the form in which they are committed: one file for each major version of an engine, with the latest run of
 * each suite. It only contains the size of the machine, and nothing else about it.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Results, SuiteName } from './suites.ts'

/** The results of one major version of an engine. */
export interface ResultFile {
  readonly form: 2
  readonly engine: Engine
  readonly platform: string
  readonly cpus: number
  /** The date and the version of the latest run of each suite. */
  readonly runs: { readonly [name in SuiteName]?: Run }
  readonly suites: Results
}

export interface Engine {
  readonly name: string
  /** The version in the latest run. */
  readonly version: string
}

export interface Run {
  /** The date, such as 2026-01-31. */
  readonly date: string
  readonly version: string
}

const FOLDER = new URL('results/', import.meta.url)

/** The current engine. */
export function engineOf(): Engine {
  const { bun, node } = process.versions
  return bun === undefined ? { name: 'node', version: node } : { name: 'bun', version: bun }
}

/** The results of suites that have just run in this engine. */
export function resultsOf(suites: Results): ResultFile {
  const engine = engineOf()
  const run: Run = { date: new Date().toISOString().slice(0, 10), version: engine.version }
  return {
    form: 2,
    engine,
    platform: `${process.platform} ${process.arch}`,
    cpus: availableParallelism(),
    runs: Object.fromEntries(Object.keys(suites).map(name => [name, run])),
    suites,
  }
}

/** Replaces earlier results of the same suites and engine. Returns the name of the file. */
export function keep(results: ResultFile): string {
  mkdirSync(FOLDER, { recursive: true })
  const before = readAll().find(file => fileOf(file) === fileOf(results))
  const runs = { ...before?.runs, ...results.runs }
  const suites = { ...before?.suites, ...results.suites }
  writeFileSync(new URL(fileOf(results), FOLDER), `${JSON.stringify({ ...results, runs, suites }, null, 1)}\n`)
  return fileOf(results)
}

/** All stored results: those of Node first, and older versions before newer ones. */
export function readAll(): ResultFile[] {
  mkdirSync(FOLDER, { recursive: true })
  return readdirSync(FOLDER)
    .filter(name => name.endsWith('.json'))
    .map(name => JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as ResultFile)
    .toSorted((a, b) => b.engine.name.localeCompare(a.engine.name) || major(a) - major(b))
}

/** The major version of the engine. */
export function major({ engine }: ResultFile): number {
  return Number.parseInt(engine.version)
}

function fileOf(file: ResultFile): string {
  return `${file.engine.name}${major(file)}.json`
}
