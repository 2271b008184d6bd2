/**
 * The port to binaryen. This is the only file that imports the package, and it types the raw C functions that we call.
 *
 * The package's own typings lack most of these functions and give wrong numbers for its enumerations. So we take the
 * functions and numbers that exist at run time, and check that they do. Expressions, functions, types and names are
 * pointers into binaryen's memory. binaryen interns names: equal names have equal pointers.
 *
 * binaryen is pinned to one version, because engines run what it writes. None of its optimising passes is ever called.
 */
import { Fault } from '../../base/fault.ts'

/** An address in binaryen's memory; 0 is the null pointer. */
export type Pointer = number

/** Functions that read and change existing expressions. */
// prettier-ignore
const ACCESSORS = [
  'ExpressionGetId', 'ExpressionGetType', 'BlockGetName', 'BlockSetName', 'BlockGetNumChildren', 'BlockGetChildAt', 'BlockSetChildAt', 'BlockAppendChild',
  'BlockRemoveChildAt', 'IfGetCondition', 'IfSetCondition', 'IfGetIfTrue', 'IfSetIfTrue', 'IfGetIfFalse', 'IfSetIfFalse',
  'LoopGetName', 'LoopGetBody', 'LoopSetBody', 'BreakGetName', 'BreakGetCondition', 'BreakSetCondition', 'BreakGetValue',
  'BreakSetValue', 'SwitchGetNumNames', 'SwitchGetNameAt', 'SwitchGetDefaultName', 'SwitchGetCondition', 'SwitchSetCondition',
  'SwitchGetValue', 'SwitchSetValue', 'CallGetNumOperands', 'CallGetOperandAt', 'CallSetOperandAt', 'CallIsReturn', 'CallAppendOperand', 'CallIndirectAppendOperand', 'CallIndirectGetParams', 'CallIndirectSetParams',
  'CallIndirectGetResults', 'CallIndirectSetResults', 'ExpressionSetType', 'FunctionSetType', 'FunctionGetType', 'ModuleCreate',
  'CallIndirectGetNumOperands', 'CallIndirectGetOperandAt', 'CallIndirectSetOperandAt', 'CallIndirectGetTarget',
  'CallIndirectSetTarget', 'CallIndirectIsReturn', 'LocalGetGetIndex', 'LocalGetSetIndex', 'LocalSetGetIndex',
  'LocalSetSetIndex', 'LocalSetGetValue', 'LocalSetSetValue', 'LocalSetIsTee', 'GlobalSetGetValue', 'GlobalSetSetValue',
  'LoadGetPtr', 'LoadSetPtr', 'StoreGetPtr', 'StoreSetPtr', 'StoreGetValue', 'StoreSetValue', 'UnaryGetOp', 'UnaryGetValue',
  'UnarySetValue', 'BinaryGetOp', 'BinaryGetLeft', 'BinarySetLeft', 'BinaryGetRight', 'BinarySetRight', 'SelectGetIfTrue',
  'SelectSetIfTrue', 'SelectGetIfFalse', 'SelectSetIfFalse', 'SelectGetCondition', 'SelectSetCondition', 'DropGetValue',
  'DropSetValue', 'ReturnGetValue', 'ReturnSetValue', 'MemoryGrowGetDelta', 'MemoryGrowSetDelta', 'SIMDExtractGetVec',
  'SIMDExtractSetVec', 'SIMDReplaceGetVec', 'SIMDReplaceSetVec', 'SIMDReplaceGetValue', 'SIMDReplaceSetValue',
  'SIMDShuffleGetLeft', 'SIMDShuffleSetLeft', 'SIMDShuffleGetRight', 'SIMDShuffleSetRight', 'SIMDTernaryGetA',
  'SIMDTernarySetA', 'SIMDTernaryGetB', 'SIMDTernarySetB', 'SIMDTernaryGetC', 'SIMDTernarySetC', 'SIMDShiftGetVec',
  'SIMDShiftSetVec', 'SIMDShiftGetShift', 'SIMDShiftSetShift', 'SIMDLoadGetPtr', 'SIMDLoadSetPtr', 'SIMDLoadStoreLaneGetPtr',
  'SIMDLoadStoreLaneSetPtr', 'SIMDLoadStoreLaneGetVec', 'SIMDLoadStoreLaneSetVec', 'MemoryInitGetDest', 'MemoryInitSetDest',
  'MemoryInitGetOffset', 'MemoryInitSetOffset', 'MemoryInitGetSize', 'MemoryInitSetSize', 'MemoryCopyGetDest',
  'MemoryCopySetDest', 'MemoryCopyGetSource', 'MemoryCopySetSource', 'MemoryCopyGetSize', 'MemoryCopySetSize',
  'MemoryFillGetDest', 'MemoryFillSetDest', 'MemoryFillGetValue', 'MemoryFillSetValue', 'MemoryFillGetSize',
  'MemoryFillSetSize', 'RefIsNullGetValue', 'RefIsNullSetValue', 'TableGetGetIndex', 'TableGetSetIndex', 'TableSetGetIndex',
  'TableSetSetIndex', 'TableSetGetValue', 'TableSetSetValue', 'TableGrowGetTable', 'TableGrowGetValue', 'TableGrowSetValue',
  'TableGrowGetDelta', 'TableGrowSetDelta', 'TupleMakeGetNumOperands', 'TupleMakeGetOperandAt', 'TupleMakeSetOperandAt',
  'TupleExtractGetTuple', 'TupleExtractSetTuple',
] as const

