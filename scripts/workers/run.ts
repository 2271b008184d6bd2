/**
 * Tries the engine on Web Workers on hosts that run a file and have them: `npm run test:workers`. Deno and Bun are installed into
 * `.cache/engines`. Each trial of `trials.mjs` is a row of the table that this prints. If one fails, the exit code is 1.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { readerOf } from '../../test/support/streamed.ts'
import { infiniteLoop } from '../../test/support/shapes.ts'
import { program } from '../../test/support/tasks.ts'
import { npmFile, Unavailable } from '../install.ts'
import { table } from '../page.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = join(ROOT, '.cache/engines')
const TRIALS = fileURLToPath(new URL('trials.mjs', import.meta.url))
const TIMEOUT_MS = 10 * 60_000
const CHUNK = 256 * 1024

interface Host {
  readonly name: string
  readonly command: () => readonly [program: string, ...args: string[]]
}

const HOSTS: readonly Host[] = [
  {
    name: 'Deno',
    command: () => [npmFile(CACHE, 'deno', 'deno', '.bin/deno'), 'run', '--no-prompt', '--allow-read', '--allow-write', '--allow-env'], // prettier-ignore
  },
  { name: 'Bun', command: () => [npmFile(CACHE, 'bun', 'bun', '.bin/bun')] },
]

interface Report {
  readonly version: string
  /** Each trial has what it found, or the problem with which it failed. */
  readonly results: readonly {
    readonly name: string
    readonly milliseconds: number
    readonly found?: string
    readonly problem?: string
  }[]
}

async function modules(): Promise<Record<string, Uint8Array>> {
  return {
    answer: await assemble('(module (func (export "f") (result i32) (i32.const 5)))'),
    trap: await assemble('(module (func (export "f") (result i32) unreachable))'),
    loop: infiniteLoop(),
    json: program('json'),
    reader: await readerOf({ path: 'in/f', offset: 32 * CHUNK }),
  }
}

async function report({ name, command }: Host, modulesPath: string): Promise<Report> {
  const [host, ...args] = command()
  const resultsPath = join(CACHE, 'reports', `workers-${name}.json`)
  await promisify(execFile)(host, [...args, TRIALS, modulesPath, resultsPath], {
    cwd: ROOT,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  return JSON.parse(readFileSync(resultsPath, 'utf8')) as Report
}

mkdirSync(join(CACHE, 'reports'), { recursive: true })
const modulesPath = join(CACHE, 'workers-modules.json')
const encoded = Object.entries(await modules()).map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])
writeFileSync(modulesPath, JSON.stringify(Object.fromEntries(encoded)))
const rows: string[][] = []
for (const host of HOSTS) {
  try {
    const { version, results } = await report(host, modulesPath)
    for (const { name, milliseconds, found, problem } of results) {
      rows.push([`${host.name} ${version}`, name, found ?? problem!, String(milliseconds)])
      if (problem !== undefined) process.exitCode = 1
    }
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error
    rows.push([host.name, 'all', `skipped, because ${error.message}`, ''])
  }
}
console.log(table(['host', 'trial', 'holds', 'ms'], rows))
