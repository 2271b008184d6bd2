/**
 * Steps: the points of a function's code at which its gas plan and binaryen's tree are compared.
 *
 * A step is an anchor, that is an instruction which must stand in both, or a place where control joins. This file says which
 * steps there are, and which of them end a metered block.
 */
import { CODES, INSTRUCTIONS, OP, type Group } from '../../../wasm/instructions.ts'
import type { Mode } from '../../modes.ts'

/** Steps that are no instructions, numbered from the end of the instruction table. */
export const STEP = {
  /** The head of a loop that takes parameters. */
  loopWithParams: CODES,
  /** The end of an `if`, where its arms join. */
  endIf: CODES + 1,
  /** The end of a block that is the target of a reachable branch. */
  join: CODES + 2,
  /** The end of a body, if control can reach it. */
  end: CODES + 3,
} as const

/** Properties of steps, as bits: it must be met in binaryen's tree; it ends a metered block; it passes the gas on. */
const ANCHOR = 1
const BOUNDARY = 2
const PASSES_GAS = 4

/** The properties of each step in a mode. */
export type StepKinds = Uint8Array

const known = new Map<string, StepKinds>()

/** The properties of all steps in a mode. They depend on where the counters live and on what is known of traps. */
export function stepKinds({ counters, traps }: Mode): StepKinds {
  const key = `${counters} ${traps}`
  const found = known.get(key) ?? classify(counters, traps)
  known.set(key, found)
  return found
}

function classify(counters: Mode['counters'], traps: Mode['traps']): StepKinds {
  const kinds = new Uint8Array(CODES + 4)
  const noSteps = new Set(['block', 'control', 'drop', 'localGet', 'localSet', 'const'])
  const ends = new Set(['loop', 'if', 'branch', 'branchTable', 'return', 'call', 'callIndirect', 'unreachable'])
  for (const instruction of INSTRUCTIONS) {
    if (instruction === undefined || noSteps.has(instruction.group)) continue
    const boundary = ends.has(instruction.group) || (traps === 'exact' && instruction.traps !== undefined)
    kinds[instruction.code] = ANCHOR | (boundary ? BOUNDARY : 0)
  }
  kinds[OP.else] = ANCHOR | BOUNDARY
  kinds.fill(ANCHOR | BOUNDARY, CODES)
  if (counters === 'globals') return kinds
  for (const step of [OP.call, OP.callIndirect, OP.returnCall, OP.returnCallIndirect, OP.return, STEP.end])
    kinds[step]! |= PASSES_GAS
  return kinds
}

/** True if binaryen's tree must contain a step. */
export function isAnchor(step: number, kinds: StepKinds): boolean {
  return (kinds[step]! & ANCHOR) !== 0
}

/** True if a step ends a metered block. */
export function endsBlock(step: number, kinds: StepKinds): boolean {
  return (kinds[step]! & BOUNDARY) !== 0
}

/** True if a step passes the remaining gas on, to a callee or to the caller. */
export function passesGas(step: number, kinds: StepKinds): boolean {
  return (kinds[step]! & PASSES_GAS) !== 0
}

/** The groups of instructions whose price depends on an operand. */
export const PRICED_BY_OPERAND: ReadonlySet<Group> = new Set<Group>([
  'memoryGrow',
  'memoryFill',
  'memoryCopy',
  'memoryInit',
  'tableGrow',
  'tableFill',
  'tableCopy',
  'tableInit',
])
