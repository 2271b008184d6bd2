import type { Pass } from '../../edit/edit.ts'
import { checkCounter } from './check-counter.ts'
import { checksAt } from './check-places.ts'
import { subtract } from './register-meter.ts'

/**
 * Charges blocks without a check. Blocks at whose end the gas is passed on are charged there (`giveMeter`). The counter is checked
 * on every cycle: at the entry of functions that call, and at the head of loops that were not charged in advance. All that was
 * charged by then has run, so a counter below zero there is out-of-gas for certain. Everywhere else the end of the run decides,
 * or the precise mode.
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
