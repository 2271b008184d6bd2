import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, Meter } from '../../edit/edit.ts'
import { METER } from '../../edit/globals.ts'
import { trap } from '../../edit/traps.ts'

/**
 * The meter of the fast and steady modes. Its counters are locals, which engines keep in registers. Every function takes the
 * remaining gas and the remaining stack as its last two parameters, and returns the remaining gas as its last result:
 *
 *     (func $f (param i32) (result i32))   →   (func $f (param i32 i64 i32) (result i32 i64))
 *
 * A counter below zero is found at the next check, or at the end of the run.
 */
export const REGISTER_METER: Meter = {
  charge({ unit: { build }, gas }, price) {
    return chargeAndCheck(build, gas, price)
  },
  call(edit, name, operands, result) {
    const { build } = edit.unit
    const results = result === build.none ? [] : build.types(result)
    const call = build.call(
      name,
      [...operands, build.get(edit.gas, build.i64), build.get(edit.stack, build.i32)],
      withGasType(build, results),
    )
    return { call, value: unpackGas(edit, call, results) }
  },
  addFunction({ build, profile }, name, { params, results, locals }, body) {
    const [gas, stack] = [params.length, params.length + 1]
    const { raw, i32, i64 } = build
    const spillStack = (): Pointer => {
      const left = build.binary(raw.SubInt32(), build.get(stack, i32), build.int32(profile.limits.reentryWords))
      return build.setGlobal(METER.stack, left)
    }
    const expressions = body({
      local: index => params.length + 2 + index,
      charge: price => chargeAndCheck(build, gas, price),
      result: (...values) => build.tuple([...values, build.get(gas, i64)]),
      spill: callsGuest => [build.setGlobal(METER.gas, build.get(gas, i64)), ...(callsGuest ? [spillStack()] : [])],
      reload: () => [build.set(gas, build.getGlobal(METER.gas, i64))],
    })
    const result = withGasType(build, results)
    build.addFunction(name, [...params, i64, i32], result, locals, build.block(expressions, result))
  },
  enter(unit, { name, uncheckedNeed }, operands, results, locals) {
    const { build, profile, hasReentry } = unit
    const { raw, i32 } = build
    const result = withGasType(build, results)
    const gas = build.getGlobal(METER.gas, build.i64)
    // If a host function may call the guest, the global holds the stack that is left for this call. Callees overwrite the global,
    // so a local keeps its value, which is restored for the next call by the same host function.
    const stack = hasReentry ? locals.add(i32) : undefined
    const left = stack === undefined ? build.int32(profile.limits.stackWords) : build.get(stack, i32)
    const call = build.callPointer(name, [...operands, gas, left], result)
    const before: Pointer[] = []
    const restore: Pointer[] = []
    if (stack !== undefined) {
      const isExhausted = build.binary(raw.LtSInt32(), build.get(stack, i32), build.int32(uncheckedNeed))
      before.push(
        build.set(stack, build.getGlobal(METER.stack, i32)),
        build.if(isExhausted, trap(build, 'stack-exhausted')),
      )
      restore.push(build.setGlobal(METER.stack, build.get(stack, i32)))
    }
    if (results.length === 0) return [...before, build.setGlobal(METER.gas, call), ...restore]
    const held = locals.add(result)
    const parts = build.parts(held, [...results, build.i64])
    const spillGas = build.setGlobal(METER.gas, parts.pop()!)
    return [...before, build.set(held, call), spillGas, ...restore, build.tuple(parts)]
  },
}

/** The result type of a metered function: its own results, and the remaining gas as the last one. */
export function withGasType(build: Build, results: readonly number[]): number {
  return build.type([...results, build.i64])
}

/** Moves the last result of a call to the local of the gas. Returns an expression with the other results. */
export function unpackGas(edit: FunctionEdit, call: Pointer, results: readonly number[]): Pointer {
  const { build } = edit.unit
  if (results.length === 0) return build.set(edit.gas, call)
  const held = edit.temporary(withGasType(build, results))
  const parts = build.parts(held, [...results, build.i64])
  const left = parts.pop()!
  return build.block([build.set(held, call), build.set(edit.gas, left), build.tuple(parts)], build.type(results))
}

/** Subtracts a constant price from the gas, without a check. */
export function subtract(build: Build, gas: number, price: number): Pointer {
  return build.set(gas, build.binary(build.raw.SubInt64(), build.get(gas, build.i64), build.int64(BigInt(price))))
}

/** A condition: true if more gas was charged than there was. */
export function isOverdrawn(build: Build, gas: number): Pointer {
  return build.binary(build.raw.LtSInt64(), build.get(gas, build.i64), build.int64(0n))
}

/** Charges a price, and traps if the gas does not suffice. No trap is noted, so the precise mode decides which one it was. */
function chargeAndCheck(build: Build, gas: number, price: Pointer): Pointer {
  return build.block(
    [
      build.set(gas, build.binary(build.raw.SubInt64(), build.get(gas, build.i64), price)),
      build.if(isOverdrawn(build, gas), build.unreachable()),
    ],
    build.none,
  )
}
