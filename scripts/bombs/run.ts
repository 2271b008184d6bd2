/**
 * `npm run test:bombs`: searches for modules whose preparation costs more than their price. It makes modules near each
 * limit of the profile, and near pairs of limits, and prepares each in a process of its own. It prints processor time
 * and memory per byte and per gas, the worst first. It fails if an accepted module exceeds the bounds that the project
 * promises.
 *
 *     npm run test:bombs                    a random sample, which takes five minutes
 *     npm run test:bombs -- --full          all shapes, which takes hours
 *     npm run test:bombs -- --only locals   shapes whose names contain the word
 *     npm run test:bombs -- --write         also writes docs/bombs.md
 *     npm run test:bombs -- --host <path>   on another engine with the Node API; with --write, writes
 *                                           docs/bombs-node24.md, docs/bombs-bun1.md, …
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Random } from '../../test/support/random.ts'
import { CONTEXTS } from './contexts.ts'
import { largest } from './largest.ts'
import { measure, type Means } from './measure.ts'
import { realModules } from './real.ts'
import { bounds, document, isSlow, verdictOn, tableOf, type Row } from './report.ts'
import { allShapes, type Shape } from './shapes.ts'
import { UNITS } from './units.ts'

const { values: options } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '7' },
    minutes: { type: 'string' },
    kb: { type: 'string' },
    host: { type: 'string', default: process.execPath },
    jobs: { type: 'string', default: '2' },
    real: { type: 'string', multiple: true, default: [] },
  },
})

const MAX_MB = 6_000
const MAX_MS = 180_000

async function main(): Promise<void> {
  const seed = Number(options.seed)
  const minutes = Number(options.minutes ?? (options.full ? Infinity : 4))
  if (!(minutes > 0)) throw new Error(`--minutes is a number above 0, not ${options.minutes}`)
  const bytes = 1024 * Number(options.kb ?? (options.full ? 1000 : 250))
  const folder = mkdtempSync(join(tmpdir(), 'bombs-'))
  const warm = join(folder, 'warm.wasm')
  writeFileSync(
    warm,
    CONTEXTS['in functions of ten']!(
      site =>
        Object.values(UNITS)
          .slice(0, 60)
          .map(unit => unit(site)),
      { bytes: 60_000, part: 1 },
    ),
  )
  const means: Means = { host: options.host, warm, maxMb: MAX_MB, maxMs: MAX_MS }
  try {
    const real = await runAll(
      realModules(options.real).map(module => () => measureReal(module, means)),
      Infinity,
    )
    const shapes = sample(seed, bytes)
    const rows = await runAll(
      shapes.map(
        (shape, i) => () => measureAgain(() => measureShape(shape, bytes, join(folder, `${i}.wasm`), means), real),
      ),
      minutes,
    )
    const verdict = verdictOn(rows, real)
    const { page, ...host } = engineOf(options.host)
    const made = { rows, real, seed, bytes, shapes: shapes.length, verdict, ...host }
    process.stdout.write(`\n${tableOf(made)}\n\n${bounds(made)}\n`)
    if (options.write) writeFileSync(new URL(`../../docs/${page}`, import.meta.url), document(made))
    if (verdict.broken.length > 0) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The name and version of an engine, the page to which its search is written, and the command that does this. */
function engineOf(path: string): { readonly host: string; readonly page: string; readonly command: string } {
  const version = execFileSync(path, ['--version'], { encoding: 'utf8' }).trim()
  const [kind, number] = version.startsWith('v') ? ['Node', version.slice(1)] : ['Bun', version]
  const own = path === process.execPath
  return {
    host: `${kind} ${number}`,
    page: own ? 'bombs.md' : `bombs-${kind!.toLowerCase()}${number!.split('.')[0]}.md`,
    command: `npm run test:bombs -- ${own ? '' : '--host <engine> '}--write`,
  }
}

/** The shapes in the order in which they are measured: first those of every sample, then the others in random order. */
function sample(seed: number, bytes: number): readonly Shape[] {
  const shapes = allShapes(seed).filter(({ name }) => options.only === undefined || name.includes(options.only))
  const random = new Random(seed + bytes)
  const rest = shapes
    .filter(({ always }) => !always)
    .map(shape => ({ shape, order: random.u32() }))
    .sort((a, b) => a.order - b.order)
  return [...shapes.filter(({ always }) => always), ...rest.map(({ shape }) => shape)]
}

/** Runs jobs, a few at once, until all are done or the minutes have passed. */
async function runAll(jobs: readonly (() => Promise<Row>)[], minutes: number): Promise<Row[]> {
  const end = Date.now() + minutes * 60_000
  const rows: Row[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < jobs.length && Date.now() < end) {
      const row = await jobs[next++]!()
      rows.push(row)
      process.stdout.write(
        `${row.name}: ${row.end}, ${row.bytes} bytes, ${Math.round(row.ms)} ms, ${Math.round(row.peakMb)} MB\n`,
      )
    }
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, work))
  return rows
}

/**
 * Measures a shape, up to three times if it takes too long, and returns the least time. Engines compile their own
 * JavaScript on other threads. This time does not depend on the module, and matters most for small ones.
 */
async function measureAgain(once: () => Promise<Row>, real: readonly Row[]): Promise<Row> {
  let row = await once()
  for (let times = 1; times < 3 && isSlow(row, real); times++) {
    const again = await once()
    if (again.end !== 'ok' || again.ms < row.ms) row = again
  }
  return row
}

async function measureShape(shape: Shape, bytes: number, path: string, means: Means): Promise<Row> {
  const { module, gas, limit } = largest(shape, bytes)
  if (module === undefined)
    return { name: shape.name, bytes: 0, gas: 0, limit, phases: [], code: [], end: `limit ${limit}`, peakMb: 0, ms: 0 }
  writeFileSync(path, module)
  const measured = await measure(path, 'shape', means)
  rmSync(path)
  return { name: shape.name, bytes: module.length, gas, limit, ...measured }
}

async function measureReal(
  { name, path, bytes, gas }: ReturnType<typeof realModules>[number],
  means: Means,
): Promise<Row> {
  return { name, bytes, gas, limit: undefined, ...(await measure(path, 'real', means)) }
}

await main()
