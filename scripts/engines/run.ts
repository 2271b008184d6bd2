/**
 * Runs one corpus on all engines: `npm run test:engines`, or `npx tsx scripts/engines/run.ts [--only <id>,<id>…]`.
 *
 * A receipt is a pure function of task, profile and limits, so its CID must be the same on every engine. Node 20 makes
 * the corpus (corpus.ts) and the reference receipts. Then each engine (engines.ts) runs the corpus with the same bundle
 * (bundle.ts). If a CID differs, or an engine gives fewer receipts than there are tasks, the exit code is 1. Engines of
 * the kind `switched` may fault on some tasks. Their faults are counted.
 *
 * The control shows that this test can fail. It is a second bundle without the pass that makes NaNs canonical, and runs
 * the tasks that observe NaNs. Its receipts must differ from those of the corpus on all engines, and must differ
 * between ARM and x86.
 *
 * Tools are installed into `.cache/engines` or as Debian packages. A run of all engines writes the table in
 * docs/determinism.md; a run with `--only` does not.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.ts'
import { differing, digestOf, figuresOf, type Result } from './compare.ts'
import { ARM, ENGINES, node20, REFERENCE, type Engine } from './engines.ts'
import { runAll, type Execute, type Ran } from './execution.ts'
import type { Corpus, Line } from './format.ts'
import { Unavailable } from '../install.ts'
import { writeRegion } from '../page.ts'
import { corpusTable, engineTable } from './report.ts'
import { NAN_GROUPS } from './tasks.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CACHE = join(ROOT, '.cache/engines')
const PAGE = new URL('../../docs/determinism.md', import.meta.url)

interface Kind {
  readonly name: 'corpus' | 'control'
  readonly path: string
  readonly tasks: Corpus['tasks']
}

/** The results of the reference. */
interface Reference {
  readonly corpus: readonly Line[]
  readonly control: readonly Line[]
  /** The receipts of the corpus for the tasks of the control. */
  readonly canonical: readonly Line[]
}

/** Makes the corpus in a process of Node 20. The current process may be another version. */
function makeCorpus(): { corpus: Kind & { readonly file: Corpus }; control: Kind } {
  const folder = join(CACHE, 'corpus')
  mkdirSync(folder, { recursive: true })
  execFileSync(
    node20(CACHE),
    [join(ROOT, 'node_modules/tsx/dist/cli.mjs'), join(ROOT, 'scripts/engines/corpus.ts'), folder],
    { cwd: ROOT, stdio: 'inherit' },
  )
  const read = (path: string): Corpus => JSON.parse(readFileSync(path, 'utf8')) as Corpus
  const [corpusPath, controlPath] = [join(folder, 'corpus.json'), join(folder, 'control.json')]
  const file = read(corpusPath)
  return {
    corpus: { name: 'corpus', path: corpusPath, tasks: file.tasks, file },
    control: { name: 'control', path: controlPath, tasks: read(controlPath).tasks },
  }
}

function run(engine: Engine, execute: Execute, { name, path, tasks }: Kind): Promise<Ran> {
  const report = join(CACHE, 'reports', `${engine.id}-${name}.jsonl`)
  return runAll(
    execute,
    { bundle: join(CACHE, `${name}-bundle`), corpus: path, report, timeoutMs: engine.timeoutMinutes * 60_000 },
    tasks.length,
  )
}

async function runEngine(
  engine: Engine,
  kinds: { corpus: Kind; control: Kind },
  reference: Reference | undefined,
): Promise<[Result, Reference]> {
  const execute = engine.prepare(CACHE)
  const ran = await run(engine, execute, kinds.corpus)
  const expected = reference?.corpus ?? ran.lines
  const names = kinds.corpus.tasks.map(({ name }) => name)
  const mayFault = engine.kind === 'switched'
  const figures = figuresOf(ran, { expected, names, mayFault })
  const count = kinds.corpus.tasks.length
  if (expected.length < count)
    throw new Error(`the reference ended after ${expected.length} of ${count} tasks: ${figures.problems.join('\n')}`)
  const base = { id: engine.id, name: engine.name }
  if (mayFault) return [{ ...base, figures }, reference!]
  const control = (await run(engine, execute, kinds.control)).lines
  const canonical =
    reference?.canonical ?? ran.lines.filter(([index]) => NAN_GROUPS.includes(kinds.corpus.tasks[index]!.group))
  const counts = {
    tasks: control.length,
    notCanonical: differing(control, canonical),
    notReference: differing(control, reference?.control ?? control),
  }
  const problems = [...figures.problems]
  if (control.length < kinds.control.tasks.length) problems.push('the control did not run to its end')
  if (counts.notCanonical === 0)
    problems.push('the control without canonical NaNs went unnoticed: this test cannot fail')
  if (engine.id === ARM && counts.notReference === 0)
    problems.push('the control shows no difference between ARM and x86')
  return [
    { ...base, figures: { ...figures, control: counts, problems } },
    reference ?? { corpus: ran.lines, control, canonical },
  ]
}

async function runEngines(
  engines: readonly Engine[],
  kinds: { corpus: Kind; control: Kind },
): Promise<{ results: Result[]; reference: Reference }> {
  const results: Result[] = []
  let reference: Reference | undefined
  for (const engine of engines) {
    try {
      const [result, found] = await runEngine(engine, kinds, reference)
      reference = found
      results.push(result)
    } catch (error) {
      if (!(error instanceof Unavailable) || engine.id === REFERENCE) throw error
      results.push({ id: engine.id, name: engine.name, skipped: error.message })
    }
    console.error(engineTable(results.slice(-1)).split('\n').at(-1))
  }
  return { results, reference: reference! }
}

async function main(only: readonly string[] | undefined): Promise<number> {
  const unknown = only?.filter(id => !ENGINES.some(engine => engine.id === id)) ?? []
  if (unknown.length > 0)
    throw new Error(`no engine ${unknown.join(', ')}; there are ${ENGINES.map(({ id }) => id).join(', ')}`)
  mkdirSync(join(CACHE, 'reports'), { recursive: true })
  await bundle(join(CACHE, 'corpus-bundle'), 'corpus')
  await bundle(join(CACHE, 'control-bundle'), 'control')
  const kinds = makeCorpus()
  const engines = ENGINES.filter(({ id }) => only === undefined || id === REFERENCE || only.includes(id))
  const { results, reference } = await runEngines(engines, kinds)
  const digest = `SHA-256 over the CIDs of all receipts, a line each: \`${digestOf(reference.corpus)}\``
  const generated = [corpusTable(kinds.corpus.file), digest, engineTable(results)].join('\n\n')
  console.log(generated)
  if (only === undefined) writeRegion(PAGE, 'engines', generated)
  const problems = results.flatMap(({ name, figures }) =>
    (figures?.problems ?? []).map(problem => `${name}: ${problem}`),
  )
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
}

const at = process.argv.indexOf('--only')
process.exitCode = await main(at < 0 ? undefined : (process.argv[at + 1] ?? '').split(','))
