/** The floors of the house (ARCHITECTURE.md): what may import what, and where the world outside may be looked at. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

const FLOORS: readonly (readonly string[])[] = [
  ['interface.ts', 'interface-profile.ts', 'base'],
  ['wasm', 'profile', 'host', 'content', 'task', 'receipt', 'envelope'],
  ['admission', 'instrument', 'abi', 'engine', 'diagnosis', 'gateway'],
  ['executor', 'verifier', 'words'],
  ['workflow'],
  ['farm'],
  ['cli'],
]

/** Not folders, but doors: they re-export what is below the command line. */
const DOORS = ['index.ts', 'node.ts', 'words.ts', 'farm.ts']

/** Imports that stay on their floor. Where files are named, only those. */
const SIDEWAYS: Readonly<Record<string, readonly string[]>> = {
  base: ['interface.ts', 'interface-profile.ts'],
  instrument: ['admission'],
  engine: ['admission', 'instrument', 'abi'],
  profile: ['host/wasi/grants.ts'],
  envelope: [
    'content/atomic-write.ts',
    'content/block.ts',
    'receipt/receipt.ts',
    'task/task.ts',
    'task/forms/read.ts',
    'task/forms/translate.ts',
  ],
  verifier: ['executor/conclude.ts', 'executor/profiles.ts', 'executor/resolve.ts'],
}

/** The files that may use what only Node has. */
const NODE_FILES = [
  'content/atomic-write.ts',
  'content/block-files.ts',
  'content/folders.ts',
  'content/fs-store.ts',
  'content/journal/journal.ts',
  'content/journal/journals.ts',
  'content/journal/record.ts',
  'content/journal/scan.ts',
  'content/journal/writer.ts',
  'content/pins.ts',
  'content/private-entries.ts',
  'content/private-folder.ts',
  'content/store-folder.ts',
  'engine/child.ts',
  'engine/maker.ts',
  'engine/plug-and-play.ts',
  'engine/process-seat.ts',
  'engine/processes.ts',
  'engine/switches.ts',
  'engine/thread-seat.ts',
  'engine/worker.ts',
  'envelope/key-file.ts',
  'envelope/private-file.ts',
  'farm/fs-ledger.ts',
  'gateway/serve.ts',
]

interface Source {
  readonly path: string
  /** Without comments, regular expressions and strings. */
  readonly code: string
  readonly imports: readonly string[]
  /** The imports that are not of types alone. */
  readonly loads: readonly string[]
}

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.ts'))
  .map(file => read(file.replaceAll('\\', '/')))
const paths = new Set(sources.map(source => source.path))

