/** The form of the corpus file and of what a runner reports: plain JSON, so that every engine reads it. Types only. */

/** A parameter: an integer, text, or bytes in base64. */
export type ParamRow = readonly ['i' | 't' | 'b', string]

/** A file in base64, or a directory. */
export type TreeRow = string | { readonly [name: string]: TreeRow }

/** What a program finds that runs in the ABI `wasi`. */
export interface ProgramRow {
  readonly profile: 'pure' | 'virtual'
  readonly args: readonly string[]
  /** In base64; empty if there is none. */
  readonly stdin: string
  /** Files and directories by their paths. */
  readonly files: Readonly<Record<string, TreeRow>>
  readonly keep: readonly string[]
}

/** One call under limits. Rows of the same module stand together, so that it is prepared once. */
export interface TaskRow {
  readonly group: string
  readonly name: string
  /** Index into the corpus' modules. */
  readonly module: number
  readonly fun: string
  readonly abi: string
  /** None for a program. */
  readonly params: readonly ParamRow[]
  readonly program?: ProgramRow
  readonly gas: string
  readonly pages: number
}

export interface Corpus {
  /** Bytes in base64. */
  readonly modules: readonly string[]
  readonly tasks: readonly TaskRow[]
}

/**
 * What a runner reports of the task with that index: the CID of its receipt, or null and the code of the fault.
 * A line of JSON each, written as soon as it is known: an engine that dies leaves what was done.
 */
export type Line =
  readonly [index: number, cid: string] | readonly [index: number, cid: null, fault: string, message: string]
