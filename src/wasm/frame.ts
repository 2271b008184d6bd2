import type { FunctionType } from './types.ts'

/** A control frame of the validation algorithm: a block, a loop, an arm of an `if`, or the body itself. */
export interface Frame {
  opcode: number
  type: FunctionType
  /** The height of the operand stack where the frame begins, and the number of vectors among these values. */
  base: number
  vectors: number
  unreachable: boolean
  /** The greatest depth of an expression tree inside the frame. */
  depth: number
  /** The levels that the frame adds to the depth of the trees inside (`levels.ts`). */
  readonly levels: number
  /** The words of the parameters of this frame and of all loops and ifs around it. */
  readonly held: number
}
