import type { Landing, Way } from './place-charges.ts'

/** A control frame of the code that is being planned. */
export interface Frame extends Landing {
  readonly opcode: number
  /** Whether control can reach its beginning, the end of its first arm, and its end by a branch. */
  readonly live: boolean
  thenLive: boolean
  hasElse: boolean
  targeted: boolean
  /** Nodes of the graph of charges: where it begins, and where branches to it go. */
  readonly from: number
  readonly to: number
  /** How often it probably runs, and how often its end is reached by other ways than the one that is planned at present. */
  readonly weight: number
  arriving: number
  /** How many loops are around it, itself included. */
  readonly depth: number
  /** The metered block with which it begins. */
  readonly head: number
  behind: number
  fatal: boolean
}

/** The innermost loop, while its rounds may be counted. */
export interface Innermost {
  /** Where it begins in the bytes. */
  readonly at: number
  /** How many frames are open where it begins, its own included. */
  readonly frames: number
  readonly ways: Way[]
}
