/**
 * Interleaved measurement. In each turn, every contender runs once. What slows the machine for a while therefore slows all of
 * them, and ratios are taken within one turn. The order changes from turn to turn, because a contender may pay for its
 * predecessor: the engine collects its garbage, and compiles its code on other threads.
 */
import { Random } from '../test/support/random.ts'
import { spreadOf, type Spread } from './stats.ts'

export interface Contender {
  readonly name: string
  /** Does the work once, and gives how many milliseconds the part of it took that counts. */
  run(): number | Promise<number>
}

export interface Turns {
  /** How often each contender is measured. */
  readonly rounds: number
  /** Each contender runs before that until it has run `warmups` times and for `warmupMs` in all. */
  readonly warmups: number
  readonly warmupMs: number
  /** A contender that takes longer than this per run is measured in the first `slowRounds` rounds alone. */
  readonly slowMs?: number
  readonly slowRounds?: number
}

export interface Measured {
  readonly ms: Spread
  /** To the first contender, turn by turn; and how much longer than it, in milliseconds. */
  readonly ratio: Spread
  readonly beyond: Spread
}

/** Measures contenders against the first of them. */
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
    // Engines compile hot code on other threads; let them finish.
    await pause(turn < 0 ? 50 : 0)
    for (const i of random.shuffled(contenders.keys())) {
      if (turn >= limits[i]!) continue
      const time = await contenders[i]!.run()
      // The first turn finds the code warm, and caches and heap as the last warm-up left them.
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

/** Gives how long the last of the runs took. */
async function warmUp(contender: Contender, { warmups, warmupMs, slowMs = Infinity }: Turns): Promise<number> {
  let last = 0
  let spent = 0
  for (let times = 0; times < warmups || spent < warmupMs; times++) {
    last = await contender.run()
    spent += Math.max(last, 0.01)
    // One run of the slow ones is as warm as they get in the time that there is.
    if (spent > 4 * slowMs) break
  }
  return last
}

export function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}

/**
 * Milliseconds of the processor's time that this process has used, all of its threads: engines collect garbage and compile
 * beside the guest. Unlike the clock, it does not see what else the machine does.
 */
export function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Milliseconds that something takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