function read(path: string): Source {
  const text = readFileSync(join(SRC, path), 'utf8')
  const bare = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/[^\n]*/g, '')
  const imports = importsOf(bare)
  const loads = importsOf(bare.replaceAll(/^(?:import|export) type\b[^'"]*?from\s*['"][^'"]+['"]/gm, ''))
  const withoutRegExps = bare.replaceAll(
    /(?<=[(,=:[!&|?]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/[\\\n])+\/[dgimsuvy]*/g,
    '',
  )
  return { path, imports, loads, code: withoutRegExps.replaceAll(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''") }
}

function importsOf(code: string): string[] {
  return [
    ...code.matchAll(/^(?:import|export)\b[^'"]*?from\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/^import\s*['"]([^'"]+)['"]/gm),
    ...code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g),
  ].map(match => match[1]!)
}

/** Files of ours that a file imports, from src. `names` are some of its imports. */
function inner({ path, imports }: Source, names = imports): string[] {
  return names
    .filter(name => name.startsWith('.'))
    .map(name => relative(SRC, join(SRC, dirname(path), name)).replaceAll('\\', '/'))
}

const unitOf = (path: string): string => path.split('/')[0]!
const floorOf = (unit: string): number => FLOORS.findIndex(units => units.includes(unit))

function allowed(from: string, to: string): boolean {
  const [unit, target] = [unitOf(from), unitOf(to)]
  if (unit === target) return true
  if (DOORS.includes(unit)) return floorOf(target) >= 0 && target !== 'cli'
  if (DOORS.includes(target)) return unit === 'cli'
  if (floorOf(target) < floorOf(unit)) return floorOf(target) >= 0
  return (SIDEWAYS[unit] ?? []).some(name => name === target || name === to)
}

/** The first cycle that is met, as its files in order. */
function cycle(): string[] | undefined {
  const edges = new Map(sources.map(source => [source.path, inner(source)]))
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): string[] | undefined => {
    const at = trail.indexOf(path)
    if (at >= 0) return [...trail.slice(at), path]
    if (done.has(path)) return undefined
    for (const next of edges.get(path) ?? []) {
      const found = walk(next, [...trail, path])
      if (found !== undefined) return found
    }
    done.add(path)
    return undefined
  }
  for (const { path } of sources) {
    const found = walk(path, [])
    if (found !== undefined) return found
  }
  return undefined
}

describe('floors', () => {
  test('every folder and file of src has a floor', () => {
    expect(
      [...new Set(sources.map(({ path }) => unitOf(path)))].filter(unit => floorOf(unit) < 0 && !DOORS.includes(unit)),
    ).toEqual([])
    expect(sources.length).toBeGreaterThan(60)
  })

  test('imported files exist', () => {
    expect(
      sources.flatMap(source =>
        inner(source)
          .filter(path => !paths.has(path))
          .map(path => `${source.path} → ${path}`),
      ),
    ).toEqual([])
  })

  test('a folder imports from lower floors only', () => {
    expect(
      sources.flatMap(source =>
        inner(source)
          .filter(path => !allowed(source.path, path))
          .map(path => `${source.path} → ${path}`),
      ),
    ).toEqual([])
  })

  test('there is no cycle', () => expect(cycle()).toBeUndefined())

  test('the vocabulary imports no file of ours', () => {
    const vocabulary = sources.filter(({ path }) => path.startsWith('interface'))
    expect(vocabulary.map(source => inner(source))).toEqual([[], []])
  })

  test.each([
    ['abi/core.ts', 'engine/engine.ts'],
    ['wasm/code.ts', 'task/task.ts'],
    ['verifier/verifier.ts', 'executor/executor.ts'],
    ['content/car.ts', 'index.ts'],
    ['engine/engine.ts', 'cli/main.ts'],
    ['base/fault.ts', 'wasm/types.ts'],
    ['index.ts', 'cli/main.ts'],
    ['gateway/gateway.ts', 'executor/executor.ts'],
    ['host/log.ts', 'engine/machine.ts'],
    ['profile/check.ts', 'host/registry.ts'],
    ['executor/executor.ts', 'workflow/run.ts'],
    ['task/task.ts', 'workflow/document.ts'],
  ])('%s may not import %s', (from, to) => expect(allowed(from, to)).toBe(false))

  test.each([
    ['engine/machine.ts', 'abi/guest.ts'],
    ['abi/guest.ts', 'host/host-call.ts'],
    ['cli/main.ts', 'index.ts'],
    ['verifier/verifier.ts', 'executor/conclude.ts'],
    ['index.ts', 'executor/executor.ts'],
    ['workflow/run.ts', 'executor/execution.ts'],
  ])('%s may import %s', (from, to) => expect(allowed(from, to)).toBe(true))
})

describe('effects and dependencies', () => {
  const importersOf = (matches: (name: string) => boolean): string[] =>
    sources
      .filter(({ imports }) => imports.some(matches))
      .map(({ path }) => path)
      .sort()

  test('no file imports the package binaryen, and one loads what our build takes from it', () => {
    expect(importersOf(name => name === 'binaryen')).toEqual([])
    const loading = sources.filter(({ path }) => readFileSync(join(SRC, path), 'utf8').includes("new URL('./binaryen"))
    expect(loading.map(({ path }) => path)).toEqual(['instrument/binaryen/asset.ts'])
  })

  test('few files import node modules', () => {
    expect(importersOf(name => name.startsWith('node:')).filter(path => !path.startsWith('cli/'))).toEqual(NODE_FILES)
  })

  test('a page loads no file that needs Node', () => {
    const loads = new Map(sources.map(source => [source.path, inner(source, source.loads)]))
    const reached = new Set(['index.ts', 'engine/web-worker.ts'])
    for (const path of reached) for (const next of loads.get(path)!) reached.add(next)
    expect([...reached].filter(path => NODE_FILES.includes(path))).toEqual([])
    expect(reached.size).toBeGreaterThan(100)
  })

  test('two files call fetch', () => {
    // Private methods may be called as they like.
    const fetching = sources.filter(({ code }) =>
      /(?<![#.])\bfetch\b|globalThis\.fetch/.test(code.replaceAll(/this\.#fetch/g, '')),
    )
    expect(fetching.map(({ path }) => path).filter(path => !path.startsWith('cli/'))).toEqual([
      'content/gateway.ts',
      'instrument/binaryen/asset.ts',
    ])
  })

  test('one file writes to the terminal', () => {
    const writing = sources.filter(({ code }) =>
      /\bprocess\.std(?:out|err)\b|\bconsole\b|\b\{[^}]*\bstd(?:out|err)\b[^}]*\} = process\b/.test(code),
    )
    expect(writing.map(({ path }) => path)).toEqual(['cli/terminal.ts'])
  })

  /** A process of an engine is a process. The file system of Node, Deno and Bun is reached through `process`. */
  const EXCEPT: Readonly<Record<string, readonly string[]>> = {
    process: ['engine/child.ts', 'instrument/binaryen/asset.ts'],
    // The patience of a farm decides no receipt and no judgement.
    Date: ['farm/clock.ts'],
  }

  test.each([
    ['Date', /\bDate\b/],
    ['Math.random', /\bMath\.random\b/],
    ['performance', /\bperformance\b/],
    ['process', /\bprocess\b/],
    ['environment', /\b(?:process|meta|Deno)\.env\b/],
    ['getRandomValues', /\bgetRandomValues\b/],
  ])('no %s below the command line', (name, pattern) => {
    const found = sources
      .filter(({ path, code }) => !path.startsWith('cli/') && pattern.test(code))
      .map(({ path }) => path)
    expect(found).toEqual(EXCEPT[name] ?? [])
  })
})
