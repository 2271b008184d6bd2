import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, Pass } from '../../edit/edit.ts'
import { trap } from '../../edit/traps.ts'
import { countChecks } from '../../gas/passes/check-places.ts'

/** With fewer checks than this, a check that ends the run by itself is shorter. */
const SHARING = 3

const DRY = 'ipvm:dry'
const BODY = { parent: 0, index: 0 }

/** Whether the checks of a function share the code that ends the run. */
export function isShared(edit: FunctionEdit): boolean {
  return edit.unit.mode.optimisations.sharedChecks && countChecks(edit, SHARING) >= SHARING
}

/** Leaves for the shared code if the condition holds. */
export function leaveShared(build: Build, condition: Pointer): Pointer {
  return build.raw.Break(build.module, build.name(DRY), condition, 0)
}

/**
 * Puts the shared code after the body. It comes last: no end of the function may be written after it.
 *
 *     ‹body›   →   (block $dry (return ‹body›)) ‹note out-of-gas› (unreachable)
 */
export const endShared: Pass = {
  name: 'end-shared-checks',
  function(edit) {
    if (!isShared(edit)) return
    const { build } = edit.unit
    const { raw } = build
    const body = edit.read(BODY)
    const never = raw.TypeUnreachable()
    const ended = raw.ExpressionGetType(body) === never ? body : build.return(body)
    // The block is made empty: binaryen would search the whole body for branches to the label otherwise.
    const inner = raw.Block(build.module, build.name(DRY), 0, 0, build.none)
    raw.BlockAppendChild(inner, ended)
    edit.write(BODY, build.block([inner, trap(build, 'out-of-gas')], never))
  },
}
