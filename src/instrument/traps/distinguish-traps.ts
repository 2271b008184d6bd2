import { F32, I64, shortType } from '../../wasm/types.ts'
import { INSTRUCTIONS, type Instruction } from '../../wasm/instructions.ts'
import type { Pointer } from '../binaryen/port.ts'
import type { ModuleEdit, Pass } from '../edit/edit.ts'
import { noteHere, trapHere } from '../edit/traps.ts'

/**
 * Replaces integer divisions and truncations by functions that note which of their two traps is raised.
 *
 * The other instructions can raise one trap each, which `charge-in-globals` notes in advance. These two kinds must
 * inspect their operands:
 *
 *     (i32.div_s a b)       →   (call $ipvm:i32.div_s a b)       b = 0: divide-by-zero; a = −2³¹, b = −1: integer-overflow
 *     (i32.trunc_f64_s x)   →   (call $ipvm:i32.trunc_f64_s x)   x is a NaN: invalid-conversion; otherwise integer-overflow
 */
export const distinguishTraps: Pass = {
  name: 'distinguish-traps',
  function(edit) {
    const { unit } = edit
    const { raw } = unit.build
    for (const site of edit.attached.sites) {
      const instruction = INSTRUCTIONS[site.code]!
      const { traps } = instruction
      if (traps !== 'divide' && traps !== 'divideSigned' && traps !== 'truncate') continue
      const { expression } = site
      edit.replace(
        site,
        traps === 'truncate'
          ? truncate(unit, instruction, raw.UnaryGetOp(expression), raw.UnaryGetValue(expression))
          : divide(
              unit,
              instruction,
              raw.BinaryGetOp(expression),
              raw.BinaryGetLeft(expression),
              raw.BinaryGetRight(expression),
            ),
      )
    }
  },
}

/** A call of the function that stands for a division or remainder; adds the function if the module lacks it. */
function divide(unit: ModuleEdit, instruction: Instruction, op: number, left: Pointer, right: Pointer): Pointer {
  const { build } = unit
  const { raw } = build
  const wide = instruction.type.params[0] === I64
  const type = wide ? build.i64 : build.i32
  const name = `ipvm:${instruction.name}`
  if (!unit.added.has(name)) {
    unit.added.add(name)
    const dividend = (): Pointer => build.get(0, type)
    const divisor = (): Pointer => build.get(1, type)
    const equals = wide ? raw.EqInt64() : raw.EqInt32()
    const statements = [
      build.if(build.unary(wide ? raw.EqZInt64() : raw.EqZInt32(), divisor()), trapHere(unit, 'divide-by-zero')),
    ]
    if (instruction.traps === 'divideSigned') {
      const least = build.binary(equals, dividend(), wide ? build.int64(-(2n ** 63n)) : build.int32(-(2 ** 31)))
      const minusOne = build.binary(equals, divisor(), wide ? build.int64(-1n) : build.int32(-1))
      statements.push(build.if(build.binary(raw.AndInt32(), least, minusOne), trapHere(unit, 'integer-overflow')))
    }
    build.addFunction(
      build.name(name),
      [type, type],
      type,
      [],
      build.block([...statements, build.binary(op, dividend(), divisor())], type),
    )
  }
  return build.call(name, [left, right], type)
}

/** A call of the function that stands for a truncation; adds the function if the module lacks it. */
function truncate(unit: ModuleEdit, instruction: Instruction, op: number, value: Pointer): Pointer {
  const { build } = unit
  const { raw } = build
  const single = instruction.type.params[0] === F32
  const from = single ? build.f32 : build.f64
  const to = shortType(instruction.type).endsWith('I') ? build.i64 : build.i32
  const name = `ipvm:${instruction.name}`
  if (!unit.added.has(name)) {
    unit.added.add(name)
    const isNan = build.binary(single ? raw.NeFloat32() : raw.NeFloat64(), build.get(0, from), build.get(0, from))
    const statements = [build.if(isNan, trapHere(unit, 'invalid-conversion')), noteHere(unit, 'integer-overflow')]
    build.addFunction(
      build.name(name),
      [from],
      to,
      [],
      build.block([...statements, build.unary(op, build.get(0, from))], to),
    )
  }
  return build.call(name, [value], to)
}
