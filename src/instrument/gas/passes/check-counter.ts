import { OP } from '../../../wasm/instructions.ts'
import type { Pointer } from '../../binaryen/port.ts'
import type { FunctionEdit, Pass } from '../../edit/edit.ts'
import { STEP } from '../analysis/steps.ts'
import { trap } from '../../edit/traps.ts'
import { isOverdrawn } from './register-meter.ts'

/**
 * Looks at the counter, and ends the run if more was charged than there was. Several looks of one function share the code that
 * says so (`endDry`).
 */
export function look(edit: FunctionEdit): Pointer {
  const { build } = edit.unit
  const overdrawn = isOverdrawn(build, edit.gas)
  return isShared(edit)
    ? build.raw.Break(build.module, build.name(DRY), overdrawn, 0)
    : build.if(overdrawn, trap(build, 'out-of-gas'))
}

/** Whether the counter is looked at where a metered block begins: at the heads of loops whose rounds were not counted before. */
export function looksAt({ plan, attached }: FunctionEdit, block: number): boolean {
  const before = plan.ends[block - 1]
  return (before === OP.loop && !attached.loops.has(block)) || before === STEP.loopWithParams
}

/** Below so many looks, each of them is shorter by itself. */
const SHARING = 3

function isShared(edit: FunctionEdit): boolean {
  let looks = edit.plan.calls ? 1 : 0
  for (let block = 1; block < edit.plan.ends.length && looks < SHARING; block++) if (looksAt(edit, block)) looks++
  return looks >= SHARING
}

const DRY = 'ipvm:dry'
const BODY = { parent: 0, index: 0 }

/**
 * Puts behind the body what looks lead to that find too much charged. Once all ends of the function are written.
 *
 *     ‹body›   →   (block $dry (return ‹body›)) ‹note out-of-gas› (unreachable)
 */
export const endDry: Pass = {
  name: 'end-dry',
  function(edit) {
    if (!isShared(edit)) return
    const { build } = edit.unit
    const { raw } = build
    const body = edit.read(BODY)
    const never = raw.TypeUnreachable()
    const ended = raw.ExpressionGetType(body) === never ? body : build.return(body)
    // Made empty: binaryen would look through the whole body for branches to the label otherwise.
    const inner = raw.Block(build.module, build.name(DRY), 0, 0, build.none)
    raw.BlockAppendChild(inner, ended)
    edit.write(BODY, build.block([inner, trap(build, 'out-of-gas')], never))
  },
}
