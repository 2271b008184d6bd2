/** The messages between an engine and its processes. They wrap those of a thread (`protocol.ts`). */
import type { Answer, FaultMessage, Question } from './protocol.ts'

/** A message to the process. `most` comes with each job: above this resident memory, in bytes, the process ends itself. */
export interface ToChild {
  readonly question: Question
  readonly most?: number
}

/** A message from the process: an answer, or the fault with which it ends itself. The last answer has its resident memory in bytes. */
export type FromChild = { readonly answer: Answer; readonly resident?: number } | { readonly ends: FaultMessage }
