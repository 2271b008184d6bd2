import type { Pass } from '../edit.ts'
import { chargeByCall, chargeInPlace } from './charge.ts'

/**
 * Charges the entry of a function: a price, and a price for each 8-byte word of its declared locals, which are zeroed (G5).
 * It is the first thing that a function does, before its frame is held against the stack's bound.
 */
export const chargeEntry: Pass = {
  name: 'charge-entry',
  function(edit) {
    const { flat, perUnit } = edit.unit.profile.schedule.entry
    const price = flat + perUnit * edit.body.localWords
    if (price > 0) edit.prologue.push(edit.large ? chargeByCall(edit.unit, price) : chargeInPlace(edit.unit, price))
  },
}
