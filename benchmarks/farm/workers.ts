/** The workers of a simulated farm: how each of them answers. */
import { checkProbability, type History, type Policy } from '../../src/farm/policy.ts'
import type { Random } from '../../test/support/random.ts'

/** What a worker does. The names are those of the report. */
export type Kind = 'honest' | 'alone' | 'together' | 'cautious'

/** The answer of a worker. The right one is 0, and equal numbers are equal answers. */
export type Answer = number

export const RIGHT = 0
/** The false answer that all liars give who lie together. */
const AGREED_LIE = 1

/** Liars that do not choose by what they see give one false answer in this number of answers. */
const LIES_ONE_IN = 10

/**
 * The greatest probability of being checked at which a cautious liar lies. Of the tenths from 0.1 to 0.8, this is the one with
 * which the farm accepts most false receipts. A liar with a lower bound lies later, and one with a higher bound is found sooner.
 * Liars that come back under new names lose less when they are found, and would get somewhat more with 0.6.
 */
const CAUTION = 0.4

/** A worker, with what the farm knows of it, and what only the simulation knows. */
export interface Worker {
  readonly id: number
  readonly kind: Kind
  readonly lane: number
  readonly isSlow: boolean
  /** The number of accepted answers after which it leaves. */
  readonly life: number
  history: History
  /** The number of its answers. */
  answers: number
  /** The value of `answers` at its first false answer, and when the farm first charged it. */
  firstLie: number | undefined
  found: number | undefined
}

/** What a worker sees of a job: the queue is open to all, so it sees which workers were asked. */
export interface Sight {
  /** True for one task in ten: those about which liars have agreed to lie. */
  readonly isTempting: boolean
  /** The workers that were asked so far, itself included. */
  readonly asked: readonly Worker[]
}

/** The answer of a worker to a job. */
export function answerOf(worker: Worker, { isTempting, asked }: Sight, policy: Policy, random: Random): Answer {
  switch (worker.kind) {
    case 'honest':
      return RIGHT
    case 'alone':
      return random.once(LIES_ONE_IN) ? AGREED_LIE + 1 + worker.id : RIGHT
    case 'together':
      return isTempting ? AGREED_LIE : RIGHT
    case 'cautious': {
      const seemsSafe =
        asked.length === 1
          ? checkProbability(worker.history, policy) <= CAUTION
          : asked.every(({ kind }) => kind === 'cautious')
      return seemsSafe ? AGREED_LIE : RIGHT
    }
  }
}
