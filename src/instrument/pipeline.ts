/** The passes of each mode, in order. */
import type { Meter, Pass } from './edit/edit.ts'
import { boundMemory } from './boundary/bound-memory.ts'
import { exportBits } from './boundary/export-bits.ts'
import { linkImports } from './boundary/link-imports.ts'
import { endDeadCode } from './finish/end-dead-code.ts'
import { placeStatements } from './finish/place-statements.ts'
import { reuseLocals } from './finish/reuse-locals.ts'
import { forwardMeter, receiveMeter } from './gas/passes/carry-meter.ts'
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
import { prepayLoops } from './optimise/counted-loops/prepay-loops.ts'
import { endSharedChecks } from './optimise/shared-checks/shared-checks.ts'
import { boundStackInGlobals } from './stack/bound-in-globals.ts'
import { boundStackInRegisters } from './stack/bound-in-registers.ts'
import { distinguishTraps } from './traps/distinguish-traps.ts'

/** The meter for each place in which the counters can live. */
export const METERS: Readonly<Record<Mode['counters'], Meter>> = { globals: GLOBAL_METER, registers: REGISTER_METER }

const NANS: Readonly<Record<Mode['nans'], Pass>> = {
  every: canonicalizeEveryNan,
  observed: canonicalizeObservedNan,
  watched: watchNan,
}

/** The passes of a mode, in order. A comment says why a pass must run before or after others. */
export function passesOf({ counters, nans }: Mode): readonly Pass[] {
  if (counters === 'registers') {
    return [
      linkImports,
      receiveMeter, // before any pass reads the counters or adds a local
      boundStackInRegisters,
      prepayLoops, // before the charges, which check the counter at the heads of all other loops
      chargeInRegisters,
      boundMemory,
      chargeOperands,
      NANS[nans],
      placeStatements,
      forwardMeter, // after all charges and all statements of the epilogue: it reads the counter that they leave
      endSharedChecks, // after it: from here on, the end of the body is no exit of the function
      endDeadCode,
      reuseLocals,
      exportBits,
    ]
  }
  return [
    linkImports, // first: later passes must edit the bodies of the guest alone, not the stubs
    chargeEntry, // before the bound on the stack: a function whose frame does not fit has been entered, and is charged
    boundStackInGlobals,
    chargeInGlobals, // after it: the statements about the stack do not depend on the charge
    distinguishTraps, // before any pass that puts code around the instructions that this one replaces
    boundMemory,
    chargeOperands, // after both: an instruction that they replace may be the operand that is the size
    NANS[nans],
    placeStatements, // after all passes that find instructions by their slots
    endDeadCode,
    reuseLocals, // after the last pass that adds locals
    exportBits,
  ]
}