/** Functions that make expressions, or that deal with modules, functions, types, literals and operators. */
// prettier-ignore
const FUNCTIONS = [
  'Block', 'Break', 'If', 'Call', 'LocalGet', 'LocalSet', 'LocalTee', 'GlobalGet', 'GlobalSet', 'Unary', 'Binary', 'Select', 'Const',
  'MemoryGrow', 'MemorySize', 'TableGrow', 'TableSize', 'Unreachable', 'SIMDTernary', 'TupleMake', 'TupleExtract', 'Drop',
  'Return', 'Nop', 'AddFunction', 'AddGlobal', 'AddFunctionImport', 'AddFunctionExport', 'AddGlobalExport', 'AddMemoryExport',
  'RemoveFunction', 'GetFunctionByIndex', 'GetGlobalByIndex', 'GetTableByIndex', 'FunctionGetName', 'FunctionGetParams',
  'FunctionGetResults', 'FunctionGetNumVars', 'FunctionGetVar', 'FunctionAddVar', 'FunctionGetBody', 'FunctionSetBody',
  'FunctionRunPasses', 'GlobalGetName', 'TableGetName', 'TypeCreate', 'TypeArity', 'TypeExpand', 'TypeNone', 'TypeUnreachable',
  'TypeInt32', 'TypeInt64', 'TypeFloat32', 'TypeFloat64', 'TypeVec128', 'TypeFuncref', 'TypeExternref',
  'ModuleReadWithFeatures', 'ModuleDispose', 'SizeofLiteral', 'LiteralInt32',
  'AddInt32', 'SubInt32', 'MulInt32', 'ShrUInt32', 'GtSInt32', 'GtUInt32', 'LtSInt32', 'LtUInt32', 'EqInt32', 'AndInt32', 'AndInt64', 'AddInt64', 'SubInt64', 'MulInt64', 'OrInt64',
  'LtSInt64', 'LtUInt64', 'GtSInt64', 'GtUInt64', 'EqInt64', 'ShlInt64', 'ShrUInt64', 'EqZInt32', 'EqZInt64', 'ExtendUInt32', 'WrapInt64',
  'GeFloat32', 'GeFloat64', 'NeFloat32', 'NeFloat64', 'EqVecF32x4', 'EqVecF64x2', 'NeVecF32x4', 'NeVecF64x2',
  'BitmaskVecI32x4', 'BitmaskVecI64x2', 'BitselectVec128', 'AnyTrueVec128',
  'AddFloat32', 'AddFloat64', 'AddVecF32x4', 'AddVecF64x2', 'OrInt32',
  'ReinterpretInt32', 'ReinterpretInt64', 'ReinterpretFloat32', 'ReinterpretFloat64', 'SplatVecI64x2',
  'SIMDExtract', 'SIMDReplace', 'ExtractLaneVecI64x2', 'ReplaceLaneVecI64x2',
] as const

