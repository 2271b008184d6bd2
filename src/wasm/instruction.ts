/** The entries of the instruction table. */
import type { Feature, PriceClass } from '../interface-profile.ts'
import type { FunctionType } from './types.ts'

/** The immediates after the opcode. `index` has the index spaces of the indices, in the order of the bytes. */
export type Immediate =
  | 'none'
  | 'block'
  | 'label'
  | 'labels'
  | 'func'
  | 'type table'
  | 'local'
  | 'global'
  | 'table'
  | 'table table'
  | 'elem table'
  | 'elem'
  | 'data memory'
  | 'data'
  | 'memory'
  | 'memory memory'
  | 'memarg'
  | 'memarg lane'
  | 'lane'
  | 'lanes'
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'reftype'
  | 'types'

/** The group of an instruction: instructions of one group are read, validated and instrumented in the same way. */
export type Group =
  | 'control'
  | 'block'
  | 'loop'
  | 'if'
  | 'branch'
  | 'branchTable'
  | 'return'
  | 'call'
  | 'callIndirect'
  | 'drop'
  | 'select'
  | 'localGet'
  | 'localSet'
  | 'globalGet'
  | 'globalSet'
  | 'const'
  | 'load'
  | 'store'
  | 'unary'
  | 'binary'
  | 'unreachable'
  | 'tableGet'
  | 'tableSet'
  | 'tableSize'
  | 'tableGrow'
  | 'tableFill'
  | 'tableCopy'
  | 'tableInit'
  | 'elemDrop'
  | 'memorySize'
  | 'memoryGrow'
  | 'memoryFill'
  | 'memoryCopy'
  | 'memoryInit'
  | 'dataDrop'
  | 'refIsNull'
  | 'refFunc'
  | 'vectorLoad'
  | 'vectorLane'
  | 'extractLane'
  | 'replaceLane'
  | 'shuffle'
  | 'ternary'
  | 'shift'

/** The cause for which an instruction itself may trap. Traps of a callee are not included. */
export type TrapCause = 'unreachable' | 'memory' | 'table' | 'indirect' | 'divide' | 'divideSigned' | 'truncate'

/** The lane shape in which an instruction produces fresh NaNs (core spec 4.3.3, deterministic profile). */
export type NanShape = 'f32' | 'f64' | 'f32x4' | 'f64x2'

export interface Instruction {
  /** The opcode with its prefix as one number: the opcode, 0x100 + sub-opcode after 0xfc, 0x200 + sub-opcode after 0xfd. */
  readonly code: number
  readonly name: string
  readonly type: FunctionType
  readonly immediate: Immediate
  readonly group: Group
  readonly price: PriceClass
  /** For memory accesses: the binary logarithm of the natural alignment. */
  readonly align: number
  /** For instructions with a lane index: the number of lanes. */
  readonly lanes: number
  readonly traps: TrapCause | undefined
  readonly nan: NanShape | undefined
  readonly feature: Feature | undefined
}
