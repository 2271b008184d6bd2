/**
 * Finds the least spread of the kernels over all prices. This bound is stronger than those from pairs, but cannot be
 * checked by hand. If no kernel has more gas than nanoseconds, and each has at least z times as much gas as
 * nanoseconds, the spread is at most 1 ÷ z. Both conditions are linear in the prices, and so is the gas of an
 * adversary.
 */
import { round } from '../stats.ts'
import { fixed, markdownTable } from '../suite.ts'
import { perGas, type Observation } from './fit.ts'
import { maximise, type Condition } from './simplex.ts'

export interface Least {
  /** The greatest permitted worst adversary ÷ median; null without a bound on adversaries. */
  readonly worst: number | null
  /** The lower bound of the spread under that condition. Without adversaries, the prices below reach it. */
  readonly spread: number
  /** Prices in nanoseconds. They are not a proposal, since they only fit these programs, and half of them are 0. */
  readonly prices: Readonly<Record<string, number>>
}

const WORST = [null, 500, 200, 100, 50, 20]

/** The least spreads for several bounds on adversaries. */
export function leastSpreads(kernels: readonly Observation[], adversaries: readonly Observation[]): Least[] {
  return WORST.map(worst => leastSpread(kernels, adversaries, worst))
}

/**
 * The least spread. An adversary is compared with the kernel with the most nanoseconds per gas, since the median has no
 * more.
 */
export function leastSpread(
  all: readonly Observation[],
  adversaries: readonly Observation[],
  worst: number | null,
): Least {
  const kernels = all.filter(({ ns }) => ns > 0)
  const held = worst === null ? [] : adversaries.filter(({ ns, counts }) => ns > 0 && Object.keys(counts).length > 0)
  const names = [...new Set([...kernels, ...held].flatMap(({ counts }) => Object.keys(counts)))]
  // Counts are scaled by the greatest count per nanosecond, so that all factors have a similar size.
  const units = names.map(name => Math.max(...[...kernels, ...held].map(({ counts, ns }) => (counts[name] ?? 0) / ns)))
  const gasOf = ({ counts, ns }: Observation): number[] => names.map((name, i) => (counts[name] ?? 0) / ns / units[i]!)
  const atLeast = (one: Observation, share: number): Condition => ({
    factors: [...gasOf(one).map(factor => -factor), share],
    most: 0,
  })
  const found = maximise(
    [...names.map(() => 0), 1],
    [
      ...kernels.map(kernel => ({ factors: [...gasOf(kernel), 0], most: 1 })),
      ...kernels.map(kernel => atLeast(kernel, 1)),
      ...held.map(adversary => atLeast(adversary, 1 / worst!)),
    ],
  )
  const prices = Object.fromEntries(names.map((name, i) => [name, round(found[i]! / units[i]!)]))
  const own = perGas(kernels, prices)
  return { worst, spread: round(Math.max(...own) / Math.min(...own)), prices }
}

/** A table of the least spread for each bound on adversaries. */
export function leastTable(least: readonly Least[]): string {
  return markdownTable(
    ['worst adversary ÷ median, at most', 'greatest ÷ least over the kernels, at least'],
    least.map(({ worst, spread }) => [worst ?? 'anything', fixed(spread, 1)]),
  )
}
