/** What a plan and binaryen's tree meet in: instructions and places where control meets, and which of them end metered blocks. */
import { CODES, INSTRUCTIONS, OP, type Group } from '../../../wasm/instructions.ts'
import type { Mode } from '../../modes.ts'

/** Steps that are not instructions of the code: places where control meets. Numbered from the end of the instruction table. */
export const STEP = {
  /** A loop that takes parameters. */
  loopWithParams: CODES,
  /** The end of an `if` whose arms meet, and of a block that some reachable branch leaves to. */
  endIf: CODES + 1,
  join: CODES + 2,
  /** The end of a body that control can reach. */
  end: CODES + 3,
} as const

/** Properties of steps, as bits: to be met one by one, to end a metered block, and to pass the remaining gas on. */
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
  const silent = new Set(['block', 'control', 'drop', 'localGet', 'localSet', 'const'])
  const ends = new Set(['loop', 'if', 'branch', 'branchTable', 'return', 'call', 'callIndirect', 'unreachable'])
  for (const instruction of INSTRUCTIONS) {
    if (instruction === undefined || silent.has(instruction.group)) continue
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

/** Whether a step has to be met in binaryen's tree. */
export function isAnchor(step: number, kinds: StepKinds): boolean {
  return (kinds[step]! & ANCHOR) !== 0
}

/** Whether a metered block ends with this step. */
export function endsBlock(step: number, kinds: StepKinds): boolean {
  return (kinds[step]! & BOUNDARY) !== 0
}

/** Whether the remaining gas is passed on at this step, to a callee or to the caller. */
export function passesGas(step: number, kinds: StepKinds): boolean {
  return (kinds[step]! & PASSES_GAS) !== 0
}

/** Instructions whose price depends on an operand. */
export const PAY_BY_OPERAND: ReadonlySet<Group> = new Set<Group>([
  'memoryGrow',
  'memoryFill',
  'memoryCopy',
  'memoryInit',
  'tableGrow',
  'tableFill',
  'tableCopy',
  'tableInit',
])
