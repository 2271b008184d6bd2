/**
 * What fast-check generates and shrinks: the choices that make a module, in lists that do not touch each other.
 *
 * Two lists for what the module declares, one for each function's head, and one for each statement of a function's
 * body: taking a number or a list away changes that statement and leaves the others as they were. With a single list
 * for the whole module, every removal would turn all that follows into other code, and shrinking would soon be stuck.
 */
import fc from 'fast-check'
import { Random } from '../support/random.ts'

export interface FunctionRecipe {
  readonly head: readonly number[]
  readonly statements: readonly (readonly number[])[]
}

export interface Recipe {
  readonly head: readonly number[]
  /** For element and data segments. */
  readonly segments: readonly number[]
  readonly functions: readonly FunctionRecipe[]
  /** For the arguments of calls and for the limits. */
  readonly calls: readonly number[]
}

const MOST = {
  head: 90,
  segments: 60,
  functionHead: 16,
  statements: 14,
  statement: 100,
  functions: 4,
  calls: 24,
} as const

/** Recipes of modules from a few bytes to some kilobytes. */
export function recipes(): fc.Arbitrary<Recipe> {
  const numbers = (maxLength: number): fc.Arbitrary<number[]> =>
    fc.array(fc.nat({ max: 65_535 }), { minLength: 0, maxLength, size: 'max' })
  const fn = fc.record({
    head: numbers(MOST.functionHead),
    statements: fc.array(numbers(MOST.statement), { maxLength: MOST.statements, size: 'max' }),
  })
  return fc.record({
    head: numbers(MOST.head),
    segments: numbers(MOST.segments),
    calls: numbers(MOST.calls),
    functions: fc.array(fn, { minLength: 1, maxLength: MOST.functions, size: 'max' }),
  })
}

/** A recipe without fast-check, for where many are needed and none is shrunk. */
export function recipeOf(seed: number): Recipe {
  const random = new Random(seed)
  const numbers = (most: number): number[] => Array.from({ length: random.below(most + 1) }, () => random.below(65_536))
  return {
    head: numbers(MOST.head),
    segments: numbers(MOST.segments),
    functions: Array.from({ length: 1 + random.below(MOST.functions) }, () => ({
      head: numbers(MOST.functionHead),
      statements: Array.from({ length: random.below(MOST.statements + 1) }, () => numbers(MOST.statement)),
    })),
    calls: numbers(MOST.calls),
  }
}
