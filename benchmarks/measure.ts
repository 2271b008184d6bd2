/**
 * Interleaved measurement. In each turn, every contender runs once, and ratios are computed within one turn. So
 * anything that slows the machine for a while affects all contenders. The order changes from turn to turn, because a
 * contender may pay for the one before: the engine collects its garbage, and compiles its code on other threads.
 */
import { Random } from '../test/support/random.ts'
import { spreadOf, type Spread } from './stats.ts'

export interface Contender {
  readonly name: string
  /** Does the work once. Returns the time of the part that counts, in milliseconds. */
  run(): number | Promise<number>
}

export interface Turns {
  /** The number of measurements of each contender. */
  readonly rounds: number
  /** Before the first round, each contender runs at least `warmups` times, and for `warmupMs` in all. */
  readonly warmups: number
  readonly warmupMs: number
  /** A contender that takes longer than this per run is only measured in the first `slowRounds` rounds. */
  readonly slowMs?: number
  readonly slowRounds?: number
}

export interface Measured {
  readonly ms: Spread
  /** The ratio to the first contender, turn by turn; and the difference to it, in milliseconds. */
  readonly ratio: Spread
  readonly beyond: Spread
}

/** Measures contenders, and compares them with the first one. */
export async function interleave(
  contenders: readonly Contender[],
  turns: Turns,
): Promise<ReadonlyMap<string, Measured>> {
  const { rounds, slowMs = Infinity, slowRounds = 3 } = turns
  const limits: number[] = []
  for (const contender of contenders)
    limits.push((await warmUp(contender, turns)) > slowMs ? Math.min(slowRounds, rounds) : rounds)
  const random = new Random(rounds)
  const times = contenders.map((): number[] => [])
  for (let turn = -1; turn < rounds; turn++) {
    // Engines compile hot code on other threads, which may finish meanwhile.
    await pause(turn < 0 ? 50 : 0)
    for (const i of random.shuffled(contenders.keys())) {
      if (turn >= limits[i]!) continue
      const time = await contenders[i]!.run()
      // Turn −1 does not count, since caches and heap are still as the last warm-up left them.
      if (turn >= 0) times[i]!.push(time)
    }
  }
  return new Map(contenders.map(({ name }, i) => [name, compareTo(times[0]!, times[i]!)]))
}

function compareTo(base: readonly number[], own: readonly number[]): Measured {
  return {
    ms: spreadOf(own),
    ratio: spreadOf(own.map((ms, turn) => ms / base[turn]!)),
    beyond: spreadOf(own.map((ms, turn) => ms - base[turn]!)),
  }
}

/** Warms up a contender. Returns the time of its last run, in milliseconds. */
async function warmUp(contender: Contender, { warmups, warmupMs, slowMs = Infinity }: Turns): Promise<number> {
  let last = 0
  let spent = 0
  for (let times = 0; times < warmups || spent < warmupMs; times++) {
    last = await contender.run()
    spent += Math.max(last, 0.01)
    // There is no time for more runs of a slow contender.
    if (spent > 4 * slowMs) break
  }
  return last
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/**
 * The processor time of all threads of this process, in milliseconds. It includes garbage collection and compilation on
 * other threads. Unlike wall-clock time, it does not include the work of other processes.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The time that some work takes, in milliseconds. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
