/**
 * THE instruction table: every instruction of WebAssembly 2.0 (with fixed-width SIMD) and of the tail-call proposal.
 *
 * Reader, validator, gas plan, instrumentation and the tests' interpreter all read it; no other file lists opcodes.
 * Source: core spec 5.4 (binary format) and 7.10 (index of instructions); the types of rows with an empty type depend on
 * immediates or on the operand stack and are the validator's matter.
 */
import type { Feature, PriceClass } from '../interface.ts'
import { typeOf, type FunctionType } from './types.ts'

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
  /** One number for opcode and prefix: the opcode, 0x100 + sub-opcode behind 0xfc, 0x200 + sub-opcode behind 0xfd. */
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

/** Instructions that the reader and the validator treat one by one. */
// prettier-ignore
export const OP = {
  unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e,
  return: 0x0f, call: 0x10, callIndirect: 0x11, returnCall: 0x12, returnCallIndirect: 0x13, drop: 0x1a, select: 0x1b,
  selectTyped: 0x1c, localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24, tableGet: 0x25,
  tableSet: 0x26, i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, refNull: 0xd0, refIsNull: 0xd1,
  refFunc: 0xd2, memoryInit: 0x108, dataDrop: 0x109, memoryCopy: 0x10a, memoryFill: 0x10b, tableInit: 0x10c, elemDrop: 0x10d,
  tableCopy: 0x10e, tableGrow: 0x10f, tableSize: 0x110, tableFill: 0x111, memorySize: 0x3f, memoryGrow: 0x40,
  v128Const: 0x20c, shuffle: 0x20d, i32Eqz: 0x45, i32Eq: 0x46, i32GeU: 0x4f, i64Eqz: 0x50, i64Eq: 0x51,
  i64GeU: 0x5a, i32Add: 0x6a, i32Sub: 0x6b, i64Add: 0x7c, i64Sub: 0x7d,
} as const

type Options = Partial<Pick<Instruction, 'immediate' | 'traps' | 'nan' | 'feature' | 'lanes'>> & { align?: number }

/** Consecutive opcodes that differ in name only; `-` leaves a number unused. `%` in names stands for `prefix`. */
type Row = readonly [first: number, type: string, group: Group, price: PriceClass, names: string, options?: Options]

const INT_COMPARE = '%eq %ne %lt_s %lt_u %gt_s %gt_u %le_s %le_u %ge_s %ge_u'
const FLOAT_COMPARE = '%eq %ne %lt %gt %le %ge'
const SIMD: Options = { feature: 'simd' }
const REF: Options = { feature: 'reference-types' }
const BULK: Options = { feature: 'bulk-memory' }

const under = (prefix: string, names: string): string => names.replaceAll('%', `${prefix}.`)
const load = (align: number): Options => ({ immediate: 'memarg', traps: 'memory', align })
const vector = (align: number): Options => ({ ...load(align), ...SIMD })
const vectorLane = (align: number): Options => ({ ...vector(align), immediate: 'memarg lane', lanes: 16 >> align })
const lane = (lanes: number): Options => ({ immediate: 'lane', lanes, ...SIMD })
const nan = (shape: NanShape): Options => (shape.includes('x') ? { nan: shape, ...SIMD } : { nan: shape })

