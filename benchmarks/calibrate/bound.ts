/**
 * Lower bounds that hold for all prices. Gas is a sum of prices. Suppose that a kernel executes at least λ times as
 * many instructions of every class as an adversary. Then it uses at least λ times as much gas, for any prices that are
 * not negative. Let tK and tM be the times of kernel and adversary. Then the nanoseconds per gas of the adversary are
 * at least λ · tM / tK times those of the kernel. Each row can be checked by hand.
 */
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { round } from '../stats.ts'
import { fixed, markdownTable } from '../suite.ts'
import type { Observation } from './fit.ts'

/**
 * Two ratios of nanoseconds per gas: `spread` of the greatest to the least kernel, `worst` of the worst adversary to
 * the median kernel.
 */
export interface Wanted {
  readonly spread: number
  readonly worst: number
}

/** The required values. `targets.ts` compares the measured values with them. */
export const REQUIRED: Wanted = { spread: 5, worst: 20 }

/** An adversary, and the kernel that gives the greatest bound for it. */
export interface Pair {
  readonly adversary: string
  readonly kernel: string
  /** The nanoseconds per instruction of each. Local moves and constants count like all others. */
  readonly adversaryNs: number
  readonly kernelNs: number
  /**
   * The least ratio of the kernel's counts to those of the adversary over all classes, and the class in which it is
   * least.
   */
  readonly lambda: number
  readonly scarce: string
  /** λ · tM / tK, a lower bound for the ratio of the adversary's nanoseconds per gas to those of the kernel. */
  readonly factor: number
  /** A lower bound for the ratio of the adversary's nanoseconds per gas to those of the median kernel. */
  readonly middle: number
}

/** The bounds for all prices. */
export interface Bound {
  /** The pairs by adversary, with the greatest bounds first. */
  readonly pairs: readonly Pair[]
  /** The lower bound of worst adversary ÷ median: for all prices, and for those with the required spread. */
  readonly worst: number
  readonly worstInSpread: number
  /** The lower bound of the spread, for prices with the required worst adversary ÷ median. */
  readonly spread: number
}

type Counts = Observation['counts']

/**
 * λ, and the class in which the ratio is least. λ is 0 if the kernel lacks a class, or the adversary executes nothing.
 */
export function shareOf(kernel: Counts, adversary: Counts): { readonly lambda: number; readonly scarce: string } {
  let least = { lambda: Infinity, scarce: '' }
  for (const [name, count = 0] of Object.entries(adversary)) {
    if (count <= 0) continue
    const lambda = (kernel[name] ?? 0) / count
    if (lambda < least.lambda) least = { lambda, scarce: name }
  }
  return least.scarce === '' ? { ...least, lambda: 0 } : least
}

/** A lower bound, for all prices, of the ratio of the adversary's nanoseconds per gas to those of the kernel. */
export function factorOf(kernel: Observation, adversary: Observation): number {
  return (shareOf(kernel.counts, adversary.counts).lambda * adversary.ns) / kernel.ns
}

/** The bounds that follow from the kernels and adversaries. */
export function boundOf(
  kernels: readonly Observation[],
  adversaries: readonly Observation[],
  wanted: Wanted = REQUIRED,
): Bound {
  const pairs = adversaries.map(one => pairOf(kernels.filter(timed), one)).sort((a, b) => b.factor - a.factor)
  const factor = Math.max(0, ...pairs.map(pair => pair.factor))
  const worst = Math.max(0, ...pairs.map(pair => pair.middle))
  return {
    pairs: pairs.filter(pair => pair.factor > 0),
    worst,
    // The ratio of the median kernel to any other one is at most the spread.
    worstInSpread: round(Math.max(worst, factor / wanted.spread)),
    // The ratio of the median to this kernel has this lower bound, and the greatest kernel is not below the median.
    spread: round(Math.max(1, factor / wanted.worst)),
  }
}

/** The number of adversaries in the table. The others give smaller bounds or none. */
const SHOWN = 10

