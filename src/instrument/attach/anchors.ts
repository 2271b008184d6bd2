/**
 * Anchors: the instructions that a gas plan and binaryen's tree must both have, in the same order. This says which kind of
 * expression each of them must be, and which of them passes edit.
 */
import { INSTRUCTIONS, type Group, type Instruction } from '../../wasm/instructions.ts'
import type { ExpressionIds } from '../binaryen/port.ts'
import { isSink } from '../nan/analysis/demands.ts'
import { PRICED_BY_OPERAND, STEP, stepKinds, type StepKinds } from '../gas/analysis/steps.ts'
import type { Mode } from '../modes.ts'

/** The kind of expression of the instructions of each group. Groups that have no anchors are absent. */
const KINDS: Readonly<
  Record<Exclude<Group, 'control' | 'block' | 'drop' | 'localGet' | 'localSet' | 'const'>, keyof ExpressionIds>
> = {
  loop: 'Loop',
  if: 'If',
  branch: 'Break',
  branchTable: 'Switch',
  return: 'Return',
  call: 'Call',
  callIndirect: 'CallIndirect',
  select: 'Select',
  globalGet: 'GlobalGet',
  globalSet: 'GlobalSet',
  load: 'Load',
  store: 'Store',
  unary: 'Unary',
  binary: 'Binary',
  unreachable: 'Unreachable',
  tableGet: 'TableGet',
  tableSet: 'TableSet',
  tableSize: 'TableSize',
  tableGrow: 'TableGrow',
  tableFill: 'TableFill',
  tableCopy: 'TableCopy',
  tableInit: 'TableInit',
  elemDrop: 'ElemDrop',
  memorySize: 'MemorySize',
  memoryGrow: 'MemoryGrow',
  memoryFill: 'MemoryFill',
  memoryCopy: 'MemoryCopy',
  memoryInit: 'MemoryInit',
  dataDrop: 'DataDrop',
  refIsNull: 'RefIsNull',
  refFunc: 'RefFunc',
  vectorLoad: 'SIMDLoad',
  vectorLane: 'SIMDLoadStoreLane',
  extractLane: 'SIMDExtract',
  replaceLane: 'SIMDReplace',
  shuffle: 'SIMDShuffle',
  ternary: 'SIMDTernary',
  shift: 'SIMDShift',
}

/** True if some pass of the mode edits an instruction: then the walk records a site for it. */
function isEditedBy({ counters, traps }: Mode, { nan, group, code, traps: cause }: Instruction): boolean {
  if (nan !== undefined || PRICED_BY_OPERAND.has(group)) return true
  if (traps === 'exact' && (cause === 'divide' || cause === 'divideSigned' || cause === 'truncate')) return true
  return counters === 'registers' && (group === 'call' || group === 'callIndirect' || isSink(code))
}

/** The anchors of a mode, as tables for the walk. */
export class Anchors {
  readonly mode: Mode
  readonly kinds: StepKinds
  /** By instruction code: the kind that the expression must have, or 0. */
  readonly #kindOf = new Uint8Array(STEP.end + 1)
  /** By kind: whether its expressions are anchors that the walk meets when it leaves them. */
  readonly #isAnchor = new Uint8Array(256)
  readonly #isEdited = new Uint8Array(STEP.end + 1)

  constructor(ids: ExpressionIds, mode: Mode) {
    this.mode = mode
    this.kinds = stepKinds(mode)
    for (const instruction of INSTRUCTIONS) {
      const kind = instruction && KINDS[instruction.group as keyof typeof KINDS]
      if (kind === undefined) continue
      this.#kindOf[instruction!.code] = ids[kind]
      // The walk meets loops when it enters them, and the parts of an `if` one by one.
      if (kind !== 'Loop' && kind !== 'If') this.#isAnchor[ids[kind]] = 1
      this.#isEdited[instruction!.code] = isEditedBy(mode, instruction!) ? 1 : 0
    }
  }

  /** True if expressions of this kind must have a step in the plan. */
  isAnchor(kind: number): boolean {
    return this.#isAnchor[kind] === 1
  }

  /** True if the instruction of a step is an expression of this kind. */
  matches(step: number, kind: number): boolean {
    return this.#kindOf[step] === kind
  }

  /** True if some pass edits the instruction of a step. */
  isEdited(step: number): boolean {
    return this.#isEdited[step] === 1
  }
}