// prettier-ignore
const CONTROL: readonly Row[] = [
  [0x00, '', 'unreachable', 'free', 'unreachable', { traps: 'unreachable' }],
  [0x01, '', 'control', 'free', 'nop'],
  [0x02, '', 'block', 'free', 'block', { immediate: 'block' }],
  [0x03, '', 'loop', 'free', 'loop', { immediate: 'block' }],
  [0x04, '', 'if', 'branch', 'if', { immediate: 'block' }],
  [0x05, '', 'control', 'free', 'else'],
  [0x0b, '', 'control', 'free', 'end'],
  [0x0c, '', 'branch', 'branch', 'br br_if', { immediate: 'label' }],
  [0x0e, '', 'branchTable', 'branchTable', 'br_table', { immediate: 'labels' }],
  [0x0f, '', 'return', 'free', 'return'],
  [0x10, '', 'call', 'call', 'call', { immediate: 'func' }],
  [0x11, '', 'callIndirect', 'callIndirect', 'call_indirect', { immediate: 'type table', traps: 'indirect' }],
  [0x12, '', 'call', 'call', 'return_call', { immediate: 'func', feature: 'tail-calls' }],
  [0x13, '', 'callIndirect', 'callIndirect', 'return_call_indirect',
    { immediate: 'type table', traps: 'indirect', feature: 'tail-calls' }],
  [0x1a, '', 'drop', 'free', 'drop'],
  [0x1b, '', 'select', 'select', 'select'],
  [0x1c, '', 'select', 'select', 'select', { immediate: 'types', ...REF }],
  [0x20, '', 'localGet', 'local', 'local.get', { immediate: 'local' }],
  [0x21, '', 'localSet', 'local', 'local.set local.tee', { immediate: 'local' }],
  [0x23, '', 'globalGet', 'global', 'global.get', { immediate: 'global' }],
  [0x24, '', 'globalSet', 'global', 'global.set', { immediate: 'global' }],
  [0x41, ':i', 'const', 'constant', 'i32.const', { immediate: 'i32' }],
  [0x42, ':I', 'const', 'constant', 'i64.const', { immediate: 'i64' }],
  [0x43, ':f', 'const', 'constant', 'f32.const', { immediate: 'f32' }],
  [0x44, ':F', 'const', 'constant', 'f64.const', { immediate: 'f64' }],
  [0xd0, '', 'const', 'constant', 'ref.null', { immediate: 'reftype', ...REF }],
  [0xd1, '', 'refIsNull', 'reference', 'ref.is_null', REF],
  [0xd2, ':r', 'refFunc', 'reference', 'ref.func', { immediate: 'func', ...REF }],
]

// prettier-ignore
const MEMORY: readonly Row[] = [
  [0x28, 'i:i', 'load', 'load', 'i32.load', load(2)],
  [0x29, 'i:I', 'load', 'load', 'i64.load', load(3)],
  [0x2a, 'i:f', 'load', 'load', 'f32.load', load(2)],
  [0x2b, 'i:F', 'load', 'load', 'f64.load', load(3)],
  [0x2c, 'i:i', 'load', 'load', 'i32.load8_s i32.load8_u', load(0)],
  [0x2e, 'i:i', 'load', 'load', 'i32.load16_s i32.load16_u', load(1)],
  [0x30, 'i:I', 'load', 'load', 'i64.load8_s i64.load8_u', load(0)],
  [0x32, 'i:I', 'load', 'load', 'i64.load16_s i64.load16_u', load(1)],
  [0x34, 'i:I', 'load', 'load', 'i64.load32_s i64.load32_u', load(2)],
  [0x36, 'ii:', 'store', 'store', 'i32.store', load(2)],
  [0x37, 'iI:', 'store', 'store', 'i64.store', load(3)],
  [0x38, 'if:', 'store', 'store', 'f32.store', load(2)],
  [0x39, 'iF:', 'store', 'store', 'f64.store', load(3)],
  [0x3a, 'ii:', 'store', 'store', 'i32.store8', load(0)],
  [0x3b, 'ii:', 'store', 'store', 'i32.store16', load(1)],
  [0x3c, 'iI:', 'store', 'store', 'i64.store8', load(0)],
  [0x3d, 'iI:', 'store', 'store', 'i64.store16', load(1)],
  [0x3e, 'iI:', 'store', 'store', 'i64.store32', load(2)],
  [0x3f, ':i', 'memorySize', 'size', 'memory.size', { immediate: 'memory' }],
  [0x40, 'i:i', 'memoryGrow', 'grow', 'memory.grow', { immediate: 'memory' }],
  [0x108, 'iii:', 'memoryInit', 'bulk', 'memory.init', { immediate: 'data memory', traps: 'memory', ...BULK }],
  [0x109, '', 'dataDrop', 'bulk', 'data.drop', { immediate: 'data', ...BULK }],
  [0x10a, 'iii:', 'memoryCopy', 'bulk', 'memory.copy', { immediate: 'memory memory', traps: 'memory', ...BULK }],
  [0x10b, 'iii:', 'memoryFill', 'bulk', 'memory.fill', { immediate: 'memory', traps: 'memory', ...BULK }],
]

