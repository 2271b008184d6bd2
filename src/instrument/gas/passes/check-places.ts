/** Where a function checks the counter, if the counters live in registers: at its entry, and at the heads of loops. */
import { OP } from '../../../wasm/instructions.ts'
import type { FunctionEdit } from '../../edit/edit.ts'
import { STEP } from '../analysis/steps.ts'

/** True if the counter is checked at the beginning of a metered block: the block is the head of a loop that is not counted. */
export function checksAt({ plan, attached }: FunctionEdit, block: number): boolean {
  const before = plan.ends[block - 1]
  return (before === OP.loop && !attached.loops.has(block)) || before === STEP.loopWithParams
}

/** The number of checks in a function, its entry included. Stops counting at `most`. */
export function countChecks(edit: FunctionEdit, most: number): number {
  let checks = edit.plan.hasCalls ? 1 : 0
  for (let block = 1; block < edit.plan.ends.length && checks < most; block++) if (checksAt(edit, block)) checks++
  return checks
}
