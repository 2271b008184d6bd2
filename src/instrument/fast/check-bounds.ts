import type { Pass } from '../edit.ts'
import { subtract } from './meter.ts'
import { look, looksAt } from './out-of-gas.ts'

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
    const { plan, gas, attached, unit: { build } } = edit
    for (const block of attached.places.keys()) {
      if (looksAt(edit, block)) edit.say(block, look(edit))
      const charge = plan.charges[block]!
      if (charge !== 0 && !plan.handsOn[block]) edit.say(block, subtract(build, gas, charge))
    }
  },
}

/**
 * Holds the frame against what the caller had left, and keeps the rest for the callees. A frame that does not fit traps
 * without a note: the precise mode says which trap came first.
 */
export const boundStackFast: Pass = {
  name: 'bound-stack-fast',
  function(edit) {
    const { plan, stack, weight, unit: { build } } = edit
    const { raw, i32 } = build
    const left = build.get(stack, i32)
    if (!plan.calls) {
      edit.prologue.push(build.if(build.binary(raw.LtSInt32(), left, build.int32(weight)), build.unreachable()))
      return
    }
    edit.prologue.push(
      look(edit),
      build.if(
        build.binary(raw.LtSInt32(), build.tee(stack, build.binary(raw.SubInt32(), left, build.int32(weight)), i32), build.int32(0)),
        build.unreachable()))
  },
}