// prettier-ignore
const TABLE: readonly Row[] = [
  [0x25, '', 'tableGet', 'table', 'table.get', { immediate: 'table', traps: 'table', ...REF }],
  [0x26, '', 'tableSet', 'table', 'table.set', { immediate: 'table', traps: 'table', ...REF }],
  [0x10c, 'iii:', 'tableInit', 'bulk', 'table.init', { immediate: 'elem table', traps: 'table', ...BULK }],
  [0x10d, '', 'elemDrop', 'bulk', 'elem.drop', { immediate: 'elem', ...BULK }],
  [0x10e, 'iii:', 'tableCopy', 'bulk', 'table.copy', { immediate: 'table table', traps: 'table', ...BULK }],
  [0x10f, '', 'tableGrow', 'grow', 'table.grow', { immediate: 'table', ...REF }],
  [0x110, ':i', 'tableSize', 'size', 'table.size', { immediate: 'table', ...REF }],
  [0x111, '', 'tableFill', 'bulk', 'table.fill', { immediate: 'table', traps: 'table', ...REF }],
]

// prettier-ignore
const NUMERIC: readonly Row[] = [
  [0x45, 'i:i', 'unary', 'plain', 'i32.eqz'],
  [0x46, 'ii:i', 'binary', 'plain', under('i32', INT_COMPARE)],
  [0x50, 'I:i', 'unary', 'plain', 'i64.eqz'],
  [0x51, 'II:i', 'binary', 'plain', under('i64', INT_COMPARE)],
  [0x5b, 'ff:i', 'binary', 'plain', under('f32', FLOAT_COMPARE)],
  [0x61, 'FF:i', 'binary', 'plain', under('f64', FLOAT_COMPARE)],
  [0x67, 'i:i', 'unary', 'plain', 'i32.clz i32.ctz i32.popcnt'],
  [0x6a, 'ii:i', 'binary', 'plain', 'i32.add i32.sub'],
  [0x6c, 'ii:i', 'binary', 'multiply', 'i32.mul'],
  [0x6d, 'ii:i', 'binary', 'divide', 'i32.div_s', { traps: 'divideSigned' }],
  [0x6e, 'ii:i', 'binary', 'divide', 'i32.div_u i32.rem_s i32.rem_u', { traps: 'divide' }],
  [0x71, 'ii:i', 'binary', 'plain', under('i32', '%and %or %xor %shl %shr_s %shr_u %rotl %rotr')],
  [0x79, 'I:I', 'unary', 'plain', 'i64.clz i64.ctz i64.popcnt'],
  [0x7c, 'II:I', 'binary', 'plain', 'i64.add i64.sub'],
  [0x7e, 'II:I', 'binary', 'multiply', 'i64.mul'],
  [0x7f, 'II:I', 'binary', 'divide', 'i64.div_s', { traps: 'divideSigned' }],
  [0x80, 'II:I', 'binary', 'divide', 'i64.div_u i64.rem_s i64.rem_u', { traps: 'divide' }],
  [0x83, 'II:I', 'binary', 'plain', under('i64', '%and %or %xor %shl %shr_s %shr_u %rotl %rotr')],
  [0x8b, 'f:f', 'unary', 'plain', 'f32.abs f32.neg'],
  [0x8d, 'f:f', 'unary', 'floatArithmetic', under('f32', '%ceil %floor %trunc %nearest'), nan('f32')],
  [0x91, 'f:f', 'unary', 'floatDivide', 'f32.sqrt', nan('f32')],
  [0x92, 'ff:f', 'binary', 'floatArithmetic', under('f32', '%add %sub %mul'), nan('f32')],
  [0x95, 'ff:f', 'binary', 'floatDivide', 'f32.div', nan('f32')],
  [0x96, 'ff:f', 'binary', 'floatArithmetic', 'f32.min f32.max', nan('f32')],
  [0x98, 'ff:f', 'binary', 'plain', 'f32.copysign'],
  [0x99, 'F:F', 'unary', 'plain', 'f64.abs f64.neg'],
  [0x9b, 'F:F', 'unary', 'floatArithmetic', under('f64', '%ceil %floor %trunc %nearest'), nan('f64')],
  [0x9f, 'F:F', 'unary', 'floatDivide', 'f64.sqrt', nan('f64')],
  [0xa0, 'FF:F', 'binary', 'floatArithmetic', under('f64', '%add %sub %mul'), nan('f64')],
  [0xa3, 'FF:F', 'binary', 'floatDivide', 'f64.div', nan('f64')],
  [0xa4, 'FF:F', 'binary', 'floatArithmetic', 'f64.min f64.max', nan('f64')],
  [0xa6, 'FF:F', 'binary', 'plain', 'f64.copysign'],
  [0xa7, 'I:i', 'unary', 'plain', 'i32.wrap_i64'],
  [0xa8, 'f:i', 'unary', 'convert', 'i32.trunc_f32_s i32.trunc_f32_u', { traps: 'truncate' }],
  [0xaa, 'F:i', 'unary', 'convert', 'i32.trunc_f64_s i32.trunc_f64_u', { traps: 'truncate' }],
  [0xac, 'i:I', 'unary', 'plain', 'i64.extend_i32_s i64.extend_i32_u'],
  [0xae, 'f:I', 'unary', 'convert', 'i64.trunc_f32_s i64.trunc_f32_u', { traps: 'truncate' }],
  [0xb0, 'F:I', 'unary', 'convert', 'i64.trunc_f64_s i64.trunc_f64_u', { traps: 'truncate' }],
  [0xb2, 'i:f', 'unary', 'convert', 'f32.convert_i32_s f32.convert_i32_u'],
  [0xb4, 'I:f', 'unary', 'convert', 'f32.convert_i64_s f32.convert_i64_u'],
  [0xb6, 'F:f', 'unary', 'convert', 'f32.demote_f64', nan('f32')],
  [0xb7, 'i:F', 'unary', 'convert', 'f64.convert_i32_s f64.convert_i32_u'],
  [0xb9, 'I:F', 'unary', 'convert', 'f64.convert_i64_s f64.convert_i64_u'],
  [0xbb, 'f:F', 'unary', 'convert', 'f64.promote_f32', nan('f64')],
  [0xbc, 'f:i', 'unary', 'plain', 'i32.reinterpret_f32'],
  [0xbd, 'F:I', 'unary', 'plain', 'i64.reinterpret_f64'],
  [0xbe, 'i:f', 'unary', 'plain', 'f32.reinterpret_i32'],
  [0xbf, 'I:F', 'unary', 'plain', 'f64.reinterpret_i64'],
  [0xc0, 'i:i', 'unary', 'plain', 'i32.extend8_s i32.extend16_s', { feature: 'sign-extension' }],
  [0xc2, 'I:I', 'unary', 'plain', under('i64', '%extend8_s %extend16_s %extend32_s'), { feature: 'sign-extension' }],
  [0x100, 'f:i', 'unary', 'convert', under('i32', '%trunc_sat_f32_s %trunc_sat_f32_u'), { feature: 'saturating-conversions' }],
  [0x102, 'F:i', 'unary', 'convert', under('i32', '%trunc_sat_f64_s %trunc_sat_f64_u'), { feature: 'saturating-conversions' }],
  [0x104, 'f:I', 'unary', 'convert', under('i64', '%trunc_sat_f32_s %trunc_sat_f32_u'), { feature: 'saturating-conversions' }],
  [0x106, 'F:I', 'unary', 'convert', under('i64', '%trunc_sat_f64_s %trunc_sat_f64_u'), { feature: 'saturating-conversions' }],
]

