/** What crosses between an engine and a process of it, beside what a thread is told and answers. */
import type { Answer, FaultMessage, Question } from './protocol.ts'

/** To the process. `most` is the resident memory, in bytes, above which it ends itself; it comes with each job. */
export interface ToChild {
  readonly question: Question
  readonly most?: number
}

/** From the process: an answer, the last one with its resident memory in bytes; or why it ends itself. */
export type FromChild = { readonly answer: Answer; readonly resident?: number } | { readonly ends: FaultMessage }
