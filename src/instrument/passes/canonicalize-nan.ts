import { INSTRUCTIONS, type NanShape } from '../../wasm/instructions.ts'
import type { Pointer } from '../binaryen.ts'
import type { Build } from '../build.ts'
import type { FunctionEdit, ModuleEdit, Pass } from '../edit.ts'
import { planNan } from '../plan-nan.ts'

/**
 * Makes every NaN that an instruction produces the positive canonical one (core spec, deterministic profile), whatever
 * sign and payload the processor gave it. A NaN that is loaded, constant or moved is nobody's product and keeps its bits.
 *
 *     (f64.add a b)     →   (select (local.tee t (f64.add a b)) (f64.const nan) (f64.eq t t))
 *     (f32x4.add a b)   →   (v128.bitselect (local.tee t (f32x4.add a b)) (v128.const nan…) (f32x4.eq t t))
 */
function canonicalize(edit: FunctionEdit, needed: (producer: number) => boolean): void {
  let producer = 0
  for (const site of edit.attached.sites) {
    const shape = INSTRUCTIONS[site.code]!.nan
    if (shape === undefined || !needed(producer++)) continue
    edit.write(site, edit.large ? byCall(edit.unit, shape, edit.read(site)) : inPlace(edit, shape, edit.read(site)))
  }
}

/** Behind every instruction that produces NaNs. */
export const canonicalizeEveryNan: Pass = {
  name: 'canonicalize-every-nan',
  function(edit) {
    canonicalize(edit, () => true)
  },
}

/** Behind those whose NaNs somebody can tell apart. */
export const canonicalizeSeenNan: Pass = {
  name: 'canonicalize-seen-nan',
  function(edit) {
    if (!edit.attached.sites.some(site => INSTRUCTIONS[site.code]!.nan !== undefined)) return
    const seen = planNan(edit.unit.module, edit.body, edit.type)
    canonicalize(edit, producer => seen[producer]!)
  },
}

/** The canonical NaN of a shape. Source: core spec 4.3.3. */
function canonical(build: Build, shape: NanShape): Pointer {
  switch (shape) {
    case 'f32': return build.float32(0x7fc00000)
    case 'f64': return build.float64(0x7ff8000000000000n)
    case 'f32x4': return build.vector([0x7fc00000, 0x7fc00000, 0x7fc00000, 0x7fc00000])
    case 'f64x2': return build.vector([0, 0x7ff80000, 0, 0x7ff80000])
  }
}

function typeOfShape(build: Build, shape: NanShape): number {
  return shape === 'f32' ? build.f32 : shape === 'f64' ? build.f64 : build.v128
}

function inPlace(edit: FunctionEdit, shape: NanShape, value: Pointer): Pointer {
  const { build } = edit.unit
  const type = typeOfShape(build, shape)
  const held = edit.temporary(type)
  return choose(build, shape, held, build.tee(held, value, type))
}

/** `value` is what the local `held` was given last. */
function choose(build: Build, shape: NanShape, held: number, value: Pointer): Pointer {
  const { raw, module } = build
  const type = typeOfShape(build, shape)
  const equal = { f32: raw.EqFloat32, f64: raw.EqFloat64, f32x4: raw.EqVecF32x4, f64x2: raw.EqVecF64x2 }[shape]()
  const isNumber = build.binary(equal, build.get(held, type), build.get(held, type))
  if (type !== build.v128) return build.select(isNumber, value, canonical(build, shape))
  return raw.SIMDTernary(module, raw.BitselectVec128(), value, canonical(build, shape), isNumber)
}

function byCall(unit: ModuleEdit, shape: NanShape, value: Pointer): Pointer {
  const { build, added } = unit
  const name = `ipvm:canonicalize-${shape}`
  const type = typeOfShape(build, shape)
  if (!added.has(name)) {
    added.add(name)
    build.addFunction(build.name(name), [type], type, [], choose(build, shape, 0, build.get(0, type)))
  }
  return build.call(name, [value], type)
}