/** A table of the pairs with the greatest bounds. */
export function boundTable({ pairs }: Bound, { spread, worst }: Wanted = REQUIRED): string {
  return markdownTable(
    [
      'adversary',
      'ns per instruction',
      'kernel',
      'ns per instruction',
      'λ',
      'scarce',
      `λ · tM / tK: must be <= ${spread * worst}`,
      `to the median kernel: must be <= ${worst}`,
    ],
    pairs
      .slice(0, SHOWN)
      .map(({ adversary, adversaryNs, kernel, kernelNs, lambda, scarce, factor, middle }) => [
        adversary,
        fixed(adversaryNs, 3),
        kernel,
        fixed(kernelNs, 3),
        lambda.toPrecision(4),
        scarce,
        fixed(factor, 1),
        fixed(middle, 1),
      ]),
  )
}

/** A table of the first pair with its times and counts by class, so that it can be checked by hand. */
export function checkTable(
  { pairs }: Bound,
  kernels: readonly Observation[],
  adversaries: readonly Observation[],
): string {
  const [first] = pairs
  const kernel = kernels.find(({ name }) => name === first?.kernel)
  const adversary = adversaries.find(({ name }) => name === first?.adversary)
  if (kernel === undefined || adversary === undefined) return 'No pair says anything.'
  return markdownTable(
    ['', adversary.name, kernel.name, 'kernel ÷ adversary'],
    [
      ['time, ms', fixed(adversary.ns / 1e6), fixed(kernel.ns / 1e6), (kernel.ns / adversary.ns).toPrecision(4)],
      ...Object.entries(adversary.counts).map(([name, count = 0]) => {
        const own = kernel.counts[name] ?? 0
        return [name, count, own, (own / count).toPrecision(4)]
      }),
    ],
  )
}

/** A line with the bounds from all pairs. */
export function boundLine({ worst, worstInSpread, spread }: Bound, wanted: Wanted = REQUIRED): string {
  return (
    `Under any prices, worst adversary ÷ median is at least ${fixed(worst, 1)}. It is at least ${fixed(worstInSpread, 1)} ` +
    `if greatest ÷ least is at most ${wanted.spread}. If it is at most ${wanted.worst}, ` +
    `greatest ÷ least is at least ${fixed(spread, 1)}.`
  )
}

/** A table of the adversary with the greatest bound for each control. */
export function controlTable(controls: readonly Observation[], adversaries: readonly Observation[]): string {
  return markdownTable(
    ['program', 'ns per instruction', 'adversary', 'λ', 'scarce', 'λ · tM / tK'],
    controls.filter(timed).map(control => {
      const { adversary, lambda, scarce, factor } = adversaries
        .map(one => pairOf([control], one))
        .reduce((most, pair) => (pair.factor > most.factor ? pair : most))
      return [
        control.name,
        fixed(nsPerInstruction(control), 3),
        adversary,
        lambda.toPrecision(4),
        scarce,
        fixed(factor, 1),
      ]
    }),
  )
}

function pairOf(kernels: readonly Observation[], adversary: Observation): Pair {
  const factors = kernels.map(kernel => factorOf(kernel, adversary))
  const factor = Math.max(...factors)
  const kernel = kernels[factors.indexOf(factor)]!
  const { lambda, scarce } = shareOf(kernel.counts, adversary.counts)
  return {
    adversary: adversary.name,
    kernel: kernel.name,
    adversaryNs: nsPerInstruction(adversary),
    kernelNs: nsPerInstruction(kernel),
    lambda: round(lambda),
    scarce,
    factor: round(factor),
    middle: round(middleOf(factors)),
  }
}

/**
 * The lower bound of the ratio of an adversary to the median kernel. The nanoseconds per gas of each kernel are at most
 * those of the adversary divided by its factor. So the median kernel is at most the adversary divided by the median
 * factor.
 */
function middleOf(factors: readonly number[]): number {
  const sorted = [...factors].sort((a, b) => b - a)
  const place = (sorted.length - 1) / 2
  return 2 / (1 / sorted[Math.floor(place)]! + 1 / sorted[Math.ceil(place)]!)
}

/** Returns true if the measured time is above 0. A very short time may be lost in the noise. */
function timed({ ns }: Observation): boolean {
  return ns > 0
}

function nsPerInstruction({ ns, counts }: Observation): number {
  const instructions = Object.entries(counts).filter(([name]) => name in PROFILE_1.schedule.instructions)
  return round(ns / instructions.reduce((sum, [, count = 0]) => sum + count, 0))
}
