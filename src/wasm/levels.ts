/**
 * Estimates of what instructions cost in binaryen and in compilers, for the limits on products (docs/spec/profile.md).
 *
 * Levels (PROFILE-10) measure the depth of the tree into which binaryen parses code. binaryen recurses over the tree when it
 * writes a module. One level stands for about 150 bytes of its native stack, with the code of instrumentation included.
 */
import { OP, type Group, type Instruction } from './instructions.ts'
import type { FunctionType } from './types.ts'

/** The levels of an instruction that is not edited. */
const PLAIN = 3
/** An instruction around which instrumentation puts a charge and a note, a check for NaNs, or a call. */
const EDITED = 8
const BLOCK = 4
const BLOCK_OF_VALUES = 6
/** binaryen parses a loop with parameters into a loop with several nested blocks. */
const LOOP_OF_PARAMETERS = 12

const CALLS: ReadonlySet<Group> = new Set<Group>(['call', 'callIndirect', 'memoryGrow', 'tableGrow'])

/** The levels that an instruction other than a block adds to the depth of its operands. */
export function levelsOf({ traps, nan, group }: Instruction): number {
  return traps !== undefined || nan !== undefined || CALLS.has(group) ? EDITED : PLAIN
}

/**
 * The levels that a block adds to the depth of the trees inside. A `block` without parameters and results that is the first
 * instruction of the block around it adds none: binaryen handles a chain of those in a loop. Compilers write such chains for the
 * targets of a `br_table`. `begins` says that it is the first instruction.
 */
export function levelsOfBlock(code: number, { params, results }: FunctionType, begins: boolean): number {
  if (params.length + results.length === 0) return code === OP.block && begins ? 0 : BLOCK
  return code === OP.loop && params.length > 0 ? LOOP_OF_PARAMETERS : BLOCK_OF_VALUES
}

/** Blocks, and instructions before which the instrumented code has a branch, since their size is charged. */
const KEEPING: ReadonlySet<Group> = new Set<Group>([
  'block',
  'if',
  'memoryFill',
  'memoryCopy',
  'memoryInit',
  'tableFill',
  'tableCopy',
  'tableInit',
])

/** The number of parts of a kept value. A compiler keeps a whole value for each block, and one part for each call. */
export const KEPT_PARTS = 32

/** The blocks and branches of a counted loop: the loop, and the checks before it. */
const KEPT_AT_LOOP = 4

/**
 * The memory that a compiler may keep for each value of a body at an instruction, in parts of a value (PROFILE-23). An
 * instruction that may trap counts as a call, since in the precise mode a call that charges may stand before it.
 */
export function partsKept({ group, code, traps }: Instruction): number {
  if (group === 'loop') return KEPT_AT_LOOP * KEPT_PARTS
  if (KEEPING.has(group) || code === OP.else) return KEPT_PARTS
  return traps !== undefined || CALLS.has(group) ? 1 : 0
}