type RawName = (typeof ACCESSORS)[number] | (typeof FUNCTIONS)[number]

/** binaryen's C functions by name, without the prefix `Binaryen`. Pointers, sizes and indices are numbers. */
export type Raw = { readonly [name in RawName]: (...args: number[]) => number } & {
  readonly LiteralInt64: (out: Pointer, value: bigint) => void
  readonly LiteralFloat32Bits: (out: Pointer, bits: number) => void
  readonly LiteralFloat64Bits: (out: Pointer, bits: bigint) => void
  readonly LiteralVec128: (out: Pointer, bytes: Pointer) => void
}

/** The number that this version of binaryen gives to each kind of expression. */
// prettier-ignore
export type ExpressionIds = Readonly<Record<
  | 'Block' | 'If' | 'Loop' | 'Break' | 'Switch' | 'Call' | 'CallIndirect' | 'LocalGet' | 'LocalSet' | 'GlobalGet' | 'GlobalSet'
  | 'Load' | 'Store' | 'Const' | 'Unary' | 'Binary' | 'Select' | 'Drop' | 'Return' | 'MemorySize' | 'MemoryGrow' | 'Nop'
  | 'Unreachable' | 'SIMDExtract' | 'SIMDReplace' | 'SIMDShuffle' | 'SIMDTernary' | 'SIMDShift' | 'SIMDLoad'
  | 'SIMDLoadStoreLane' | 'MemoryInit' | 'DataDrop' | 'MemoryCopy' | 'MemoryFill' | 'RefNull' | 'RefIsNull' | 'RefFunc'
  | 'TableGet' | 'TableSet' | 'TableSize' | 'TableGrow' | 'TupleMake' | 'TupleExtract' | 'TableFill' | 'TableCopy'
  | 'TableInit' | 'ElemDrop', number>>

export interface Binaryen {
  readonly raw: Raw
  readonly ids: ExpressionIds
  load32(pointer: Pointer): number
  store32(pointer: Pointer, value: number): void
  malloc(bytes: number): Pointer
  free(pointer: Pointer): void
  /** Parses an admitted module. The caller must dispose of the returned module with `raw.ModuleDispose`. */
  read(bytes: Uint8Array): Pointer
  /** Serialises a module. The same module and edits give the same bytes on every host. */
  write(module: Pointer): Uint8Array
}

/** The WebAssembly features of the profile. With all of its features on, binaryen writes encodings that engines reject. */
// prettier-ignore
const FEATURES = [
  'MutableGlobals', 'NontrappingFPToInt', 'SIMD128', 'BulkMemory', 'BulkMemoryOpt', 'SignExt', 'TailCall', 'ReferenceTypes',
  'Multivalue', 'CallIndirectOverlong',
]

interface Package {
  readonly [name: string]: unknown
  readonly ExpressionIds: ExpressionIds
  readonly Features: Record<string, number>
  wrapModule(pointer: Pointer): { emitBinary(): Uint8Array }
}

let loading: Promise<Binaryen> | undefined

/** Loads binaryen on the first call, and returns the same instance later: loading takes half a second and 80 MB. */
export function loadBinaryen(): Promise<Binaryen> {
  loading ??= import('binaryen').then(({ default: library }) => open(library as unknown as Package))
  return loading
}

