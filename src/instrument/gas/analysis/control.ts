import { OP } from '../../../wasm/instructions.ts'
import type { Landing, Way } from './place-charges.ts'

/** How much more often than the code around it a loop probably runs. */
export const LOOP_WEIGHT = 8

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

/** What no frame has had at its beginning. */
export const NEW_FRAME = { thenLive: false, hasElse: false, targeted: false, arriving: 0, behind: 0, fatal: false }

/** How probably a conditional branch to the label of a frame is taken, from code with so many loops around it. */
export function probabilityOf({ opcode, depth }: Frame, depthOfBranch: number): number {
  if (opcode === OP.loop) return 1 - 1 / LOOP_WEIGHT
  return depthOfBranch > depth ? 1 / LOOP_WEIGHT : 0.5
}

/** The innermost loop, while its rounds may be counted. */
export interface Innermost {
  /** Where it begins in the bytes. */
  readonly at: number
  /** How many frames are open where it begins, its own included. */
  readonly frames: number
  readonly ways: Way[]
}
