import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, Meter, ModuleEdit } from '../../edit/edit.ts'
import { METER } from '../../edit/globals.ts'
import { trap, trapHere } from '../../edit/traps.ts'

const CHARGE = 'ipvm:charge'

/** The meter of the precise mode. Its counters are globals, and exact at every trap. Functions keep their types. */
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
  enter(unit, { name }, operands, results, locals) {
    const { build, profile, hasReentry } = unit
    const call = build.callPointer(name, operands, build.type(results))
    if (!hasReentry) return [build.setGlobal(METER.stack, build.int32(profile.limits.stackWords)), call]
    // The global holds the stack that is left for this call: all of it, or less if a host function calls. Callees overwrite the
    // global, so a local keeps its value, which is restored for the next call by the same host function.
    const stack = locals.add(build.i32)
    const isExhausted = build.binary(build.raw.LtSInt32(), build.get(stack, build.i32), build.int32(0))
    const before = [
      build.set(stack, build.getGlobal(METER.stack, build.i32)),
      build.if(isExhausted, trapHere(unit, 'stack-exhausted')),
    ]
    const restore = build.setGlobal(METER.stack, build.get(stack, build.i32))
    if (results.length === 0) return [...before, call, restore]
    const held = locals.add(build.type(results))
    return [...before, build.set(held, call), restore, build.tuple(build.parts(held, results))]
  },
}

/**
 * Subtracts the weight of the host's own frames from the remaining stack, before a host function that may call the guest. The
 * next call in the guest's code writes the global again, so nothing has to be added back.
 */
function lowerStack({ build, profile }: ModuleEdit): Pointer {
  const left = build.getGlobal(METER.stack, build.i32)
  return build.setGlobal(
    METER.stack,
    build.binary(build.raw.SubInt32(), left, build.int32(profile.limits.reentryWords)),
  )
}

/** Charges a constant price: in place, or in large functions by a call of a shared function. */
export function chargePrice(edit: FunctionEdit, price: number): Pointer {
  const { unit } = edit
  const value = unit.build.int64(BigInt(price))
  return edit.isLarge ? chargeByCall(unit, value) : charge(unit.build, value)
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
 * The counter is signed and cannot wrap: it starts at 2⁶² at most, a price is below 2⁵³, and a check follows each charge.
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
