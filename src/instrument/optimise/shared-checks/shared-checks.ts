/**
 * Lets all checks of the counter in one function share the code that reports out-of-gas, to make the function smaller.
 *
 * Switch: `sharedChecks` in modes.ts. Test against the plain form: test/instrument/optimisations.long.test.ts. Ablation:
 * `npm run bench -- ablate`.
 *
 * Why this is right. A failing check notes the trap out-of-gas and traps. Both do the same wherever they stand, and nothing
 * runs after them, so a failing check may as well branch to one copy at the end of the function.
 */
import type { Pointer } from '../../binaryen/port.ts'
import type { Build } from '../../binaryen/build.ts'
import type { FunctionEdit, Pass } from '../../edit/edit.ts'
import { trap } from '../../edit/traps.ts'
import { countChecks } from '../../gas/passes/check-places.ts'

/** With fewer checks in a function, a copy of the code at each check takes fewer bytes. */
const MIN_CHECKS = 3

/** The label that failing checks branch to. */
const LABEL = 'ipvm:out-of-gas'
const BODY = { parent: 0, index: 0 }

/** True if the checks of a function share the code that reports out-of-gas. */
export function sharesChecks(edit: FunctionEdit): boolean {
  return edit.unit.mode.optimisations.sharedChecks && countChecks(edit, MIN_CHECKS) >= MIN_CHECKS
}

/** A branch to the shared code, taken if the condition holds. */
export function branchToShared(build: Build, condition: Pointer): Pointer {
  return build.raw.Break(build.module, build.name(LABEL), condition, 0)
}

/**
 * Appends the shared code to the body. The pass runs after all passes that instrument the ends of the function, since the end
 * of the body is no longer an end of the function then.
 *
 *     ‹body›   →   (block $ipvm:out-of-gas (return ‹body›)) ‹note out-of-gas› (unreachable)
 */
export const endSharedChecks: Pass = {
  name: 'end-shared-checks',
  function(edit) {
    if (!sharesChecks(edit)) return
    const { build } = edit.unit
    const { raw } = build
    const body = edit.read(BODY)
    const never = raw.TypeUnreachable()
    const ended = raw.ExpressionGetType(body) === never ? body : build.return(body)
    // The block is created empty, since binaryen would search its children for branches to the label.
    const inner = raw.Block(build.module, build.name(LABEL), 0, 0, build.none)
    raw.BlockAppendChild(inner, ended)
    edit.write(BODY, build.block([inner, trap(build, 'out-of-gas')], never))
  },
}
