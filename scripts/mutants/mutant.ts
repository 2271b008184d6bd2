/** A deliberate bug: a replacement of code in one file, and a description of its effect. */
export interface Mutant {
  readonly name: string
  /** The path of the file from the root of the repository. */
  readonly file: string
  /** The code that is replaced. It must occur exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The effect, in one sentence. */
  readonly breaks: string
  /** The test files that should catch it, the likeliest first. */
  readonly tests: readonly string[]
}

/** A mutant without its file and tests, which it shares with others. */
export type Change = readonly [name: string, find: string, replace: string, breaks: string]

/** Mutants of one file that the same tests should catch. */
export function mutantsOf(file: string, tests: readonly string[], changes: readonly Change[]): readonly Mutant[] {
  return changes.map(([name, find, replace, breaks]) => ({ name, file, find, replace, breaks, tests }))
}
