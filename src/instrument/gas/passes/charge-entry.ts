import type { Pass } from '../../edit/edit.ts'
import { entryPrice } from '../analysis/gas-plan.ts'
import { chargePrice } from './global-meter.ts'

/**
 * Charges the entry of a function: a price, and a price for each 8-byte word of its declared locals, which are zeroed (GAS-5).
 * It is the first thing that a function does, before its frame is held against the stack's bound.
 */
export const chargeEntry: Pass = {
  name: 'charge-entry',
  function(edit) {
    const price = entryPrice(edit.body, edit.unit.profile.schedule)
    if (price > 0) edit.prologue.push(chargePrice(edit, price))
  },
}
