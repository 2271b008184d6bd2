import type { Pass } from '../../edit/edit.ts'
import { checkCounter } from './check-counter.ts'
import { checksAt } from './check-places.ts'
import { subtract } from './register-meter.ts'

/**
 * Charges blocks without looking, but for those at whose end the gas is handed on (`giveMeter`), and looks where every cycle
 * passes: at the entry of functions that call, and at the head of loops whose rounds were not counted before. What was
 * charged by then has run to its end, so a counter below zero there is out-of-gas for certain; everywhere else the end of
 * the run, or the precise mode, decides.
 *
 * Termination: every cycle is a counted loop, which ends, or another loop or a recursion, and contains a check and a branch
 * or call that costs something.
 */
export const chargeInRegisters: Pass = {
  name: 'charge-in-registers',
  function(edit) {
    const {
      plan,
      gas,
      attached,
      unit: { build },
    } = edit
    for (const block of attached.places.keys()) {
      if (checksAt(edit, block)) edit.say(block, checkCounter(edit))
      const charge = plan.charges[block]!
      if (charge !== 0 && !plan.handsOn[block]) edit.say(block, subtract(build, gas, charge))
    }
  },
}
