import type { Pass } from '../../edit/edit.ts'
import { checkCounter } from './check-counter.ts'
import { checksAt } from './check-places.ts'
import { subtract } from './register-meter.ts'

/**
 * Charges metered blocks without checks, and checks the counter at the heads of loops. `bound-stack-in-registers` checks it at
 * the entry of functions that have calls, and `forward-meter` charges the blocks that pass the gas on.
 *
 * Why a check is right. All that was charged before a check has run, so a counter below zero is certainly out-of-gas. Everywhere
 * else, the end of the run decides, or the precise mode.
 *
 * Why a run ends. Every cycle is a counted loop, another loop, or a recursion. A counted loop ends by itself. Each of the others
 * contains a check, and a branch or a call, which has a price.
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
      if (checksAt(edit, block)) edit.addStatement(block, checkCounter(edit))
      const charge = plan.charges[block]!
      if (charge !== 0 && !plan.chargedAtEnd[block]) edit.addStatement(block, subtract(build, gas, charge))
    }
  },
}
