/** One row of the instruction table: what the table says about an instruction. */
import type { Feature, PriceClass } from '../interface-profile.ts'
import type { FunctionType } from './types.ts'

/** What follows the opcode in the binary format. `index` names the index spaces in the order of the bytes. */
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

/** The family of an instruction: what it is rather than what it computes. */
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

/** Why an instruction may trap, apart from what its callee does. */
export type TrapCause = 'unreachable' | 'memory' | 'table' | 'indirect' | 'divide' | 'divideSigned' | 'truncate'

/** The lane shape in which an instruction produces NaNs of its own making (core spec 4.3.3, deterministic profile). */
export type NanShape = 'f32' | 'f64' | 'f32x4' | 'f64x2'

export interface Instruction {
  /** One number for opcode and prefix: the opcode, 0x100 + sub-opcode after 0xfc, 0x200 + sub-opcode after 0xfd. */
  readonly code: number
  readonly name: string
  readonly type: FunctionType
  readonly immediate: Immediate
  readonly group: Group
  readonly price: PriceClass
  /** Log2 of the natural alignment, for memory accesses. */
  readonly align: number
  /** Lanes, for instructions that name one. */
  readonly lanes: number
  readonly traps: TrapCause | undefined
  readonly nan: NanShape | undefined
  readonly feature: Feature | undefined
}
