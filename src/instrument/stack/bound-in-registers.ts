import { METER } from '../edit/globals.ts'
import type { Pass } from '../edit/edit.ts'
import { trap } from '../edit/traps.ts'
import { checkCounter } from '../gas/passes/check-counter.ts'

/**
 * Bounds the total weight of all active frames, as `bound-stack-in-globals` does, and checks the counter of gas at the entry of
 * functions that have calls.
 *
 * A function whose stack its callers reserve does not check (`optimise/frames`). Others subtract the weight of their frame, and
 * trap if less than their reserve remains. If a frame does not fit, the run would trap in the precise mode as well, which then
 * decides the trap. If only the reserve does not fit, the precise mode may come to a result. The trap is noted then, so that
 * the engine can tell the two.
 */
export const boundStackInRegisters: Pass = {
  name: 'bound-stack-in-registers',
  module({ build, ir, profile, hasReentry }) {
    if (hasReentry)
      build.raw.AddGlobal(ir, build.name(METER.stack), build.i32, 1, build.int32(profile.limits.stackWords))
  },
  function(edit) {
    const {
      plan,
      stack,
      weight,
      reserve,
      unit: { build },
    } = edit
    const { raw, i32 } = build
    if (plan.hasCalls) edit.prologue.push(checkCounter(edit))
    if (!edit.checksStack) return
    const left = build.get(stack, i32)
    const isExhausted = edit.subtractsWeight
      ? build.binary(
          raw.LtSInt32(),
          build.tee(stack, build.binary(raw.SubInt32(), left, build.int32(weight)), i32),
          build.int32(reserve),
        )
      : build.binary(raw.LtSInt32(), left, build.int32(weight + reserve))
    edit.prologue.push(build.if(isExhausted, reserve === 0 ? build.unreachable() : trap(build, 'stack-exhausted')))
  },
}
