import type { Pass } from '../edit/edit.ts'
import { trap } from '../edit/traps.ts'
import { subtract } from '../gas/passes/register-meter.ts'
import { look, looksAt } from '../gas/passes/check-counter.ts'

/**
 * Charges blocks without looking, but for those at whose end the gas is handed on (`giveMeter`), and looks where every cycle
 * passes: at the entry of functions that call, and at the head of loops whose rounds were not counted before. What was
 * charged by then has run to its end, so a counter below zero there is out-of-gas for certain; everywhere else the end of
 * the run, or the precise mode, decides.
 *
 * Termination: every cycle is a counted loop, which ends, or another loop or a recursion, and contains a check and a branch
 * or call that costs something.
 */
export const chargeFast: Pass = {
  name: 'charge-fast',
  function(edit) {
    const {
      plan,
      gas,
      attached,
      unit: { build },
    } = edit
    for (const block of attached.places.keys()) {
      if (looksAt(edit, block)) edit.say(block, look(edit))
      const charge = plan.charges[block]!
      if (charge !== 0 && !plan.handsOn[block]) edit.say(block, subtract(build, gas, charge))
    }
  },
}

/**
 * Holds the frame against what the caller had left, unless the caller did so (frames.ts), and keeps the rest for the callees.
 * A frame that does not fit traps, and the precise mode says which trap came first. Where more is kept free than may be needed
 * it says which bound it was: then there may be none.
 */
export const boundStackFast: Pass = {
  name: 'bound-stack-fast',
  function(edit) {
    const {
      plan,
      stack,
      weight,
      kept,
      unit: { build },
    } = edit
    const { raw, i32 } = build
    if (plan.calls) edit.prologue.push(look(edit))
    if (!edit.looksForRoom) return
    const left = build.get(stack, i32)
    const lacks = edit.takesRoom
      ? build.binary(
          raw.LtSInt32(),
          build.tee(stack, build.binary(raw.SubInt32(), left, build.int32(weight)), i32),
          build.int32(kept),
        )
      : build.binary(raw.LtSInt32(), left, build.int32(weight + kept))
    edit.prologue.push(build.if(lacks, kept === 0 ? build.unreachable() : trap(build, 'stack-exhausted')))
  },
}
