/** The types of the corpus file and of a runner's report, which are plain JSON. */

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

/** A call under limits. Rows of the same module follow one another, so that it is prepared once. */
export interface TaskRow {
  readonly group: string
  readonly name: string
  /** The index of the module in the corpus. */
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
  /** The bytes of each module, in base64. */
  readonly modules: readonly string[]
  readonly tasks: readonly TaskRow[]
}

/**
 * The report of a runner about the task with that index: the CID of its receipt, or null and the code of the fault.
 * Each is a line of JSON, which is written at once, so that it remains if the engine dies later.
 */
export type Line =
  readonly [index: number, cid: string] | readonly [index: number, cid: null, fault: string, message: string]
