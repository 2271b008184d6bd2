import type { Pointer } from '../../binaryen/port.ts'
import type { FunctionEdit } from '../../edit/edit.ts'
import { trap } from '../../edit/traps.ts'
import { sharesChecks, branchToShared } from '../../optimise/shared-checks/shared-checks.ts'
import { isOverdrawn } from './register-meter.ts'

/** A statement that ends the run with out-of-gas if more gas was charged than there was. */
export function checkCounter(edit: FunctionEdit): Pointer {
  const { build } = edit.unit
  const overdrawn = isOverdrawn(build, edit.gas)
  return sharesChecks(edit) ? branchToShared(build, overdrawn) : build.if(overdrawn, trap(build, 'out-of-gas'))
}