function open(library: Package): Binaryen {
  const raw: Record<string, unknown> = {}
  const literals = ['LiteralInt64', 'LiteralFloat32Bits', 'LiteralFloat64Bits', 'LiteralVec128']
  for (const name of [...ACCESSORS, ...FUNCTIONS, ...literals]) {
    const found = library[`_Binaryen${name}`]
    if (typeof found !== 'function') throw new Fault('internal', `this binaryen lacks ${name}`)
    raw[name] = found
  }
  const malloc = library['_malloc'] as (bytes: number) => Pointer
  const free = library['_free'] as (pointer: Pointer) => void
  const load32 = library['__i32_load'] as (pointer: Pointer) => number
  const store32 = library['__i32_store'] as (pointer: Pointer, value: number) => void
  const store8 = library['__i32_store8'] as (pointer: Pointer, value: number) => void
  const features = FEATURES.reduce((mask, name) => mask | library.Features[name]!, 0)
  // The package exports no names for these four kinds. `checkLayout` verifies their numbers.
  const ids = { ...library.ExpressionIds, TableFill: 50, TableCopy: 51, TableInit: 52, ElemDrop: 53 }
  const binaryen: Binaryen = {
    raw: raw as unknown as Raw,
    ids,
    malloc,
    free,
    load32,
    store32,
    read(bytes) {
      const pointer = malloc(bytes.length + 4)
      const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      let i = 0
      for (; i + 4 <= bytes.length; i += 4) store32(pointer + i, words.getInt32(i, true))
      for (; i < bytes.length; i++) store8(pointer + i, bytes[i]!)
      try {
        return (raw as unknown as Raw).ModuleReadWithFeatures(pointer, bytes.length, features)
      } catch (error) {
        throw new Fault('internal', 'binaryen cannot read a module that was admitted', {}, error)
      } finally {
        free(pointer)
      }
    },
    write: module => library.wrapModule(module).emitBinary(),
  }
  checkLayout(binaryen)
  return binaryen
}

/** Offsets of operands, in 4-byte words, in expressions of the table instructions for which the C API has no accessors. */
export const TABLE_OPERANDS = { TableFill: [3, 4, 5], TableCopy: [2, 3, 4], TableInit: [3, 4, 5] } as const

/**
 * Checks the assumptions that this file makes about binaryen's memory layout.
 *
 * The C API has no accessors for `table.fill`, `table.copy`, `table.init` and `elem.drop`, so their operands are read from
 * the memory of the expression (`TABLE_OPERANDS`). This parses a module that consists of these instructions and checks the
 * kind of each expression and operand. Another version of binaryen with another layout makes it throw a fault.
 */
function checkLayout(binaryen: Binaryen): void {
  const { raw, ids } = binaryen
  const module = binaryen.read(
    Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 4, 4, 1, 0x70, 0, 1, 9, 4, 1, 1, 0, 0, 10, 39, 1,
      37, 0, 0x41, 11, 0xd0, 0x70, 0x41, 13, 0xfc, 17, 0, 0x41, 21, 0x41, 22, 0x41, 23, 0xfc, 14, 0, 0, 0x41, 31, 0x41,
      32, 0x41, 33, 0xfc, 12, 0, 0, 0xfc, 13, 0, 0x41, 41, 0x1a, 0x0b,
    ]),
  )
  const body = raw.FunctionGetBody(raw.GetFunctionByIndex(module, 0))
  const kinds = ['TableFill', 'TableCopy', 'TableInit'] as const
  const operands = [
    ['Const', 'RefNull', 'Const'],
    ['Const', 'Const', 'Const'],
    ['Const', 'Const', 'Const'],
  ] as const
  const ok =
    kinds.every((kind, i) => {
      const expression = raw.BlockGetChildAt(body, i)
      const places = TABLE_OPERANDS[kind]
      return (
        raw.ExpressionGetId(expression) === ids[kind] &&
        places.every(
          (place, n) => raw.ExpressionGetId(binaryen.load32(expression + 4 * place)) === ids[operands[i]![n]!],
        )
      )
    }) && raw.ExpressionGetId(raw.BlockGetChildAt(body, 3)) === ids.ElemDrop
  raw.ModuleDispose(module)
  if (!ok) throw new Fault('internal', 'this binaryen lays out its table instructions in an unknown way')
}
