/**
 * Prices that predict time. Each kernel says what its counted instructions take together; what single classes take on
 * their own was measured as well. The fit looks for prices near the second that explain the first, in relative terms,
 * because a kernel of one second should not outvote fifty of twenty milliseconds.
 */
import { median, round } from '../stats.ts'

export interface Observation {
  readonly name: string
  readonly ns: number
  readonly counts: Readonly<Partial<Record<string, number>>>
}

/**
 * How much a class that costs twice as much as measured on its own weighs, to a kernel that is off by its whole time.
 */
const TRUST = 0.02

/**
 * Nanoseconds by class that minimise Σ (predicted / measured − 1)² over kernels + TRUST · Σ (price / prior − 1)² over
 * classes, none of them below a quarter of its prior (an instruction that overlaps with others still takes a slot in
 * the pipeline). Coordinate descent: the function is convex, and small.
 */
export function fit(
  observations: readonly Observation[],
  priors: Readonly<Record<string, number>>,
): Record<string, number> {
  const names = Object.keys(priors)
  const prices: Record<string, number> = { ...priors }
  const shares = observations.map(({ counts, ns }) => names.map(name => (counts[name] ?? 0) / ns))
  const predicted = shares.map(row => row.reduce((sum, share, i) => sum + share * prices[names[i]!]!, 0))
  for (let sweep = 0; sweep < 500; sweep++) {
    for (const [i, name] of names.entries()) {
      const [price, prior] = [prices[name]!, priors[name]!]
      let [slope, curve] = [(TRUST * (price / prior - 1)) / prior, TRUST / prior ** 2]
      for (const [k, row] of shares.entries()) {
        slope += (predicted[k]! - 1) * row[i]!
        curve += row[i]! ** 2
      }
      const next = Math.max(prior / 4, price - slope / curve)
      for (const [k, row] of shares.entries()) predicted[k]! += (next - price) * row[i]!
      prices[name] = next
    }
  }
  return Object.fromEntries(names.map(name => [name, round(prices[name]!)]))
}

/** Nanoseconds per gas of every kernel under prices in gas. */
export function perGas(observations: readonly Observation[], prices: Readonly<Record<string, number>>): number[] {
  return observations.map(
    ({ ns, counts }) =>
      ns / Object.entries(counts).reduce((sum, [name, count]) => sum + count! * (prices[name] ?? 0), 0),
  )
}

/**
 * Prices in gas from nanoseconds: integers, and at least 1. They are scaled so that the median kernel uses as much gas
 * as it does under the prices of now: the unit should stay what it is.
 */
export function toGas(
  observations: readonly Observation[],
  ns: Readonly<Record<string, number>>,
  now: Readonly<Record<string, number>>,
): Record<string, number> {
  const [before, after] = [perGas(observations, now), perGas(observations, ns)]
  const scale = median(after.map((one, i) => one / before[i]!))
  return Object.fromEntries(Object.entries(ns).map(([name, one]) => [name, Math.max(1, Math.round(one * scale))]))
}
