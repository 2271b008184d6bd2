/** A place at which one job at a time is computed, as an engine sees it: a thread or a process. */
import type { Fault } from '../base/fault.ts'
import type { Answer, Question } from './protocol.ts'

export interface Seat {
  /** Hands a message over. Throws if it cannot be; then nothing of it was handed over. */
  post(question: Question): void
  /** Says whether it has a job: then it keeps this process from ending, and else not. */
  hold(busy: boolean): void
  /** Ends it, whatever it does. Resolves when nothing of it runs any more; never rejects. */
  end(): Promise<void>
}

/** What a seat tells its engine. */
export interface SeatEvents {
  /** It has answered. One that is worn computes as well as ever, and should make room for another one. */
  answered(answer: Answer, worn?: boolean): void
  /** It has ended by itself, or has failed and is to be ended. */
  died(fault: Fault): void
}

export type OpenSeat = (events: SeatEvents) => Seat
