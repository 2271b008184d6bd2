/** Constant expressions (core spec 3.3.10): the initial values of globals, and the offsets and elements of segments. */
import type { Draft } from './draft.ts'
import { Refused } from './findings.ts'
import { OP } from './instructions.ts'
import { readInstruction } from './read-instruction.ts'
import { readNullType } from './read-types.ts'
import type { Reader } from './reader.ts'
import { F32, F64, FUNCREF, I32, I64, typeName, V128, type ValueType } from './types.ts'

/** The instructions that a constant expression of WebAssembly 2.0 may contain. */
const CONSTANT: readonly number[] = [
  OP.i32Const,
  OP.i64Const,
  OP.f32Const,
  OP.f64Const,
  OP.v128Const,
  OP.refNull,
  OP.refFunc,
  OP.globalGet,
]
/** The instructions that the extended-const proposal adds: `add`, `sub` and `mul` of i32 and of i64. */
const EXTENDED: readonly number[] = [0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e]

/** Reads a constant expression of WebAssembly 2.0: one constant and `end`. Returns the value of an `i32.const`. */
export function readConstant(reader: Reader, draft: Draft, expected: ValueType): number | undefined {
  const at = reader.pos
  const { type, value } = readConstantInstruction(reader, draft)
  readEnd(reader, draft)
  if (type !== expected) throw new Refused('invalid', at, `${typeName(expected)} expected, ${typeName(type)} found`)
  return value
}

function readConstantInstruction(reader: Reader, draft: Draft): { type: ValueType; value?: number } {
  const at = reader.pos
  const { code } = readInstruction(reader, draft.rules)
  switch (code) {
    case OP.i32Const:
      return { type: I32, value: reader.s32() }
    case OP.i64Const:
      reader.skipS64()
      return { type: I64 }
    case OP.f32Const:
      reader.skip(4)
      return { type: F32 }
    case OP.f64Const:
      reader.skip(8)
      return { type: F64 }
    case OP.v128Const:
      reader.skip(16)
      return { type: V128 }
    case OP.refNull:
      return { type: readNullType(reader) }
    case OP.refFunc:
      declareFunction(reader, draft, at)
      return { type: FUNCREF }
    case OP.globalGet:
      return { type: importedGlobal(reader, draft, at) }
    default:
      return refuseInConstant(code, at)
  }
}

function readEnd(reader: Reader, draft: Draft): void {
  const at = reader.pos
  const { code } = readInstruction(reader, draft.rules)
  if (code === OP.end) return
  if (CONSTANT.includes(code))
    throw new Refused('feature', at, 'a constant expression of several instructions', 'extended-const')
  refuseInConstant(code, at)
}

function importedGlobal(reader: Reader, draft: Draft, at: number): ValueType {
  const index = reader.u32()
  const global = draft.globals[index]
  if (global === undefined) throw new Refused('invalid', at, `no global ${index}`)
  if (global.mutable) throw new Refused('invalid', at, 'a constant expression reads a mutable global')
  if (index >= draft.importedGlobals)
    throw new Refused('feature', at, 'a constant expression reads a global of the module', 'gc')
  return global.type
}

/** Throws `Refused` for an instruction that is not allowed in constant expressions of WebAssembly 2.0 (PROFILE-4). */
function refuseInConstant(code: number, at: number): never {
  if (code === OP.else) throw new Refused('malformed', at, 'else without if')
  if (EXTENDED.includes(code)) throw new Refused('feature', at, 'arithmetic in a constant expression', 'extended-const')
  throw new Refused('invalid', at, 'an instruction that is not constant')
}

/** Records that the module refers to a function. If there is no function with this index, throws a finding at offset `at`. */
export function declareFunction(reader: Reader, draft: Draft, at: number): void {
  const index = reader.u32()
  if (index >= draft.functions.length) throw new Refused('invalid', at, `no function ${index}`)
  draft.declared.add(index)
  draft.referenced.add(index)
}
