import type { FunctionType } from './types.ts'

/** A control frame: a block, loop, arm of an `if` or the body itself while its code is validated. */
export interface Frame {
  opcode: number
  type: FunctionType
  /** Height of the operand stack below the block, and how many of those values are vectors. */
  base: number
  vectors: number
  unreachable: boolean
  /** Greatest depth of an expression tree inside. */
  depth: number
  /** What it adds to the depth of the tree that it is in. */
  readonly levels: number
  /** Words of the parameters of the loops and ifs around it, itself included. */
  readonly held: number
}
