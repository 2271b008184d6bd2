/** A seat: a thread, process or Web Worker of an engine that computes one job at a time. */
import type { Fault } from '../base/fault.ts'
import type { Answer, Question } from './protocol.ts'

export interface Seat {
  /** Sends a message to the seat. If it throws, nothing was sent. */
  post(question: Question): void
  /** Says whether the seat has a job. A busy seat keeps this process from ending; an idle one does not. */
  hold(busy: boolean): void
  /**
   * Ends the seat, even while it computes. Resolves when nothing of it runs any more, as far as the platform tells that. Never
   * rejects.
   */
  end(): Promise<void>
}

/** The events of a seat. */
export interface SeatEvents {
  /** The seat sends an answer. `worn` says that it should be replaced by a new one before the next job. */
  answered(answer: Answer, worn?: boolean): void
  /** The seat has ended by itself, or has failed and must be ended. */
  died(fault: Fault): void
}

export type OpenSeat = (events: SeatEvents) => Seat