// prettier-ignore
const VECTOR_MEMORY: readonly Row[] = [
  [0x200, 'i:v', 'load', 'load', 'v128.load', vector(4)],
  [0x201, 'i:v', 'vectorLoad', 'load', under('v128', '%load8x8_s %load8x8_u %load16x4_s %load16x4_u %load32x2_s %load32x2_u'), vector(3)],
  [0x207, 'i:v', 'vectorLoad', 'load', 'v128.load8_splat', vector(0)],
  [0x208, 'i:v', 'vectorLoad', 'load', 'v128.load16_splat', vector(1)],
  [0x209, 'i:v', 'vectorLoad', 'load', 'v128.load32_splat', vector(2)],
  [0x20a, 'i:v', 'vectorLoad', 'load', 'v128.load64_splat', vector(3)],
  [0x20b, 'iv:', 'store', 'store', 'v128.store', vector(4)],
  [0x254, 'iv:v', 'vectorLane', 'load', 'v128.load8_lane', vectorLane(0)],
  [0x255, 'iv:v', 'vectorLane', 'load', 'v128.load16_lane', vectorLane(1)],
  [0x256, 'iv:v', 'vectorLane', 'load', 'v128.load32_lane', vectorLane(2)],
  [0x257, 'iv:v', 'vectorLane', 'load', 'v128.load64_lane', vectorLane(3)],
  [0x258, 'iv:', 'vectorLane', 'store', 'v128.store8_lane', vectorLane(0)],
  [0x259, 'iv:', 'vectorLane', 'store', 'v128.store16_lane', vectorLane(1)],
  [0x25a, 'iv:', 'vectorLane', 'store', 'v128.store32_lane', vectorLane(2)],
  [0x25b, 'iv:', 'vectorLane', 'store', 'v128.store64_lane', vectorLane(3)],
  [0x25c, 'i:v', 'vectorLoad', 'load', 'v128.load32_zero', vector(2)],
  [0x25d, 'i:v', 'vectorLoad', 'load', 'v128.load64_zero', vector(3)],
]

