/** Traps as code of ours, and prices as expressions. */
import type { Pointer } from './binaryen.ts'
import type { Build } from './build.ts'
import { METER, trapNumber, type Note } from './edit.ts'

/** Notes which trap comes next and traps. */
export function trap(build: Build, code: Note): Pointer {
  return build.block([note(build, code), build.unreachable()], build.none)
}

/** Notes which trap it would be, if the next instruction that may trap does. */
export function note(build: Build, code: Note): Pointer {
  return build.setGlobal(METER.trap, build.int32(trapNumber(code)))
}

/** The price of a scaled operation: `flat + perUnit × operand`, the operand read as unsigned. */
export function scaled(build: Build, flat: number, perUnit: number, operand: Pointer): Pointer {
  const { raw } = build
  const product = build.binary(raw.MulInt64(), build.unary(raw.ExtendUInt32(), operand), build.int64(BigInt(perUnit)))
  return flat === 0 ? product : build.binary(raw.AddInt64(), product, build.int64(BigInt(flat)))
}
