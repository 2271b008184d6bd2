/** What a plan and binaryen's tree meet in: instructions and places where control meets, and which of them end metered blocks. */
import { CODES, INSTRUCTIONS, OP, type Group } from '../../../wasm/instructions.ts'

/** Steps that are no instructions of the code: where control meets. Numbered behind the codes of the instruction table. */
export const STEP = {
  /** A loop that takes parameters. */
  loopWithParams: CODES,
  /** The end of an `if` whose arms meet, and of a block that some reachable branch leaves to. */
  endIf: CODES + 1,
  join: CODES + 2,
  /** The end of a body that control can reach. */
  end: CODES + 3,
} as const

/**
 * How a module is instrumented. `precise` is exact at every trap, the other two at the end of a run that succeeds. `steady`
 * makes NaNs canonical where somebody can tell them apart; `fast` gives up there.
 */
export type Mode = 'fast' | 'steady' | 'precise'

/** Properties of steps, as bits: to be met one by one, to end a metered block, and to hand the gas on that is left. */
const ANCHOR = 1
const BOUNDARY = 2
const HANDS_ON = 4

const KINDS: Readonly<Record<Mode, Uint8Array>> = {
  fast: /* @__PURE__ */ classify('fast'),
  steady: /* @__PURE__ */ classify('steady'),
  precise: /* @__PURE__ */ classify('precise'),
}

function classify(mode: Mode): Uint8Array {
  const kinds = new Uint8Array(CODES + 4)
  const silent = new Set(['block', 'control', 'drop', 'localGet', 'localSet', 'const'])
  const ends = new Set(['loop', 'if', 'branch', 'branchTable', 'return', 'call', 'callIndirect', 'unreachable'])
  for (const instruction of INSTRUCTIONS) {
    if (instruction === undefined || silent.has(instruction.group)) continue
    const boundary = ends.has(instruction.group) || (mode === 'precise' && instruction.traps !== undefined)
    kinds[instruction.code] = ANCHOR | (boundary ? BOUNDARY : 0)
  }
  kinds[OP.else] = ANCHOR | BOUNDARY
  kinds.fill(ANCHOR | BOUNDARY, CODES)
  if (mode === 'precise') return kinds
  for (const step of [OP.call, OP.callIndirect, OP.returnCall, OP.returnCallIndirect, OP.return, STEP.end])
    kinds[step]! |= HANDS_ON
  return kinds
}

/** Whether a step has to be met in binaryen's tree. */
export function isAnchor(step: number, mode: Mode): boolean {
  return (KINDS[mode][step]! & ANCHOR) !== 0
}

/** Whether a metered block ends with this step. */
export function endsBlock(step: number, mode: Mode): boolean {
  return (KINDS[mode][step]! & BOUNDARY) !== 0
}

/** Whether the gas that is left is handed on at this step, to a callee or to who called. */
export function handsGasOn(step: number, mode: Mode): boolean {
  return (KINDS[mode][step]! & HANDS_ON) !== 0
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
