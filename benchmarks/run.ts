/**
 * `npm run bench -- [suite …] [options]`: measures, stores the results and writes BENCHMARKS.md. See README.md.
 *
 * Messages for people go to stderr. With --json, the results go to stdout.
 */
import { spawnSync } from 'node:child_process'
import { availableParallelism, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { printTargets, writeReport } from './report/report.ts'
import { engineOf, keep, resultsOf } from './results.ts'
import type { Options, Suite } from './suite.ts'
import { SUITE_NAMES, SUITES, type Results, type SuiteName } from './suites.ts'

const USAGE = `npm run bench -- [suite …] [options]

suites      ${SUITE_NAMES.join(', ')}; all of them if none is named
            report: only write BENCHMARKS.md from the results that are kept

--quick     small inputs, few rounds, nothing kept: to see that everything works
--rounds N  how often each contender is measured
--kernel R  only kernels whose names match the regular expression; nothing kept
--tasks N   of memory: how many tasks (10000)
--modules N of memory: how many modules (100)
--python P  of peer: a Python that has the package wasmtime
--json      the results on stdout
--dry       keep nothing
`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    dry: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
    part: { type: 'boolean', default: false },
    kernel: { type: 'string' },
    python: { type: 'string' },
    rounds: { type: 'string' },
    tasks: { type: 'string' },
    modules: { type: 'string' },
  },
})

/** The load per CPU above which other processes disturb the measurement, so that times are not stored. */
const MAX_LOAD = 0.5

await main()

async function main(): Promise<void> {
  const unknown = positionals.find(name => name !== 'report' && !(name in SUITES))
  if (values.help || unknown !== undefined) {
    process.stderr.write(unknown === undefined ? USAGE : `no suite ${unknown}\n\n${USAGE}`)
    process.exitCode = unknown === undefined ? 0 : 2
    return
  }
  if (positionals.includes('report')) return say(`written: ${writeReport().join(', ')}`)
  if (!values.part) greet()
  const results = await measure(positionals.length === 0 ? SUITE_NAMES : (positionals as SuiteName[]))
  const file = resultsOf(results)
  if (!values.part) printTargets(file, say)
  if (values.json) process.stdout.write(`${JSON.stringify(file, null, 1)}\n`)
  if (values.part) return
  if (values.quick || values.dry || values.kernel !== undefined) return say('nothing kept')
  say(`kept: results/${keep(file)}; written: ${writeReport().join(', ')}`)
}

async function measure(names: readonly SuiteName[]): Promise<Results> {
  if (names.length > 1) return Object.assign({}, ...names.map(inProcess)) as Results
  const options: Options = {
    quick: values.quick,
    kernels: new RegExp(values.kernel ?? ''),
    rounds: count('rounds'),
    tasks: count('tasks'),
    modules: count('modules'),
    python: values.python,
  }
  const name = names[0]!
  const suite: Suite = SUITES[name] as Suite
  say(`\n${name}: ${suite.title}`)
  return { [name]: await suite.run(options, line => say(`  ${line}`)) }
}

/** Runs a suite in a process of its own, so that suites do not share memory and the engine's caches. */
function inProcess(name: SuiteName): Results {
  const options = process.argv.slice(2).filter(word => !(word in SUITES) && word !== '--json')
  const args = [...process.execArgv, fileURLToPath(import.meta.url), name, ...options, '--json', '--part']
  const { status, stdout } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(`${name} ended with ${status}`)
  return (JSON.parse(stdout) as { readonly suites: Results }).suites
}

function count(name: 'rounds' | 'tasks' | 'modules'): number | undefined {
  const typed = values[name]
  if (typed === undefined) return undefined
  const number = Number(typed)
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a number from 1 on`)
  return number
}

function greet(): void {
  const { name, version } = engineOf()
  const load = loadavg()[0]! / availableParallelism()
  say(`${name} ${version}, ${availableParallelism()} CPUs`)
  if (load > MAX_LOAD)
    say(`the machine is busy (${load.toFixed(1)} processes for each CPU): these numbers will not be worth much`)
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
