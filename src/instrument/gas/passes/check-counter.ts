import type { Pointer } from '../../binaryen/port.ts'
import type { FunctionEdit } from '../../edit/edit.ts'
import { trap } from '../../edit/traps.ts'
import { sharesChecks, branchToShared } from '../../optimise/shared-checks/shared-checks.ts'
import { isOverdrawn } from './register-meter.ts'

/** Ends the run if more gas was charged than there was. */
export function checkCounter(edit: FunctionEdit): Pointer {
  const { build } = edit.unit
  const overdrawn = isOverdrawn(build, edit.gas)
  return sharesChecks(edit) ? branchToShared(build, overdrawn) : build.if(overdrawn, trap(build, 'out-of-gas'))
}
