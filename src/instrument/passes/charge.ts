/** The act of charging, as code: what the passes that charge have in common. */
import type { Pointer } from '../binaryen.ts'
import type { Build } from '../build.ts'
import { METER, trapNumber, type ModuleEdit } from '../edit.ts'
import type { TrapCode } from '../../interface.ts'

const CHARGE = 'ipvm:charge'

/** Notes which trap comes next and traps. */
export function trap(build: Build, code: TrapCode | 'host-memory'): Pointer {
  return build.block([note(build, code), build.unreachable()], build.none)
}

/** Notes which trap it would be, if the next instruction that may trap does. */
export function note(build: Build, code: TrapCode | 'host-memory'): Pointer {
  return build.setGlobal(METER.trap, build.int32(trapNumber(code)))
}

/** Charges a price that is an expression of type i64. */
export function chargeValue(unit: ModuleEdit, price: Pointer): Pointer {
  addCharge(unit)
  return unit.build.call(CHARGE, [price], unit.build.none)
}

/** Charges a fixed price by a call. */
export function chargeByCall(unit: ModuleEdit, price: number): Pointer {
  return chargeValue(unit, unit.build.int64(BigInt(price)))
}

/** Charges a fixed price in place. */
export function chargeInPlace(unit: ModuleEdit, price: number): Pointer {
  return charge(unit.build, unit.build.int64(BigInt(price)))
}

/**
 *     gas ← gas − price
 *     if gas < 0: note out-of-gas, trap
 *
 * The signed counter cannot wrap: it starts at 2⁶² at most, a price is below 2⁵³, and each charge is followed by its check.
 */
function charge(build: Build, price: Pointer): Pointer {
  const { raw } = build
  const left = (): Pointer => build.getGlobal(METER.gas, build.i64)
  return build.block([
    build.setGlobal(METER.gas, build.binary(raw.SubInt64(), left(), price)),
    build.if(build.binary(raw.LtSInt64(), left(), build.int64(0n)), trap(build, 'out-of-gas')),
  ], build.none)
}

function addCharge({ build, added }: ModuleEdit): void {
  if (added.has(CHARGE)) return
  added.add(CHARGE)
  build.addFunction(build.name(CHARGE), [build.i64], build.none, [], charge(build, build.get(0, build.i64)))
}

/** The price of a scaled operation: `flat + perUnit × operand`, the operand read as unsigned. */
export function scaled(build: Build, flat: number, perUnit: number, operand: Pointer): Pointer {
  const { raw } = build
  const product = build.binary(raw.MulInt64(), build.unary(raw.ExtendUInt32(), operand), build.int64(BigInt(perUnit)))
  return flat === 0 ? product : build.binary(raw.AddInt64(), product, build.int64(BigInt(flat)))
}
