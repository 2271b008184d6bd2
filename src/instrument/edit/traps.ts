/** Traps as code of ours, and prices as expressions. */
import type { Pointer } from '../binaryen/port.ts'
import type { Build } from '../binaryen/build.ts'
import { METER, PLACE_UNIT, placed, trapNumber, type Note } from './globals.ts'
import type { ModuleEdit } from './edit.ts'

/** Notes which trap comes next and traps. */
export function trap(build: Build, code: Note): Pointer {
  return build.block([note(build, code), build.unreachable()], build.none)
}

/**
 * Notes which trap it would be, if the next instruction that may trap does, and where that instruction stands in the
 * module (`offset` in bytes; 0 if nobody asks). A code of `undefined` leaves the trap to whatever runs there: a callee,
 * or a function of ours that looks at the operands.
 */
export function note(build: Build, code: Note | undefined, offset = 0): Pointer {
  return build.setGlobal(METER.trap, build.int32(placed(code === undefined ? 0 : trapNumber(code), offset)))
}

/** Notes a trap in a function of ours that stands for an instruction. In the precise mode the caller has noted the place. */
export function noteHere({ build, mode }: ModuleEdit, code: Note): Pointer {
  if (mode.traps !== 'exact') return note(build, code)
  const { raw, i32 } = build
  const place = build.binary(raw.AndInt32(), build.getGlobal(METER.trap, i32), build.int32(-PLACE_UNIT))
  return build.setGlobal(METER.trap, build.binary(raw.OrInt32(), place, build.int32(trapNumber(code))))
}

/** Notes a trap as `noteHere` does, and traps. */
export function trapHere(unit: ModuleEdit, code: Note): Pointer {
  return unit.build.block([noteHere(unit, code), unit.build.unreachable()], unit.build.none)
}

/** The price of a scaled operation: `flat + perUnit × operand`, the operand read as unsigned. */
export function scaled(build: Build, flat: number, perUnit: number, operand: Pointer): Pointer {
  const { raw } = build
  const product = build.binary(raw.MulInt64(), build.unary(raw.ExtendUInt32(), operand), build.int64(BigInt(perUnit)))
  return flat === 0 ? product : build.binary(raw.AddInt64(), product, build.int64(BigInt(flat)))
}
