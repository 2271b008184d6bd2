/**
 * The metered engine against the oracle on many generated modules: `npx tsx test/long/oracle.ts [--wasi] [count] [seed] [from]`,
 * 100 000 and 1 unless told, from the first one on. With `--wasi` the modules are programs that call functions of WASI, of which
 * the oracle has its own (test/oracle/wasi.ts), and 10 000 unless told. Prints how far it is, coverage and figures; shrinks each disagreement
 * and keeps it under `wasm-fixtures/regressions/`; fails if there is one. The same seed gives the same modules, whatever the
 * count, so that a run can begin in the middle.
 *
 * It goes in pieces, a process for each and as many at once as there are cores: an engine takes longer for a module the more
 * of them it has compiled.
 */
import { fork } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { Coverage, type Counted } from '../generate/coverage.ts'
import { recipes, type Recipe } from '../generate/recipe.ts'
import { Agreement, Disagreement, mergeTally, newTally, type Tally } from '../properties/agreement.ts'
import { keep } from '../properties/regressions.ts'
import type { Subject } from '../properties/seen.ts'

/** Modules of one seed of fast-check's; a disagreement ends its batch, and the next one begins. */
const BATCH = 200
/** Modules of one process, at most. */
const PIECE = 1_000
/** The argument by which a process knows that it runs a piece. */
const IS_PIECE = '--piece'
/** The argument that asks for programs. */
const WASI = '--wasi'
/** Disagreements after which there is no use in going on. */
const MOST = 10

/** What a process tells at its end. */
interface Told {
  readonly tally: Omit<Tally, 'outcomes'> & {
    readonly outcomes: readonly (readonly [outcome: string, count: number])[]
  }
  readonly covered: Counted
  readonly found: number
}

// ── The whole ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function run(count: number, seed: number, from: number): Promise<number> {
  const started = Date.now()
  const tally = newTally()
  const coverage = new Coverage()
  let found = 0
  let next = 0
  const cores = availableParallelism()
  const size = Math.min(PIECE, BATCH * Math.ceil(count / cores / BATCH))
  const work = async (): Promise<void> => {
    while (next < count && found < MOST) {
      const begin = next
      next += size
      const told = await pieceElsewhere(Math.min(size, count - begin), seed, from + begin)
      mergeTally(tally, { ...told.tally, outcomes: new Map(told.tally.outcomes) })
      coverage.merge(told.covered)
      found += told.found
      const { modules, calls, runs, bare } = tally
      console.log(
        `${modules} modules, ${calls} calls, ${runs} metered runs, ${bare} bare runs, ${found} disagreements, ${seconds(started)} s`,
      )
    }
  }
  await Promise.all(Array.from({ length: cores }, work))
  const { outcomes, ...figures } = tally
  console.log(`node ${process.version}, seed ${seed}, from ${from}, ${seconds(started)} s:`, figures)
  console.log('outcomes with enough gas:', Object.fromEntries([...outcomes].sort((a, b) => b[1] - a[1])))
  console.log(coverage.line)
  console.log(`${found} disagreements`)
  return found === 0 ? 0 : 1
}

function pieceElsewhere(count: number, seed: number, from: number): Promise<Told> {
  return new Promise((resolve, reject) => {
    let told: Told | undefined
    const child = fork(fileURLToPath(import.meta.url), [
      ...process.argv.slice(2).filter(isSwitch),
      IS_PIECE,
      ...[count, seed, from].map(String),
    ])
    child.on('message', message => {
      told = message as Told
    })
    child.on('error', reject)
    child.on('exit', code =>
      told === undefined ? reject(new Error(`modules from ${from} on: exit code ${code}`)) : resolve(told),
    )
  })
}

// ── A piece ─────────────────────────────────────────────────────────────────────────────────────────────────────────

async function piece(count: number, seed: number, from: number): Promise<Told> {
  const agreement = new Agreement()
  const coverage = new Coverage()
  let found = 0
  for (let done = 0; done < count && found < MOST; done += BATCH) {
    const batch = Math.floor((from + done) / BATCH)
    if (await failsIn(seed * 1_000_003 + batch, Math.min(BATCH, count - done), agreement, coverage)) found++
  }
  const { outcomes, ...figures } = agreement.tally
  return { tally: { ...figures, outcomes: [...outcomes] }, covered: coverage.counted, found }
}

async function failsIn(seed: number, numRuns: number, agreement: Agreement, coverage: Coverage): Promise<boolean> {
  // What shrinking tries is not counted.
  let checks = agreement
  const property = fc.asyncProperty(recipes(), async recipe => {
    try {
      const { module } = await check(checks, recipe)
      if (checks === agreement) coverage.add(module)
    } catch (error) {
      // Shrinking may take minutes.
      if (checks === agreement) console.error(`found, and being shrunk: ${String(error)}`)
      checks = new Agreement()
      throw error
    }
  })
  const details = await fc.check(property, { seed, numRuns })
  if (!details.failed) return false
  const recipe = details.counterexample![0]
  console.error(`seed ${seed}, path ${details.counterexamplePath!.slice(0, 60)}: ${await tell(recipe)}`)
  return true
}

/** What is wrong with the smallest module that was found, and where it is kept. */
async function tell(recipe: Recipe): Promise<string> {
  try {
    await check(new Agreement(), recipe)
    return 'it is gone when tried alone'
  } catch (error) {
    if (!(error instanceof Disagreement)) return String(error)
    return `${keep(error.trial, error.message)}: ${error.message}`
  }
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0)
}

function isSwitch(argument: string): boolean {
  return argument.startsWith('--')
}

const [switches, numbers] = [true, false].map(is =>
  process.argv.slice(2).filter(argument => isSwitch(argument) === is),
) as [string[], string[]]
const args = [switches.includes(WASI) ? 10_000 : 100_000, 1, 0].map((usual, i) => Number(numbers[i] ?? usual)) as [
  count: number,
  seed: number,
  from: number,
]

function check(agreement: Agreement, recipe: Recipe): Promise<Subject> {
  return switches.includes(WASI) ? agreement.checkProgram(recipe) : agreement.checkRecipe(recipe)
}

if (switches.includes(IS_PIECE)) void piece(...args).then(told => process.send!(told))
else
  void run(...args).then(code => {
    process.exitCode = code
  })