// prettier-ignore
const VECTOR: readonly Row[] = [
  [0x20c, ':v', 'const', 'constant', 'v128.const', { immediate: 'v128', ...SIMD }],
  [0x20d, 'vv:v', 'shuffle', 'vector', 'i8x16.shuffle', { immediate: 'lanes', ...SIMD }],
  [0x20e, 'vv:v', 'binary', 'vector', 'i8x16.swizzle', SIMD],
  [0x20f, 'i:v', 'unary', 'vector', 'i8x16.splat i16x8.splat i32x4.splat', SIMD],
  [0x212, 'I:v', 'unary', 'vector', 'i64x2.splat', SIMD],
  [0x213, 'f:v', 'unary', 'vector', 'f32x4.splat', SIMD],
  [0x214, 'F:v', 'unary', 'vector', 'f64x2.splat', SIMD],
  [0x215, 'v:i', 'extractLane', 'vector', 'i8x16.extract_lane_s i8x16.extract_lane_u', lane(16)],
  [0x217, 'vi:v', 'replaceLane', 'vector', 'i8x16.replace_lane', lane(16)],
  [0x218, 'v:i', 'extractLane', 'vector', 'i16x8.extract_lane_s i16x8.extract_lane_u', lane(8)],
  [0x21a, 'vi:v', 'replaceLane', 'vector', 'i16x8.replace_lane', lane(8)],
  [0x21b, 'v:i', 'extractLane', 'vector', 'i32x4.extract_lane', lane(4)],
  [0x21c, 'vi:v', 'replaceLane', 'vector', 'i32x4.replace_lane', lane(4)],
  [0x21d, 'v:I', 'extractLane', 'vector', 'i64x2.extract_lane', lane(2)],
  [0x21e, 'vI:v', 'replaceLane', 'vector', 'i64x2.replace_lane', lane(2)],
  [0x21f, 'v:f', 'extractLane', 'vector', 'f32x4.extract_lane', lane(4)],
  [0x220, 'vf:v', 'replaceLane', 'vector', 'f32x4.replace_lane', lane(4)],
  [0x221, 'v:F', 'extractLane', 'vector', 'f64x2.extract_lane', lane(2)],
  [0x222, 'vF:v', 'replaceLane', 'vector', 'f64x2.replace_lane', lane(2)],
  [0x223, 'vv:v', 'binary', 'vector', under('i8x16', INT_COMPARE), SIMD],
  [0x22d, 'vv:v', 'binary', 'vector', under('i16x8', INT_COMPARE), SIMD],
  [0x237, 'vv:v', 'binary', 'vector', under('i32x4', INT_COMPARE), SIMD],
  [0x241, 'vv:v', 'binary', 'vector', under('f32x4', FLOAT_COMPARE), SIMD],
  [0x247, 'vv:v', 'binary', 'vector', under('f64x2', FLOAT_COMPARE), SIMD],
  [0x24d, 'v:v', 'unary', 'vector', 'v128.not', SIMD],
  [0x24e, 'vv:v', 'binary', 'vector', under('v128', '%and %andnot %or %xor'), SIMD],
  [0x252, 'vvv:v', 'ternary', 'vector', 'v128.bitselect', SIMD],
  [0x253, 'v:i', 'unary', 'vector', 'v128.any_true', SIMD],
  [0x25e, 'v:v', 'unary', 'vectorFloat', 'f32x4.demote_f64x2_zero', nan('f32x4')],
  [0x25f, 'v:v', 'unary', 'vectorFloat', 'f64x2.promote_low_f32x4', nan('f64x2')],
  [0x260, 'v:v', 'unary', 'vector', under('i8x16', '%abs %neg %popcnt'), SIMD],
  [0x263, 'v:i', 'unary', 'vector', 'i8x16.all_true i8x16.bitmask', SIMD],
  [0x265, 'vv:v', 'binary', 'vector', 'i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u', SIMD],
  [0x267, 'v:v', 'unary', 'vectorFloat', under('f32x4', '%ceil %floor %trunc %nearest'), nan('f32x4')],
  [0x26b, 'vi:v', 'shift', 'vector', under('i8x16', '%shl %shr_s %shr_u'), SIMD],
  [0x26e, 'vv:v', 'binary', 'vector', under('i8x16', '%add %add_sat_s %add_sat_u %sub %sub_sat_s %sub_sat_u'), SIMD],
  [0x274, 'v:v', 'unary', 'vectorFloat', 'f64x2.ceil f64x2.floor', nan('f64x2')],
  [0x276, 'vv:v', 'binary', 'vector', under('i8x16', '%min_s %min_u %max_s %max_u'), SIMD],
  [0x27a, 'v:v', 'unary', 'vectorFloat', 'f64x2.trunc', nan('f64x2')],
  [0x27b, 'vv:v', 'binary', 'vector', 'i8x16.avgr_u', SIMD],
  [0x27c, 'v:v', 'unary', 'vector', 'i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u', SIMD],
  [0x27e, 'v:v', 'unary', 'vector', 'i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u', SIMD],
  [0x280, 'v:v', 'unary', 'vector', 'i16x8.abs i16x8.neg', SIMD],
  [0x282, 'vv:v', 'binary', 'vectorMultiply', 'i16x8.q15mulr_sat_s', SIMD],
  [0x283, 'v:i', 'unary', 'vector', 'i16x8.all_true i16x8.bitmask', SIMD],
  [0x285, 'vv:v', 'binary', 'vector', 'i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u', SIMD],
  [0x287, 'v:v', 'unary', 'vector',
    under('i16x8', '%extend_low_i8x16_s %extend_high_i8x16_s %extend_low_i8x16_u %extend_high_i8x16_u'), SIMD],
  [0x28b, 'vi:v', 'shift', 'vector', under('i16x8', '%shl %shr_s %shr_u'), SIMD],
  [0x28e, 'vv:v', 'binary', 'vector', under('i16x8', '%add %add_sat_s %add_sat_u %sub %sub_sat_s %sub_sat_u'), SIMD],
  [0x294, 'v:v', 'unary', 'vectorFloat', 'f64x2.nearest', nan('f64x2')],
  [0x295, 'vv:v', 'binary', 'vectorMultiply', 'i16x8.mul', SIMD],
  [0x296, 'vv:v', 'binary', 'vector', under('i16x8', '%min_s %min_u %max_s %max_u - %avgr_u'), SIMD],
  [0x29c, 'vv:v', 'binary', 'vectorMultiply',
    under('i16x8', '%extmul_low_i8x16_s %extmul_high_i8x16_s %extmul_low_i8x16_u %extmul_high_i8x16_u'), SIMD],
  [0x2a0, 'v:v', 'unary', 'vector', 'i32x4.abs i32x4.neg', SIMD],
  [0x2a3, 'v:i', 'unary', 'vector', 'i32x4.all_true i32x4.bitmask', SIMD],
  [0x2a7, 'v:v', 'unary', 'vector',
    under('i32x4', '%extend_low_i16x8_s %extend_high_i16x8_s %extend_low_i16x8_u %extend_high_i16x8_u'), SIMD],
  [0x2ab, 'vi:v', 'shift', 'vector', under('i32x4', '%shl %shr_s %shr_u'), SIMD],
  [0x2ae, 'vv:v', 'binary', 'vector', 'i32x4.add - - i32x4.sub', SIMD],
  [0x2b5, 'vv:v', 'binary', 'vectorMultiply', 'i32x4.mul', SIMD],
  [0x2b6, 'vv:v', 'binary', 'vector', under('i32x4', '%min_s %min_u %max_s %max_u'), SIMD],
  [0x2ba, 'vv:v', 'binary', 'vectorMultiply', 'i32x4.dot_i16x8_s', SIMD],
  [0x2bc, 'vv:v', 'binary', 'vectorMultiply',
    under('i32x4', '%extmul_low_i16x8_s %extmul_high_i16x8_s %extmul_low_i16x8_u %extmul_high_i16x8_u'), SIMD],
  [0x2c0, 'v:v', 'unary', 'vector', 'i64x2.abs i64x2.neg', SIMD],
  [0x2c3, 'v:i', 'unary', 'vector', 'i64x2.all_true i64x2.bitmask', SIMD],
  [0x2c7, 'v:v', 'unary', 'vector',
    under('i64x2', '%extend_low_i32x4_s %extend_high_i32x4_s %extend_low_i32x4_u %extend_high_i32x4_u'), SIMD],
  [0x2cb, 'vi:v', 'shift', 'vector', under('i64x2', '%shl %shr_s %shr_u'), SIMD],
  [0x2ce, 'vv:v', 'binary', 'vector', 'i64x2.add - - i64x2.sub', SIMD],
  [0x2d5, 'vv:v', 'binary', 'vectorMultiply', 'i64x2.mul', SIMD],
  [0x2d6, 'vv:v', 'binary', 'vector', under('i64x2', '%eq %ne %lt_s %gt_s %le_s %ge_s'), SIMD],
  [0x2dc, 'vv:v', 'binary', 'vectorMultiply',
    under('i64x2', '%extmul_low_i32x4_s %extmul_high_i32x4_s %extmul_low_i32x4_u %extmul_high_i32x4_u'), SIMD],
  [0x2e0, 'v:v', 'unary', 'vector', 'f32x4.abs f32x4.neg', SIMD],
  [0x2e3, 'v:v', 'unary', 'vectorFloatDivide', 'f32x4.sqrt', nan('f32x4')],
  [0x2e4, 'vv:v', 'binary', 'vectorFloat', 'f32x4.add f32x4.sub f32x4.mul', nan('f32x4')],
  [0x2e7, 'vv:v', 'binary', 'vectorFloatDivide', 'f32x4.div', nan('f32x4')],
  [0x2e8, 'vv:v', 'binary', 'vectorFloat', 'f32x4.min f32x4.max', nan('f32x4')],
  [0x2ea, 'vv:v', 'binary', 'vector', 'f32x4.pmin f32x4.pmax', SIMD],
  [0x2ec, 'v:v', 'unary', 'vector', 'f64x2.abs f64x2.neg', SIMD],
  [0x2ef, 'v:v', 'unary', 'vectorFloatDivide', 'f64x2.sqrt', nan('f64x2')],
  [0x2f0, 'vv:v', 'binary', 'vectorFloat', 'f64x2.add f64x2.sub f64x2.mul', nan('f64x2')],
  [0x2f3, 'vv:v', 'binary', 'vectorFloatDivide', 'f64x2.div', nan('f64x2')],
  [0x2f4, 'vv:v', 'binary', 'vectorFloat', 'f64x2.min f64x2.max', nan('f64x2')],
  [0x2f6, 'vv:v', 'binary', 'vector', 'f64x2.pmin f64x2.pmax', SIMD],
  [0x2f8, 'v:v', 'unary', 'vectorFloat', 'i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u', SIMD],
  [0x2fa, 'v:v', 'unary', 'vectorFloat', 'f32x4.convert_i32x4_s f32x4.convert_i32x4_u', SIMD],
  [0x2fc, 'v:v', 'unary', 'vectorFloat', 'i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero', SIMD],
  [0x2fe, 'v:v', 'unary', 'vectorFloat', 'f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u', SIMD],
]

/** Codes are smaller than this. */
export const CODES = 0x300

function expand(rows: readonly Row[]): readonly (Instruction | undefined)[] {
  const table = new Array<Instruction | undefined>(CODES).fill(undefined)
  for (const [first, type, group, price, names, options = {}] of rows) {
    names.split(' ').forEach((name, i) => {
      if (name === '-') return
      const code = first + i
      table[code] = Object.freeze({
        code,
        name,
        type: typeOf(type),
        group,
        price,
        immediate: 'none',
        align: 0,
        lanes: 0,
        traps: undefined,
        nan: undefined,
        feature: undefined,
        ...options,
      })
    })
  }
  return Object.freeze(table)
}

/** Instructions by code; `undefined` where there is none. */
export const INSTRUCTIONS: readonly (Instruction | undefined)[] = /* @__PURE__ */ expand([
  ...CONTROL,
  ...MEMORY,
  ...TABLE,
  ...NUMERIC,
  ...VECTOR_MEMORY,
  ...VECTOR,
])
