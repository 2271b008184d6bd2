/** The control frames that the planner of gas keeps while it reads a function's code. */
import { OP } from '../../../wasm/instructions.ts'
import type { ExitTarget, LoopExit } from './place-charges.ts'

/** The estimated number of iterations of a loop each time that it is entered. */
export const LOOP_WEIGHT = 8

/** A control frame (`block`, `loop`, `if`, or the function's body) that the planner is inside of. */
export interface ControlFrame extends ExitTarget {
  readonly opcode: number
  /** True if control can reach the beginning of the frame. */
  readonly live: boolean
  /** For an `if` with an `else`: true if control can reach the end of the first arm. */
  thenLive: boolean
  /** For an `if`: true once its `else` was read. */
  hasElse: boolean
  /** True if a reachable branch goes to the end of the frame. */
  targeted: boolean
  /** The node of the charge graph at the beginning of the frame. */
  readonly startNode: number
  /** The node of the charge graph to which branches to the frame's label go. */
  readonly labelNode: number
  /** Estimated executions of the frame for each call of the function. */
  readonly weight: number
  /** The part of `weight` that has reached the end of the frame, by the paths that were read so far. */
  weightAtEnd: number
  /** The number of loops around the frame; a loop counts itself. */
  readonly depth: number
  /** The number of the metered block with which the frame begins. */
  readonly firstBlock: number
  // What a branch to the end of the frame leads to. Both are set when the end is read.
  blockAfter: number
  onlyTraps: boolean
}

type Begun = Pick<ControlFrame, 'opcode' | 'live' | 'startNode' | 'labelNode' | 'weight' | 'depth' | 'firstBlock'>

/** A frame that has just begun. Every field is written here, so that engines give all frames one layout. */
export function newFrame({ opcode, live, startNode, labelNode, weight, depth, firstBlock }: Begun): ControlFrame {
  return {
    opcode,
    live,
    startNode,
    labelNode,
    weight,
    depth,
    firstBlock,
    thenLive: false,
    hasElse: false,
    targeted: false,
    weightAtEnd: 0,
    blockAfter: 0,
    onlyTraps: false,
  }
}

/** The estimated probability that a `br_if` to the label of a frame is taken. `loops` is the number of loops around the `br_if`. */
export function branchProbability({ opcode, depth }: ControlFrame, loops: number): number {
  if (opcode === OP.loop) return 1 - 1 / LOOP_WEIGHT
  return loops > depth ? 1 / LOOP_WEIGHT : 0.5
}

/** The innermost open loop, as long as its iterations may turn out to be countable. */
export interface InnermostLoop {
  /** The offset of the loop instruction in the module. */
  readonly at: number
  /** The number of open control frames once the loop has begun. A branch to one of the frames around them leaves the loop. */
  readonly openFrames: number
  readonly exits: LoopExit[]
}
