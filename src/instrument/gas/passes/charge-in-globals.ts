import { INSTRUCTIONS, type TrapCause } from '../../../wasm/instructions.ts'
import type { TrapCode } from '../../../interface.ts'
import type { Pass } from '../../edit/edit.ts'
import { note } from '../../edit/traps.ts'
import { chargePrice } from './global-meter.ts'

/**
 * Charges each metered block at its beginning. If its last instruction may trap, also notes the trap code and the offset of
 * that instruction in the module.
 *
 * Why this is right. No instruction of a block runs before the whole block is charged. Only the last one can fail. So at any
 * trap, exactly the instructions that ran are charged, the trapping one included (GAS-1).
 *
 *     (i32.load ‹address›)   →   ‹gas −= price of address and load; trap if below 0› ‹trap ← memory-out-of-bounds at 0x2a› (i32.load …)
 */
export const chargeInGlobals: Pass = {
  name: 'charge-in-globals',
  function(edit) {
    const { unit, plan } = edit
    for (const block of edit.attached.places.keys()) {
      const price = plan.charges[block]!
      if (price > 0) edit.addStatement(block, chargePrice(edit, price))
      const instruction = INSTRUCTIONS[plan.ends[block]!]
      const cause = instruction?.traps
      if (cause === undefined && instruction?.group !== 'call') continue
      edit.addStatement(block, note(unit.build, cause && TRAPS[cause], plan.offsets[block]!))
    }
  },
}

/** The trap code of each cause of traps. It is undefined for instructions that `distinguish-traps` replaces. */
const TRAPS: Readonly<Record<TrapCause, TrapCode | undefined>> = {
  unreachable: 'unreachable',
  memory: 'memory-out-of-bounds',
  table: 'table-out-of-bounds',
  indirect: 'bad-indirect-call',
  divide: undefined,
  divideSigned: undefined,
  truncate: undefined,
}
