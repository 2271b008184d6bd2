/**
 * What instructions cost those who instrument and compile them, for the limits on products (docs/spec/profile.md).
 *
 * Levels of the tree that code is read as (PROFILE-10): binaryen recurses where it writes a module; a level stands for about
 * 150 bytes of its stack, with what instrumentation puts around an expression.
 */
import { OP, type Group, type Instruction } from './instructions.ts'
import type { FunctionType } from './types.ts'

const PLAIN = 3
/** With a charge and a note of the trap around it, a look at a NaN, or a call in its place. */
const EDITED = 8
const BLOCK = 4
const BLOCK_OF_VALUES = 6
/** Instrumentation makes blocks of its parameters that stand in each other. */
const LOOP_OF_PARAMETERS = 12

const CALLS: ReadonlySet<Group> = new Set<Group>(['call', 'callIndirect', 'memoryGrow', 'tableGrow'])

/** What an instruction that is no block adds to the depth of its operands. */
export function levelsOf({ traps, nan, group }: Instruction): number {
  return traps !== undefined || nan !== undefined || CALLS.has(group) ? EDITED : PLAIN
}

/**
 * What a block adds to the depth of what is in it. One that begins its block, and neither takes nor gives anything, adds
 * nothing: binaryen goes down a row of them without recursion. Compilers write a row for the places that jumps lead to.
 */
export function levelsOfBlock(code: number, { params, results }: FunctionType, begins: boolean): number {
  if (params.length + results.length === 0) return code === OP.block && begins ? 0 : BLOCK
  return code === OP.loop && params.length > 0 ? LOOP_OF_PARAMETERS : BLOCK_OF_VALUES
}

/** Blocks, and instructions in front of which the instrumented code branches to charge for their size. */
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

/** How many parts a kept value has: a call keeps that much less of the frame than a block. */
export const KEPT_PARTS = 32

/** In front of a loop whose rounds are counted stand as many branches, and the loop. */
const KEPT_AT_LOOP = 4

/**
 * How much a compiler may keep of every value of a body where it comes to the instruction, in parts (PROFILE-23). In the mode
 * that is exact at every trap, an instruction that may trap stands after a call that charges for it.
 */
export function partsKept({ group, code, traps }: Instruction): number {
  if (group === 'loop') return KEPT_AT_LOOP * KEPT_PARTS
  if (KEEPING.has(group) || code === OP.else) return KEPT_PARTS
  return traps !== undefined || CALLS.has(group) ? 1 : 0
}
