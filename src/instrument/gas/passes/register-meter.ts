import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, Meter } from '../../edit/edit.ts'
import { METER } from '../../edit/globals.ts'
import { trap } from '../../edit/traps.ts'

/**
 * The fast meter: its counter is in registers. Every function takes gas left and stack left as its last two parameters and
 * gives gas left as its last result, so that engines see plain values instead of a global that every call could change:
 *
 *     (func $f (param i32) (result i32))   →   (func $f (param i32 i64 i32) (result i32 i64))
 *
 * A counter below zero is found at the next check, and no later than the end of the run.
 */
export const REGISTER_METER: Meter = {
  charge({ unit: { build }, gas }, price) {
    return pay(build, gas, price)
  },
  call(edit, name, operands, result) {
    const { build } = edit.unit
    const results = result === build.none ? [] : build.types(result)
    const call = build.call(
      name,
      [...operands, build.get(edit.gas, build.i64), build.get(edit.stack, build.i32)],
      given(build, results),
    )
    return { call, value: unpack(edit, call, results) }
  },
  addFunction({ build, profile }, name, { params, results, locals }, body) {
    const [gas, stack] = [params.length, params.length + 1]
    const { raw, i32, i64 } = build
    const lower = (): Pointer => {
      const left = build.binary(raw.SubInt32(), build.get(stack, i32), build.int32(profile.limits.reentryWords))
      return build.setGlobal(METER.stack, left)
    }
    const expressions = body({
      local: index => params.length + 2 + index,
      charge: price => pay(build, gas, price),
      result: (...values) => build.tuple([...values, build.get(gas, i64)]),
      spill: callsGuest => [build.setGlobal(METER.gas, build.get(gas, i64)), ...(callsGuest ? [lower()] : [])],
      reload: () => [build.set(gas, build.getGlobal(METER.gas, i64))],
    })
    const result = given(build, results)
    build.addFunction(name, [...params, i64, i32], result, locals, build.block(expressions, result))
  },
  enter(unit, { inner, needs }, operands, results, locals) {
    const { build, profile, reenters } = unit
    const { raw, i32 } = build
    const result = given(build, results)
    const gas = build.getGlobal(METER.gas, build.i64)
    // What is left of the stack is what the caller had: all, or less where a host function calls. Callees write over it.
    const stack = reenters ? locals.add(i32) : undefined
    const left = stack === undefined ? build.int32(profile.limits.stackWords) : build.get(stack, i32)
    const call = build.callPointer(inner, [...operands, gas, left], result)
    const begin: Pointer[] = []
    const end: Pointer[] = []
    if (stack !== undefined) {
      const lacks = build.binary(raw.LtSInt32(), build.get(stack, i32), build.int32(needs))
      begin.push(build.set(stack, build.getGlobal(METER.stack, i32)), build.if(lacks, trap(build, 'stack-exhausted')))
      end.push(build.setGlobal(METER.stack, build.get(stack, i32)))
    }
    if (results.length === 0) return [...begin, build.setGlobal(METER.gas, call), ...end]
    const held = locals.add(result)
    const parts = build.parts(held, [...results, build.i64])
    const spent = build.setGlobal(METER.gas, parts.pop()!)
    return [...begin, build.set(held, call), spent, ...end, build.tuple(parts)]
  },
}

/** What a function gives: its own results and the gas that is left. */
export function given(build: Build, results: readonly number[]): number {
  return build.type([...results, build.i64])
}

/** Takes the gas off what a call gives; what remains is an expression of the results' type. */
export function unpack(edit: FunctionEdit, call: Pointer, results: readonly number[]): Pointer {
  const { build } = edit.unit
  if (results.length === 0) return build.set(edit.gas, call)
  const held = edit.temporary(given(build, results))
  const parts = build.parts(held, [...results, build.i64])
  const left = parts.pop()!
  return build.block([build.set(held, call), build.set(edit.gas, left), build.tuple(parts)], build.type(results))
}

/** Subtracts a fixed price and does not look. */
export function subtract(build: Build, gas: number, price: number): Pointer {
  return build.set(gas, build.binary(build.raw.SubInt64(), build.get(gas, build.i64), build.int64(BigInt(price))))
}

/** Whether more was charged than there was. */
export function isOverdrawn(build: Build, gas: number): Pointer {
  return build.binary(build.raw.LtSInt64(), build.get(gas, build.i64), build.int64(0n))
}

/** Pays for what follows, or traps. The trap notes nothing: what it was, the precise mode decides. */
function pay(build: Build, gas: number, price: Pointer): Pointer {
  return build.block(
    [
      build.set(gas, build.binary(build.raw.SubInt64(), build.get(gas, build.i64), price)),
      build.if(isOverdrawn(build, gas), build.unreachable()),
    ],
    build.none,
  )
}
