import { Fault } from '../base/fault.ts'

/** The default of `lieProbability`: an executor states a false receipt once in ten times. It is assumed, not measured. */
export const LIE_PROBABILITY = 0.1

/** Returns a probability between 0 and 1, both excluded. Throws Fault('bad-usage') for anything else. */
export function givenProbability(value: number, name: string): number {
  if (typeof value === 'number' && value > 0 && value < 1) return value
  throw new Fault('bad-usage', `${name} must be a number above 0 and below 1`, { argument: name })
}

/**
 * The confidence in each of several contradicting receipts, from the numbers of executors that state them.
 *
 * It is the probability that the receipt is true if each executor lies with probability p, independently of the others, if all
 * that lie may have agreed on one false receipt, and if nothing else is known beforehand. With the odds r = (1 − p) ÷ p it is
 *
 *     r^n ÷ (1 + Σ r^m),
 *
 * where n executors state the receipt, the sum is over the numbers m of all receipts, this one included, and the 1 stands for
 * the case that all of them are false. With p = 0.1, one executor alone gives 0.9, two that agree give 0.988, and two against one
 * give 0.89.
 */
export function confidences(executors: readonly number[], lieProbability: number): number[] {
  const odds = (1 - lieProbability) / lieProbability
  // Both parts of the fraction are divided by r^n, so that they stay within the range of numbers.
  return executors.map(n => 1 / (odds ** -n + executors.reduce((sum, m) => sum + odds ** (m - n), 0)))
}
