/**
 * `npm run test:second-engine -- [modules] [seed]`: compares the metered engine with Wasmtime on generated modules. The
 * defaults are 2 000 and 1. Wasmtime is an independent engine. Its Python package, which makes NaNs canonical, is
 * installed into the cache. It prints modules, runs and disagreements. Each disagreement is shrunk and stored under
 * `wasm-fixtures/regressions/`, and the exit code is 1 then. Without Python or its package it is skipped, and the
 * reason is printed.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { pythonWith, Unavailable } from '../../scripts/install.ts'
import { recipes } from '../generate/recipe.ts'
import { Disagreement } from '../properties/agreement.ts'
import { keep } from '../properties/regressions.ts'
import { Comparison, noFigures, type Figures } from './compare.ts'
import { ForeignEngine } from './engine.ts'

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))
const WASMTIME = 'wasmtime==50.0.1'
/** The number of modules for one seed of fast-check. A disagreement ends its batch. */
const BATCH = 200
/** The number of modules for one process, since an engine becomes slower with the number of compiled modules. */
const PIECE = 1_000
/** The greatest time for shrinking a disagreement, in milliseconds. */
const SHRINKING_MS = 60_000
/** The argument of a process that runs a piece. */
const IS_PIECE = 'piece'

/** The report of a process at its end. */
interface Told {
  readonly figures: Figures
  readonly found: readonly string[]
}

// ── The whole ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function run(count: number, seed: number): Promise<number> {
  const started = Date.now()
  const python = pythonWith(CACHE, WASMTIME)
  const total = noFigures()
  const found: string[] = []
  const cores = availableParallelism()
  const size = Math.min(PIECE, BATCH * Math.ceil(count / cores / BATCH))
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      const from = next
      next += size
      const told = await pieceElsewhere([python, Math.min(size, count - from), seed, from])
      for (const key of Object.keys(total) as (keyof Figures)[]) total[key] += told.figures[key]
      found.push(...told.found)
    }
  }
  await Promise.all(Array.from({ length: cores }, work))
  for (const line of found) console.error(line)
  const { modules, calls, runs, incomparable } = total
  console.log(`node ${process.version} and ${WASMTIME}, seed ${seed}, ${((Date.now() - started) / 1000).toFixed(0)} s:`)
  console.log(`${modules} modules, ${calls} calls, ${incomparable} of them ended for the lack of gas or stack`)
  console.log(`${runs} runs compared, ${found.length} disagreements`)
  return found.length === 0 ? 0 : 1
}

function pieceElsewhere(args: readonly (string | number)[]): Promise<Told> {
  return new Promise((resolve, reject) => {
    let told: Told | undefined
    const child = fork(fileURLToPath(import.meta.url), [IS_PIECE, ...args.map(String)])
    child.on('message', message => {
      told = message as Told
    })
    child.on('error', reject)
    child.on('exit', code =>
      told === undefined ? reject(new Error(`modules from ${args[3]} on: exit code ${code}`)) : resolve(told),
    )
  })
}

// ── A piece ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function piece(python: string, count: number, seed: number, from: number): Promise<Told> {
  const foreign = new ForeignEngine(python)
  const comparison = new Comparison(foreign)
  const found: string[] = []
  for (let done = 0; done < count; done += BATCH) {
    const batch = Math.floor((from + done) / BATCH)
    const line = await failureIn(seed * 1_000_003 + batch, Math.min(BATCH, count - done), comparison, foreign)
    if (line !== undefined) found.push(line)
  }
  foreign.end()
  return { figures: comparison.figures, found }
}

/** The smallest module of a batch on which the engines differ, and the file in which it is stored. */
async function failureIn(
  seed: number,
  numRuns: number,
  comparison: Comparison,
  foreign: ForeignEngine,
): Promise<string | undefined> {
  // Modules that are tried for shrinking do not count.
  let checks = comparison
  let last: unknown
  let shrinking: number | undefined
  const property = fc.asyncProperty(recipes(), async recipe => {
    if (shrinking !== undefined && Date.now() - shrinking > SHRINKING_MS) return
    try {
      await checks.checkRecipe(recipe)
    } catch (error) {
      checks = new Comparison(foreign)
      last = error
      shrinking ??= Date.now()
      throw error
    }
  })
  const details = await fc.check(property, { seed, numRuns })
  if (!details.failed) return undefined
  return last instanceof Disagreement ? `${keep(last.trial, last.message)}: ${last.message}` : String(last)
}

if (process.argv[2] === IS_PIECE) {
  const [python, ...numbers] = process.argv.slice(3)
  const [count, seed, from] = numbers.map(Number)
  void piece(python!, count!, seed!, from!).then(told => process.send!(told, () => process.disconnect()))
} else {
  const [count, seed] = [2_000, 1].map((usual, i) => Number(process.argv[2 + i] ?? usual))
  if (!(Number.isInteger(count) && count! > 0 && Number.isInteger(seed))) {
    console.error('usage: npm run test:second-engine -- [modules] [seed]')
    process.exit(64)
  }
  // If the promise never settles, Node ends with exit code 13.
  process.exitCode = await run(count!, seed!).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
    console.log(`skipped, because ${error.message}`)
    return 0
  })
}
