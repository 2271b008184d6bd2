import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, Meter, ModuleEdit } from '../../edit/edit.ts'
import { METER } from '../../edit/globals.ts'
import { trap, trapHere } from '../../edit/traps.ts'

const CHARGE = 'ipvm:charge'

/** The precise meter: its counter is a global, and exact at every trap. Functions keep their form. */
export const GLOBAL_METER: Meter = {
  charge: ({ unit }, price) => chargeByCall(unit, price),
  call({ unit: { build } }, name, operands, result) {
    const call = build.call(name, operands, result)
    return { call, value: call }
  },
  addFunction(unit, name, { params, results, locals }, body) {
    const { build } = unit
    const result = build.type(results)
    const expressions = body({
      local: index => params.length + index,
      charge: price => chargeByCall(unit, price),
      result: (...values) => (values.length === 0 ? build.nop() : build.tuple(values)),
      spill: callsGuest => (callsGuest ? [lowerStack(unit)] : []),
      reload: () => [],
    })
    build.addFunction(name, params, result, locals, build.block(expressions, result))
  },
  enter(unit, { inner }, operands, results, locals) {
    const { build, profile, reenters } = unit
    const call = build.callPointer(inner, operands, build.type(results))
    if (!reenters) return [build.setGlobal(METER.stack, build.int32(profile.limits.stackWords)), call]
    // What is left of the stack is what the caller had: all, or less where a host function calls. Callees write over it.
    const stack = locals.add(build.i32)
    const lacks = build.binary(build.raw.LtSInt32(), build.get(stack, build.i32), build.int32(0))
    const begin = [
      build.set(stack, build.getGlobal(METER.stack, build.i32)),
      build.if(lacks, trapHere(unit, 'stack-exhausted')),
    ]
    const end = build.setGlobal(METER.stack, build.get(stack, build.i32))
    if (results.length === 0) return [...begin, call, end]
    const held = locals.add(build.type(results))
    return [...begin, build.set(held, call), end, build.tuple(build.parts(held, results))]
  },
}

/** Before the host calls back: its own frames weigh, too. Each call of the guest states anew what is left. */
function lowerStack({ build, profile }: ModuleEdit): Pointer {
  const left = build.getGlobal(METER.stack, build.i32)
  return build.setGlobal(
    METER.stack,
    build.binary(build.raw.SubInt32(), left, build.int32(profile.limits.reentryWords)),
  )
}

/** Charges a fixed price: in place, or by a call where a body is large enough for that to matter. */
export function chargePrice(edit: FunctionEdit, price: number): Pointer {
  const { unit } = edit
  const value = unit.build.int64(BigInt(price))
  return edit.large ? chargeByCall(unit, value) : charge(unit.build, value)
}

function chargeByCall(unit: ModuleEdit, price: Pointer): Pointer {
  const { build, added } = unit
  if (!added.has(CHARGE)) {
    added.add(CHARGE)
    build.addFunction(build.name(CHARGE), [build.i64], build.none, [], charge(build, build.get(0, build.i64)))
  }
  return build.call(CHARGE, [price], build.none)
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
  return build.block(
    [
      build.setGlobal(METER.gas, build.binary(raw.SubInt64(), left(), price)),
      build.if(build.binary(raw.LtSInt64(), left(), build.int64(0n)), trap(build, 'out-of-gas')),
    ],
    build.none,
  )
}
