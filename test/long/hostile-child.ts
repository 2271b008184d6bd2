/**
 * Tests the mutants of one seed in a range of indices, for test/long/hostile.ts. Its messages are tallies or a failure.
 * It writes the current index to a file, so that the parent can read it even if this process hangs or has died.
 */
import { openSync, writeSync } from 'node:fs'
import { loadBinaryen } from '../../src/instrument/binaryen/port.ts'
import { Judge } from '../hostile/judge.ts'
import { keep } from '../hostile/kept.ts'
import { Mutants } from '../hostile/samples.ts'
import type { Tally } from '../hostile/tally.ts'

/**
 * A message of the child: that it begins, the tally of the mutants from the `next` of the last message to this one's,
 * or a failure.
 */
export type Message =
  { readonly begun: true } | { readonly tally: Tally; readonly next: number } | { readonly failure: string }

const EVERY = 1_000

async function main(
  seed: number,
  from: number,
  to: number,
  skipped: readonly number[],
  progress: string,
): Promise<void> {
  const file = openSync(progress, 'r+')
  let current = from
  const tell = (message: Message): void => void process.send!(message)
  process.on('unhandledRejection', error =>
    tell({ failure: `mutant ${current}: unhandled rejection: ${String(error)}` }),
  )
  const mutants = await Mutants.of(seed)
  const judge = new Judge()
  await loadBinaryen() // otherwise its time would count for the first module
  tell({ begun: true })
  let counts: Record<string, number> = {}
  let slowest: Tally['slowest'] = { ms: 0, index: -1, bytes: 0 }
  for (; current < to; current++) {
    if (skipped.includes(current)) continue
    writeSync(file, String(current).padEnd(12), 0)
    const start = performance.now()
    const { bytes, kind, what } = await judgeOne(judge, mutants, seed, current, tell)
    const ms = performance.now() - start
    const key = kind === 'failure' ? 'failure ' : `${kind} ${what}`
    counts[key] = (counts[key] ?? 0) + 1
    if (ms > slowest.ms) slowest = { ms, index: current, bytes }
    if ((current + 1 - from) % EVERY !== 0 && current + 1 < to) continue
    tell({ tally: { counts, slowest, peakMb: process.resourceUsage().maxRSS / 1024 }, next: current + 1 })
    counts = {}
    // Gives Node time to report unhandled rejections and to send messages.
    await new Promise(resolve => setImmediate(resolve))
  }
  process.disconnect()
}

async function judgeOne(
  judge: Judge,
  mutants: Mutants,
  seed: number,
  index: number,
  tell: (message: Message) => void,
): Promise<{ readonly bytes: number; readonly kind: string; readonly what: string }> {
  const mutant = mutants.at(index)
  const { verdict, trial } = await judge.judge(mutant)
  if (verdict.kind === 'failure') {
    const name = keep(trial, `seed ${seed}, mutant ${index}: ${verdict.what}`)
    tell({ failure: `mutant ${index}, kept as ${name}: ${verdict.what.slice(0, 300)}` })
  }
  return { bytes: mutant.bytes.length, ...verdict }
}

const [seed, from, to, skipped, progress] = process.argv.slice(2) as [string, string, string, string, string]
void main(Number(seed), Number(from), Number(to), JSON.parse(skipped) as number[], progress)
