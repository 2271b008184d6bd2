/** The state of a run of the corpus in a page, as `globalThis.corpusRun`. */
import type { Line } from '../../engines/format.ts'

export interface CorpusRun {
  readonly lines: Line[]
  done: boolean
  /** The error that ended the run; null if there is none. */
  problem: string | null
}
