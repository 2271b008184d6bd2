import { OP } from '../../wasm/instructions.ts'
import { METER } from '../edit/globals.ts'
import type { Pass } from '../edit/edit.ts'
import { trapHere } from '../edit/traps.ts'

/**
 * Bounds the total weight of all active frames. So a guest runs out of stack in the same call on every engine, long before the
 * engine's own stack overflows.
 *
 * The prologue subtracts the weight of the frame from the stack that the caller had left, and traps if the difference is below
 * zero. A local holds the difference, and the global is set to it before each call. So no exit of the function has to add the
 * weight back:
 *
 *     (func … ‹body with calls›)   →   (func … (local.set own (i32.sub (global.get stack) weight)) ‹trap if below 0›
 *                                        … (global.set stack (local.get own)) (call …) …)
 *
 * A tail call ends the frame of its caller, so its callee gets the stack that the caller's caller had left.
 */
export const boundStackInGlobals: Pass = {
  name: 'bound-stack-in-globals',
  module({ build, ir, profile, hasReentry }) {
    const left = hasReentry ? profile.limits.stackWords : 0
    build.raw.AddGlobal(ir, build.name(METER.stack), build.i32, 1, build.int32(left))
  },
  function(edit) {
    const { unit, plan, weight } = edit
    const { build } = unit
    const { raw, i32 } = build
    const left = build.getGlobal(METER.stack, i32)
    const exhausted = trapHere(unit, 'stack-exhausted')
    if (!plan.hasCalls) {
      edit.prologue.push(build.if(build.binary(raw.LtSInt32(), left, build.int32(weight)), exhausted))
      return
    }
    const own = edit.addLocal(i32)
    edit.prologue.push(
      build.set(own, build.binary(raw.SubInt32(), left, build.int32(weight))),
      build.if(build.binary(raw.LtSInt32(), build.get(own, i32), build.int32(0)), exhausted),
    )
    for (const block of edit.attached.places.keys()) {
      const end = plan.ends[block]!
      const tail = end === OP.returnCall || end === OP.returnCallIndirect
      if (!tail && end !== OP.call && end !== OP.callIndirect) continue
      const remaining = build.get(own, i32)
      edit.addStatement(
        block,
        build.setGlobal(METER.stack, tail ? build.binary(raw.AddInt32(), remaining, build.int32(weight)) : remaining),
      )
    }
  },
}
