/** A deliberate breakage of the product: what is put in the place of what, and what goes wrong then. */
export interface Mutant {
  readonly name: string
  /** From the repository's root. */
  readonly file: string
  /** Occurs in the file once. */
  readonly find: string
  readonly replace: string
  /** One sentence. */
  readonly breaks: string
  /** Test files that are to catch it, the likeliest first. */
  readonly tests: readonly string[]
}

/** A mutant without the file and tests that it shares with others. */
export type Change = readonly [name: string, find: string, replace: string, breaks: string]

/** Mutants of one file that the same tests are to catch. */
export function mutantsOf(file: string, tests: readonly string[], changes: readonly Change[]): readonly Mutant[] {
  return changes.map(([name, find, replace, breaks]) => ({ name, file, find, replace, breaks, tests }))
}
