import { METER } from '../edit/globals.ts'
import type { Pass } from '../edit/edit.ts'
import { trap } from '../edit/traps.ts'
import { checkCounter } from '../gas/passes/check-counter.ts'

/**
 * Holds the frame against what the caller had left, unless the caller did so (optimise/frames), and keeps the rest for the callees.
 * A frame that does not fit traps, and the precise mode says which trap came first. Where more is kept free than may be needed
 * it says which bound it was: then there may be none.
 */
export const boundStackInRegisters: Pass = {
  name: 'bound-stack-in-registers',
  module({ build, ir, profile, reenters }) {
    if (reenters) build.raw.AddGlobal(ir, build.name(METER.stack), build.i32, 1, build.int32(profile.limits.stackWords))
  },
  function(edit) {
    const {
      plan,
      stack,
      weight,
      kept,
      unit: { build },
    } = edit
    const { raw, i32 } = build
    if (plan.calls) edit.prologue.push(checkCounter(edit))
    if (!edit.checksStack) return
    const left = build.get(stack, i32)
    const lacks = edit.takesStack
      ? build.binary(
          raw.LtSInt32(),
          build.tee(stack, build.binary(raw.SubInt32(), left, build.int32(weight)), i32),
          build.int32(kept),
        )
      : build.binary(raw.LtSInt32(), left, build.int32(weight + kept))
    edit.prologue.push(build.if(lacks, kept === 0 ? build.unreachable() : trap(build, 'stack-exhausted')))
  },
}
