/** Values as their bits, which cross between guest and host unchanged: f32 as i32, f64 as i64, v128 as two i64, the low half first. */
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

/** The types of its bits. */
export function bitTypes(build: Build, type: ValueType): number[] {
  return type === V128 ? [build.i64, build.i64] : [type === I32 || type === F32 ? build.i32 : build.i64]
}

/** The value of some bits; of a vector `bits` gives either half. */
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

/** The bits of a value. It is given twice, since a vector is read once for each half. */
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
