/** Constant expressions (core spec 3.3.10): what globals and segments begin with. */
import type { Draft } from './draft.ts'
import { checkFeature, Refused } from './findings.ts'
import { foreignInstruction } from './foreign.ts'
import { OP } from './instructions.ts'
import { readNullType } from './read-types.ts'
import type { Reader } from './reader.ts'
import { F32, F64, FUNCREF, I32, I64, typeName, V128, type ValueType } from './types.ts'

const CONSTANTS: Readonly<Record<number, ValueType>> = {
  [OP.i32Const]: I32, [OP.i64Const]: I64, [OP.f32Const]: F32, [OP.f64Const]: F64,
}

/** A constant expression of WebAssembly 2.0: one constant and `end`. Gives the value of an `i32.const`. */
export function readConstant(reader: Reader, draft: Draft, expected: ValueType): number | undefined {
  const at = reader.pos
  const { type, value } = readConstantInstruction(reader, draft)
  const after = reader.pos
  const end = reader.u8()
  if (end !== OP.end) refuseInConstant(end, after)
  if (type !== expected) throw new Refused('invalid', at, `${typeName(expected)} expected, ${typeName(type)} found`)
  return value
}

function readConstantInstruction(reader: Reader, draft: Draft): { type: ValueType; value?: number } {
  const at = reader.pos
  const opcode = reader.u8()
  switch (opcode) {
    case OP.i32Const: return { type: I32, value: reader.s32() }
    case OP.i64Const: reader.skipS64(); break
    case OP.f32Const: reader.skip(4); break
    case OP.f64Const: reader.skip(8); break
    case OP.refNull: return { type: readNullType(reader, draft.rules, at) }
    case OP.refFunc:
      checkFeature(draft.rules, 'reference-types', at, 'ref.func')
      declareFunction(reader, draft)
      return { type: FUNCREF }
    case OP.globalGet: return { type: importedGlobal(reader, draft, at) }
    case 0xfd: {
      if (reader.u32() !== 0x0c) throw new Refused('invalid', at, 'an instruction that is not constant')
      checkFeature(draft.rules, 'simd', at, 'v128.const')
      reader.skip(16)
      return { type: V128 }
    }
    default: return refuseInConstant(opcode, at)
  }
  return { type: CONSTANTS[opcode]! }
}

function importedGlobal(reader: Reader, draft: Draft, at: number): ValueType {
  const index = reader.u32()
  const global = draft.globals[index]
  if (global === undefined) throw new Refused('invalid', at, `no global ${index}`)
  if (global.mutable) throw new Refused('invalid', at, 'a constant expression reads a mutable global')
  if (index >= draft.importedGlobals) throw new Refused('feature', at, 'a constant expression reads a global of the module', 'gc')
  return global.type
}

function refuseInConstant(opcode: number, at: number): never {
  const arithmetic = [0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e]
  const start = [OP.i32Const, OP.i64Const, OP.globalGet] as readonly number[]
  if (arithmetic.includes(opcode) || start.includes(opcode)) {
    throw new Refused('feature', at, 'a constant expression of several instructions', 'extended-const')
  }
  const proposal = foreignInstruction(opcode, 0)
  if (proposal !== undefined) throw new Refused('feature', at, `an instruction of the ${proposal} proposal`, proposal)
  throw new Refused('invalid', at, 'an instruction that is not constant')
}

/** A function that the module refers to. */
export function declareFunction(reader: Reader, draft: Draft): void {
  const at = reader.pos
  const index = reader.u32()
  if (index >= draft.functions.length) throw new Refused('invalid', at, `no function ${index}`)
  draft.declared.add(index)
}
