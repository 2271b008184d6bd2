/** The result of attaching a plan to binaryen's tree: the positions at which passes edit instructions and insert statements. */
import type { Pointer } from '../binaryen/port.ts'
import type { Scratch } from './scratch.ts'

/** A position in the tree: operand `index` of `parent`. Parent 0 is the function itself, whose operand 0 is its body. */
export interface Slot {
  readonly parent: Pointer
  readonly index: number
}

/** The position of the statements of a metered block: before or after the expression in the slot. */
export interface Place extends Slot {
  readonly after: boolean
}

/** An instruction that some pass edits: its position, its expression and its code. */
export interface Site extends Slot {
  readonly expression: Pointer
  readonly code: number
  /** The metered block that contains the instruction. */
  readonly block: number
}

/** The result of attaching a plan to one function. */
export interface Attachment {
  /** By number of the metered block. Blocks for which no pass has a statement are absent. */
  readonly places: ReadonlyMap<number, Place>
  /** In order of evaluation. */
  readonly sites: readonly Site[]
  /** The counted loops, by the number of the metered block at the loop's head. */
  readonly loops: ReadonlyMap<number, Site>
  /** Operands that never yield a value, though the instruction around them takes one (`end-dead-code`). */
  readonly dead: readonly Slot[]
  /** The locals that binaryen has added and that reachable code uses, by index. */
  readonly scratch: ReadonlyMap<number, Scratch>
  /** If the counters live in parameters: accesses to all locals that are not parameters, since their indices move. */
  readonly gets: readonly Pointer[]
  readonly sets: readonly Pointer[]
}
