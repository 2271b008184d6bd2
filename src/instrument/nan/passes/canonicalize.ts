import { INSTRUCTIONS, type NanShape } from '../../../wasm/instructions.ts'
import type { Slot } from '../../attach/attachment.ts'
import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, ModuleEdit, Pass } from '../../edit/edit.ts'

/**
 * Replaces a NaN in a slot by the positive canonical NaN (core spec, deterministic profile), whatever sign and payload it
 * has. Numbers stay as they are. A NaN is the only value that is not equal to itself:
 *
 *     (f64.add a b)     →   (select (local.tee t (f64.add a b)) (f64.const nan) (f64.ge t t))
 *     (f32x4.add a b)   →   (select (local.tee t (f32x4.add a b)) ‹t, lane by lane› (i32.eqz (i32x4.bitmask (f32x4.ne t t))))
 */
export function canonicalize(edit: FunctionEdit, slot: Slot, shape: NanShape): void {
  edit.write(slot, edit.isLarge ? byCall(edit.unit, shape, edit.read(slot)) : inPlace(edit, shape, edit.read(slot)))
}

/** Makes the result of every instruction that can produce a NaN canonical (PROFILE-14). */
export const canonicalizeEveryNan: Pass = {
  name: 'canonicalize-every-nan',
  function(edit) {
    for (const site of edit.attached.sites) {
      const shape = INSTRUCTIONS[site.code]!.nan
      if (shape !== undefined) canonicalize(edit, site, shape)
    }
  },
}

/** The canonical NaN of a shape. Source: core spec 4.3.3. */
function canonical(build: Build, shape: NanShape): Pointer {
  switch (shape) {
    case 'f32':
      return build.float32(0x7fc00000)
    case 'f64':
      return build.float64(0x7ff8000000000000n)
    case 'f32x4':
      return build.vector([0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000])
    case 'f64x2':
      return build.vector([0, 0x7ff80000, 0, 0x7ff80000])
  }
}

/** The binaryen type of a value of a lane shape. */
export function typeOfShape(build: Build, shape: NanShape): number {
  return shape === 'f32' ? build.f32 : shape === 'f64' ? build.f64 : build.v128
}

/** The canonicalisation written out in the body. */
function inPlace(edit: FunctionEdit, shape: NanShape, value: Pointer): Pointer {
  const { build } = edit.unit
  const type = typeOfShape(build, shape)
  const held = edit.temporary(type)
  return canonicalIfNan(build, shape, held, build.tee(held, value, type))
}

/**
 * The value if it is a number, the canonical NaN if it is a NaN, lane by lane. `value` is evaluated first, and writes itself to
 * the local `held`.
 */
function canonicalIfNan(build: Build, shape: NanShape, held: number, value: Pointer): Pointer {
  const { raw, module } = build
  const type = typeOfShape(build, shape)
  const compare = (operator: number): Pointer => build.binary(operator, build.get(held, type), build.get(held, type))
  switch (shape) {
    // `ge` is false for a NaN like `eq`. On x86 it needs one conditional jump, where `eq` needs two.
    case 'f32':
      return build.select(compare(raw.GeFloat32()), value, canonical(build, shape))
    case 'f64':
      return build.select(compare(raw.GeFloat64()), value, canonical(build, shape))
    case 'f32x4':
    case 'f64x2': {
      const [equal, unequal] =
        shape === 'f32x4' ? [raw.EqVecF32x4(), raw.NeVecF32x4()] : [raw.EqVecF64x2(), raw.NeVecF64x2()]
      const bitmask = shape === 'f32x4' ? raw.BitmaskVecI32x4() : raw.BitmaskVecI64x2()
      const lanes = raw.SIMDTernary(
        module,
        raw.BitselectVec128(),
        build.get(held, type),
        canonical(build, shape),
        compare(equal),
      )
      return build.select(build.unary(raw.EqZInt32(), build.unary(bitmask, compare(unequal))), value, lanes)
    }
  }
}

/** The same in a function that all bodies share: large bodies call it, so that they do not grow too much. */
function byCall(unit: ModuleEdit, shape: NanShape, value: Pointer): Pointer {
  const { build, added } = unit
  const name = `ipvm:canonicalize-${shape}`
  const type = typeOfShape(build, shape)
  if (!added.has(name)) {
    added.add(name)
    build.addFunction(build.name(name), [type], type, [], canonicalIfNan(build, shape, 0, build.get(0, type)))
  }
  return build.call(name, [value], type)
}
