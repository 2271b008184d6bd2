/**
 * Takes mutated modules through admission, instrumentation in both modes and a run:
 * `npm run test:hostile [count] [seed] [from]`. The defaults are 1 000 000, 1 and 0. `1 <seed> <index>` repeats one
 * mutant.
 *
 * No mutant may crash or hang the process, cause an unhandled rejection, or end in a fault. The engine has to accept
 * each module that admission accepts, also after binaryen has instrumented it. Both modes have to give the same result.
 * A child process does the work and the parent watches it. A mutant that fails is saved under
 * `wasm-fixtures/regressions/hostile/`, and the run fails.
 */
import { fork } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { added, figures, NO_TALLY, total, type Tally } from '../hostile/tally.ts'
import { keep } from '../hostile/kept.ts'
import { Mutants } from '../hostile/samples.ts'
import { PROFILES } from '../properties/profiles.ts'
import type { Message } from './hostile-child.ts'

const CHILD = fileURLToPath(new URL('hostile-child.ts', import.meta.url))
/**
 * A child hangs if one mutant, or the time before the first one, takes this long. A mutant normally takes milliseconds.
 */
const HANG_MS = 60_000
const START_MS = 600_000
const EVERY = 20_000
const MAX_FAILURES = 20

interface Range {
  readonly seed: number
  readonly from: number
  readonly to: number
  readonly skipped: readonly number[]
}

interface Ended {
  /** The first index that no tally includes yet. */
  readonly next: number
  /** Why the child ended early, and the index of the mutant that it was testing. */
  readonly died: { readonly why: string; readonly index: number } | undefined
}

/** Runs one child until it has ended, in whatever way. */
function runChild({ seed, from, to, skipped }: Range, hear: (message: Message) => void): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'))
  const progress = join(folder, 'index')
  writeFileSync(progress, String(from))
  const child = fork(CHILD, [seed, from, to, JSON.stringify(skipped), progress].map(String))
  const at = (): string => readFileSync(progress, 'utf8').trim()
  let next = from
  let hung = false
  let begun = false
  let seen = { index: '', since: Date.now() }
  const watch = setInterval(() => {
    const index = at()
    if (index !== seen.index) seen = { index, since: Date.now() }
    else if (Date.now() - seen.since > (begun ? HANG_MS : START_MS)) hung = child.kill('SIGKILL')
  }, 1_000)
  return new Promise(resolve => {
    child.on('message', (message: Message) => {
      begun = true
      if ('next' in message) next = message.next
      hear(message)
    })
    child.on('exit', (code, signal) => {
      clearInterval(watch)
      const why = hung ? 'hangs' : `ends the process (${String(signal ?? code)})`
      const died = next >= to && code === 0 ? undefined : { why, index: Number(at()) }
      rmSync(folder, { recursive: true })
      resolve({ next, died })
    })
  })
}

async function main(count: number, seed: number, first: number): Promise<number> {
  const started = Date.now()
  let tally: Tally = NO_TALLY
  const failures: string[] = []
  const fail = (text: string): void => {
    failures.push(text)
    console.error(text)
  }
  const hear = (message: Message): void => {
    if ('begun' in message) return
    if ('failure' in message) return fail(message.failure)
    tally = added(tally, message.tally)
    if (total(tally) % EVERY === 0)
      console.log(`${seconds(started)} s, ${figures(tally)[0]}, ${tally.peakMb.toFixed(0)} MiB`)
    if (total(tally) % (5 * EVERY) === 0)
      figures(tally)
        .slice(1)
        .forEach(line => console.log(`  ${line}`))
  }
  const [to, skipped] = [first + count, [] as number[]]
  for (let from = first; from < to && failures.length < MAX_FAILURES;) {
    const { next, died } = await runChild({ seed, from, to, skipped }, hear)
    from = next
    if (died === undefined) continue
    skipped.push(died.index)
    fail(`mutant ${died.index}, kept as ${await keepMutant(seed, died.index, died.why)}: ${died.why}`)
  }
  console.log(`node ${process.version}, seed ${seed}, ${seconds(started)} s`)
  figures(tally).forEach(line => console.log(line))
  return failures.length === 0 && total(tally) === count ? 0 : 1
}

/**
 * Saves the mutant of a child that hung or died, with the first of its calls, since it is unknown which call was
 * running.
 */
async function keepMutant(seed: number, index: number, why: string): Promise<string> {
  const { bytes, calls } = (await Mutants.of(seed)).at(index)
  const call = calls[0] ?? { fun: 'f', abi: 'core', args: [] }
  return keep({ bytes, profile: PROFILES[0]!, call, work: 30_000n, pages: 17 }, `seed ${seed}, mutant ${index}: ${why}`)
}

function seconds(since: number): string {
  return ((Date.now() - since) / 1000).toFixed(0)
}

const [count, seed, first] = process.argv.slice(2)
void main(Number(count ?? 1_000_000), Number(seed ?? 1), Number(first ?? 0)).then(code => {
  process.exitCode = code
})
