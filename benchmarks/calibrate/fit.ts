/**
 * Fits prices that predict time. The measurements of kernels give the time of many instructions together. Each class
 * has also been measured alone. The fit looks for prices near those of single classes that explain the times of the
 * kernels. Errors are relative, so that one kernel of a second does not outweigh fifty of twenty milliseconds.
 */
import { median, round } from '../stats.ts'

export interface Observation {
  readonly name: string
  readonly ns: number
  readonly counts: Readonly<Partial<Record<string, number>>>
}

/** The weight of an error of 100 % in the price of a class, relative to an error of 100 % in the time of a kernel. */
const TRUST = 0.02

/**
 * The nanoseconds by class that minimise Σ (predicted / measured − 1)² over kernels + TRUST · Σ (price / prior − 1)²
 * over classes. No price is below a quarter of its prior, since an instruction that overlaps with others still takes a
 * slot in the pipeline. The function is convex and has few variables, so coordinate descent finds the minimum.
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

/** The nanoseconds per gas of all kernels under the given prices. */
export function perGas(observations: readonly Observation[], prices: Readonly<Record<string, number>>): number[] {
  return observations.map(
    ({ ns, counts }) =>
      ns / Object.entries(counts).reduce((sum, [name, count]) => sum + count! * (prices[name] ?? 0), 0),
  )
}

/**
 * Converts nanoseconds to prices in gas, which are integers of at least 1. They are scaled so that the median kernel
 * uses as much gas as under the current prices, which keeps the unit of gas.
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
