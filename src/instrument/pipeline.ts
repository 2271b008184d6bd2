/** Which passes run in a mode, and in which order. */
import type { Meter, Pass } from './edit/edit.ts'
import { boundMemory } from './boundary/bound-memory.ts'
import { exportBits } from './boundary/export-bits.ts'
import { linkImports } from './boundary/link-imports.ts'
import { endDeadCode } from './finish/end-dead-code.ts'
import { placeStatements } from './finish/place-statements.ts'
import { reuseLocals } from './finish/reuse-locals.ts'
import { giveMeter, takeMeter } from './gas/passes/carry-meter.ts'
import { chargeEntry } from './gas/passes/charge-entry.ts'
import { chargeInGlobals } from './gas/passes/charge-in-globals.ts'
import { chargeInRegisters } from './gas/passes/charge-in-registers.ts'
import { chargeOperands } from './gas/passes/charge-operands.ts'
import { GLOBAL_METER } from './gas/passes/global-meter.ts'
import { REGISTER_METER } from './gas/passes/register-meter.ts'
import type { Mode } from './modes.ts'
import { canonicalizeObservedNan } from './nan/passes/canonicalize-observed.ts'
import { canonicalizeEveryNan } from './nan/passes/canonicalize.ts'
import { watchNan } from './nan/passes/watch.ts'
import { countRounds } from './optimise/counted-loops/count-rounds.ts'
import { endShared } from './optimise/shared-checks/shared-checks.ts'
import { boundStackInGlobals } from './stack/bound-in-globals.ts'
import { boundStackInRegisters } from './stack/bound-in-registers.ts'
import { tellTraps } from './traps/tell-traps.ts'

/** The meter of each place in which counters can live. */
export const METERS: Readonly<Record<Mode['counters'], Meter>> = { globals: GLOBAL_METER, registers: REGISTER_METER }

const NANS: Readonly<Record<Mode['nans'], Pass>> = {
  every: canonicalizeEveryNan,
  observed: canonicalizeObservedNan,
  watched: watchNan,
}

/** The passes of a mode in order. Comments say what would break if a pass ran in another place. */
export function passesOf({ counters, nans }: Mode): readonly Pass[] {
  if (counters === 'registers') {
    return [
      linkImports,
      takeMeter, // before any pass reads the meter's locals or adds a local of its own
      boundStackInRegisters,
      countRounds, // before the charges, which check the counter at the heads of all other loops
      chargeInRegisters,
      boundMemory,
      chargeOperands,
      NANS[nans],
      placeStatements,
      giveMeter, // after all charges and after the statements for the function's ends: it reads the counter that they leave
      endShared, // after it: no end of the function may be written later
      endDeadCode,
      reuseLocals,
      exportBits,
    ]
  }
  return [
    linkImports, // first: the bodies edited below must be the guest's, not the stubs of its imports
    chargeEntry, // before the stack's bound: a frame that does not fit has still been entered, and paid for
    boundStackInGlobals,
    chargeInGlobals, // after it: what a block says about the stack does not depend on its charge
    tellTraps, // replaces instructions, so it comes before any pass that puts code around them
    boundMemory,
    chargeOperands, // after both: an instruction that they replace may give the size
    NANS[nans],
    placeStatements, // now the slots are filled
    endDeadCode,
    reuseLocals, // last: only now all locals are there
    exportBits,
  ]
}
