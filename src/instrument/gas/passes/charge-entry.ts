import type { Pass } from '../../edit/edit.ts'
import { entryPrice } from '../analysis/gas-plan.ts'
import { chargePrice } from './global-meter.ts'

/**
 * Charges the entry of a function: a flat price, and a price for each 8-byte word of its declared locals, since engines set
 * them to zero (GAS-5). This is the first statement of the prologue. The check of the stack comes after it (GAS-9).
 */
export const chargeEntry: Pass = {
  name: 'charge-entry',
  function(edit) {
    const price = entryPrice(edit.body, edit.unit.profile.schedule)
    if (price > 0) edit.prologue.push(chargePrice(edit, price))
  },
}
