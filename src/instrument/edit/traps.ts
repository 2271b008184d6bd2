/** Code that notes traps and raises them, and code that computes prices. */
import type { Pointer } from '../binaryen/port.ts'
import type { Build } from '../binaryen/build.ts'
import { METER, OFFSET_UNIT, trapNote, trapNumber, type Note } from './globals.ts'
import type { ModuleEdit } from './edit.ts'

/** A statement that notes a trap without an offset, and traps. */
export function trap(build: Build, code: Note): Pointer {
  return build.block([note(build, code), build.unreachable()], build.none)
}

/**
 * A statement that notes the trap code and the offset in the module of the next instruction that may trap. A code of
 * `undefined` notes the offset alone: a callee, or a function of ours that inspects the operands, will note the code.
 */
export function note(build: Build, code: Note | undefined, offset = 0): Pointer {
  return build.setGlobal(METER.trap, build.int32(trapNote(code, offset)))
}

/** Notes a trap in a function of ours that replaces an instruction. In the precise mode, keeps the offset that the caller noted. */
export function noteHere({ build, mode }: ModuleEdit, code: Note): Pointer {
  if (mode.traps !== 'exact') return note(build, code)
  const { raw, i32 } = build
  const offset = build.binary(raw.AndInt32(), build.getGlobal(METER.trap, i32), build.int32(-OFFSET_UNIT))
  return build.setGlobal(METER.trap, build.binary(raw.OrInt32(), offset, build.int32(trapNumber(code))))
}

/** A statement that notes a trap as `noteHere` does, and traps. */
export function trapHere(unit: ModuleEdit, code: Note): Pointer {
  return unit.build.block([noteHere(unit, code), unit.build.unreachable()], unit.build.none)
}

/** An i64 expression for a price that depends on an operand: `flat + perUnit × operand`. The operand is an unsigned i32. */
export function scaled(build: Build, flat: number, perUnit: number, operand: Pointer): Pointer {
  const { raw } = build
  const product = build.binary(raw.MulInt64(), build.unary(raw.ExtendUInt32(), operand), build.int64(BigInt(perUnit)))
  return flat === 0 ? product : build.binary(raw.AddInt64(), product, build.int64(BigInt(flat)))
}
