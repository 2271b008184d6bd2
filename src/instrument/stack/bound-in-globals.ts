import { OP } from '../../wasm/instructions.ts'
import { METER } from '../edit/globals.ts'
import type { Pass } from '../edit/edit.ts'
import { trapHere } from '../edit/traps.ts'

/**
 * Bounds the weight of all frames that are active at once, so that the guest's stack gives out in the same call on every
 * engine, long before the engine's own does.
 *
 * A function subtracts its frame's weight from what its caller had left, and traps if nothing remains. What is left for its
 * callees stands in a local, and is stated anew before each call; so nothing is released, and no exit can forget to:
 *
 *     (func … ‹body with calls›)   →   (func … (local.set own (i32.sub (global.get stack) weight)) ‹trap if below 0›
 *                                        … (global.set stack (local.get own)) (call …) …)
 *
 * A tail call ends the frame first: its callee gets what the caller had.
 */
export const boundStackInGlobals: Pass = {
  name: 'bound-stack-in-globals',
  module({ build, ir, profile, reenters }) {
    const left = reenters ? profile.limits.stackWords : 0
    build.raw.AddGlobal(ir, build.name(METER.stack), build.i32, 1, build.int32(left))
  },
  function(edit) {
    const { unit, plan, weight } = edit
    const { build } = unit
    const { raw, i32 } = build
    const left = build.getGlobal(METER.stack, i32)
    const exhausted = trapHere(unit, 'stack-exhausted')
    if (!plan.calls) {
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
      const mine = build.get(own, i32)
      edit.say(
        block,
        build.setGlobal(METER.stack, tail ? build.binary(raw.AddInt32(), mine, build.int32(weight)) : mine),
      )
    }
  },
}
