/**
 * Conversions between values and their bits. Values cross between guest and host as bits, so that no NaN is changed: an f32
 * as an i32, an f64 as an i64, and a v128 as two i64, the low half first.
 */
import { F32, F64, I32, I64, V128, type ValueType } from '../../wasm/types.ts'
import type { Pointer } from '../binaryen/port.ts'
import type { Build } from '../binaryen/build.ts'

/** binaryen's type of a number or vector. */
export function valueType(build: Build, type: ValueType): number {
  switch (type) {
    case I32:
      return build.i32
    case I64:
      return build.i64
    case F32:
      return build.f32
    case F64:
      return build.f64
    default:
      return build.v128
  }
}

/** binaryen's types of the bits of a value of some type. */
export function bitTypes(build: Build, type: ValueType): number[] {
  return type === V128 ? [build.i64, build.i64] : [type === I32 || type === F32 ? build.i32 : build.i64]
}

/** The value that has given bits. `bits(0)` and, for a vector, `bits(1)` make the expressions of the bits. */
export function fromBits(build: Build, type: ValueType, bits: (half: number) => Pointer): Pointer {
  const { raw, module } = build
  switch (type) {
    case I32:
      return bits(0)
    case I64:
      return bits(0)
    case F32:
      return build.unary(raw.ReinterpretInt32(), bits(0))
    case F64:
      return build.unary(raw.ReinterpretInt64(), bits(0))
    default: {
      const low = build.unary(raw.SplatVecI64x2(), bits(0))
      return raw.SIMDReplace(module, raw.ReplaceLaneVecI64x2(), low, 1, bits(1))
    }
  }
}

/** The bits of a value. `again` is a second expression of the same value, which is used for the high half of a vector. */
export function toBits(build: Build, type: ValueType, value: Pointer, again: Pointer): Pointer[] {
  const { raw, module } = build
  switch (type) {
    case F32:
      return [build.unary(raw.ReinterpretFloat32(), value)]
    case F64:
      return [build.unary(raw.ReinterpretFloat64(), value)]
    case V128:
      return [value, again].map((v, lane) => raw.SIMDExtract(module, raw.ExtractLaneVecI64x2(), v, lane))
    default:
      return [value]
  }
}
