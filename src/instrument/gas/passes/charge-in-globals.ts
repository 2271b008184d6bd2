import { INSTRUCTIONS, type TrapCause } from '../../../wasm/instructions.ts'
import type { TrapCode } from '../../../interface.ts'
import type { Pass } from '../../edit/edit.ts'
import { note } from '../../edit/traps.ts'
import { chargePrice } from './global-meter.ts'

/**
 * Charges each metered block where it begins, and notes which trap its last instruction may raise, and where that stands.
 *
 * Invariant: no instruction of a block runs before the whole block is paid. Since at most its last instruction can fail,
 * the gas used at any trap is exactly that of the instructions that ran, the trapping one included (GAS-1).
 *
 *     (i32.load ‹address›)   →   ‹gas −= price of address and load; trap if below 0› ‹trap ← memory-out-of-bounds at 0x2a› (i32.load …)
 */
export const chargeInGlobals: Pass = {
  name: 'charge-in-globals',
  function(edit) {
    const { unit, plan } = edit
    for (const block of edit.attached.places.keys()) {
      const price = plan.charges[block]!
      if (price > 0) edit.say(block, chargePrice(edit, price))
      const instruction = INSTRUCTIONS[plan.ends[block]!]
      const cause = instruction?.traps
      if (cause === undefined && instruction?.group !== 'call') continue
      edit.say(block, note(unit.build, cause && TRAPS[cause], plan.offsets[block]!))
    }
  },
}

/** What an instruction's trap is called; those that look at their operands first find out by themselves. */
const TRAPS: Readonly<Record<TrapCause, TrapCode | undefined>> = {
  unreachable: 'unreachable',
  memory: 'memory-out-of-bounds',
  table: 'table-out-of-bounds',
  indirect: 'bad-indirect-call',
  divide: undefined,
  divideSigned: undefined,
  truncate: undefined,
}
