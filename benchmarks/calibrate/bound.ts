/**
 * What no prices can do. Gas is a sum of prices, so where a kernel executes at least λ times as many instructions of
 * every class as an adversary, it uses at least λ times its gas, whatever the prices are, as long as none is negative.
 * With the times tK and tM of the two that bounds, from below, nanoseconds per gas of the adversary to those of the
 * kernel: by λ · tM / tK. Every row can be checked by hand.
 */
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { round } from '../stats.ts'
import { fixed, markdownTable } from '../suite.ts'
import type { Observation } from './fit.ts'

/** Greatest to least nanoseconds per gas over the kernels, and worst adversary to median kernel. */
export interface Wanted {
  readonly spread: number
  readonly worst: number
}

/** What is required of both: `targets.ts` holds the measured numbers against it. */
export const REQUIRED: Wanted = { spread: 5, worst: 20 }

/** An adversary and the kernel that says most against it. */
export interface Pair {
  readonly adversary: string
  readonly kernel: string
  /** Nanoseconds of an instruction of each, local moves and constants counted like all others. */
  readonly adversaryNs: number
  readonly kernelNs: number
  /** How many times each class of the adversary the kernel executes, at least; and the class that says so. */
  readonly lambda: number
  readonly scarce: string
  /** λ · tM / tK: nanoseconds per gas of the adversary to those of the kernel are never less. */
  readonly factor: number
  /** Nanoseconds per gas of the adversary to those of the median kernel are never less either. */
  readonly middle: number
}

/** What follows for any prices. */
export interface Bound {
  /** By adversary, those first that say most. */
  readonly pairs: readonly Pair[]
  /** The least that the worst adversary ÷ median can be: at all, and where the spread is what is required. */
  readonly worst: number
  readonly worstInSpread: number
  /** The least spread where the worst adversary ÷ median is what is required. */
  readonly spread: number
}

type Counts = Observation['counts']

/** λ, and the class that there is least of. 0 where the kernel lacks a class; an adversary that does nothing says nothing. */
export function shareOf(kernel: Counts, adversary: Counts): { readonly lambda: number; readonly scarce: string } {
  let least = { lambda: Infinity, scarce: '' }
  for (const [name, count = 0] of Object.entries(adversary)) {
    if (count <= 0) continue
    const lambda = (kernel[name] ?? 0) / count
    if (lambda < least.lambda) least = { lambda, scarce: name }
  }
  return least.scarce === '' ? { ...least, lambda: 0 } : least
}

/** Of nanoseconds per gas of the adversary to those of the kernel, the least under any prices. */
export function factorOf(kernel: Observation, adversary: Observation): number {
  return (shareOf(kernel.counts, adversary.counts).lambda * adversary.ns) / kernel.ns
}

/** The bounds that kernels and adversaries give. */
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
    // No kernel is further below the median than the spread.
    worstInSpread: round(Math.max(worst, factor / wanted.spread)),
    // This kernel is that far below the median, and the greatest is not below it.
    spread: round(Math.max(1, factor / wanted.worst)),
  }
}

/** Adversaries in the table: the others prove nothing or less. */
const SHOWN = 10

/** The pairs that say most. */
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

/** The first pair, class by class, so that it can be checked by hand: times, and executed instructions. */
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

/** What follows from all pairs, in a line. */
export function boundLine({ worst, worstInSpread, spread }: Bound, wanted: Wanted = REQUIRED): string {
  return (
    `Under any prices, worst adversary ÷ median is at least ${fixed(worst, 1)}. It is at least ${fixed(worstInSpread, 1)} ` +
    `if greatest ÷ least is at most ${wanted.spread}. If it is at most ${wanted.worst}, ` +
    `greatest ÷ least is at least ${fixed(spread, 1)}.`
  )
}

/** The adversary that says most about each control: under any prices its nanoseconds per gas are so many times the control's. */
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
 * The adversary to the median kernel: each kernel has at most the adversary's nanoseconds per gas over its factor, so
 * their median has at most the median of those.
 */
function middleOf(factors: readonly number[]): number {
  const sorted = [...factors].sort((a, b) => b - a)
  const place = (sorted.length - 1) / 2
  return 2 / (1 / sorted[Math.floor(place)]! + 1 / sorted[Math.ceil(place)]!)
}

/** What is quick enough can come out as no time, beside the noise. */
function timed({ ns }: Observation): boolean {
  return ns > 0
}

function nsPerInstruction({ ns, counts }: Observation): number {
  const instructions = Object.entries(counts).filter(([name]) => name in PROFILE_1.schedule.instructions)
  return round(ns / instructions.reduce((sum, [, count = 0]) => sum + count, 0))
}
