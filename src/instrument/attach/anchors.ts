/** Which instructions binaryen's tree must hold one by one, as expressions of which kind, and which of them passes edit. */
import { INSTRUCTIONS, type Group, type Instruction } from '../../wasm/instructions.ts'
import type { ExpressionIds } from '../binaryen/port.ts'
import { takesCanonical } from '../nan/analysis/demands.ts'
import { PAY_BY_OPERAND, STEP, stepKinds, type StepKinds } from '../gas/analysis/steps.ts'
import type { Mode } from '../modes.ts'

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

/** Whether the passes of a mode edit an instruction. */
function isEditedBy({ counters, traps }: Mode, { nan, group, code, traps: cause }: Instruction): boolean {
  if (nan !== undefined || PAY_BY_OPERAND.has(group)) return true
  if (traps === 'exact' && (cause === 'divide' || cause === 'divideSigned' || cause === 'truncate')) return true
  return counters === 'registers' && (group === 'call' || group === 'callIndirect' || takesCanonical(code))
}

export class Anchors {
  readonly mode: Mode
  readonly kinds: StepKinds
  /** For each code of an anchor, the kind that its expression must have; for each kind, whether its expressions are anchors. */
  readonly #kindOf = new Uint8Array(STEP.end + 1)
  readonly #isAnchor = new Uint8Array(256)
  readonly #isEdited = new Uint8Array(STEP.end + 1)

  constructor(ids: ExpressionIds, mode: Mode) {
    this.mode = mode
    this.kinds = stepKinds(mode)
    for (const instruction of INSTRUCTIONS) {
      const kind = instruction && KINDS[instruction.group as keyof typeof KINDS]
      if (kind === undefined) continue
      this.#kindOf[instruction!.code] = ids[kind]
      if (kind !== 'Loop' && kind !== 'If') this.#isAnchor[ids[kind]] = 1
      this.#isEdited[instruction!.code] = isEditedBy(mode, instruction!) ? 1 : 0
    }
  }

  isAnchor(kind: number): boolean {
    return this.#isAnchor[kind] === 1
  }

  matches(step: number, kind: number): boolean {
    return this.#kindOf[step] === kind
  }

  isEdited(step: number): boolean {
    return this.#isEdited[step] === 1
  }
}
