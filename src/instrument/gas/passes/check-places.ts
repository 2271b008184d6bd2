import { OP } from '../../../wasm/instructions.ts'
import type { FunctionEdit } from '../../edit/edit.ts'
import { STEP } from '../analysis/steps.ts'

/** Whether the counter is checked where a metered block begins: at the heads of loops whose rounds were not counted before. */
export function checksAt({ plan, attached }: FunctionEdit, block: number): boolean {
  const before = plan.ends[block - 1]
  return (before === OP.loop && !attached.loops.has(block)) || before === STEP.loopWithParams
}

/** How often the code of a function checks the counter, at its entry included; counted up to `most`. */
export function countChecks(edit: FunctionEdit, most: number): number {
  let checks = edit.plan.calls ? 1 : 0
  for (let block = 1; block < edit.plan.ends.length && checks < most; block++) if (checksAt(edit, block)) checks++
  return checks
}
