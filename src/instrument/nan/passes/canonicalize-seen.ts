import { INSTRUCTIONS, OP, type NanShape } from '../../../wasm/instructions.ts'
import type { Site, Slot } from '../../attach/attachment.ts'
import type { FunctionEdit, Pass } from '../../edit/edit.ts'
import { shapeOf, takesCanonical, TREATMENTS } from '../analysis/demands.ts'
import { canonicalize } from './canonicalize.ts'
import { planNan } from '../analysis/plan.ts'

/** A value that may be a fresh NaN, and whose bits somebody can see. */
export interface Seen {
  readonly slot: Slot
  readonly shape: NanShape
  /** The metered block that it is in. */
  readonly block: number
}

/** Where a function's NaNs are to be looked after. */
export interface SeenNans {
  /** In the order in which values are made or taken. */
  readonly slots: readonly Seen[]
  /** Whether one of them is in a loop. */
  readonly inLoop: boolean
}

/** Finds them, as planned (plan-nan.ts). */
export function seenNans(edit: FunctionEdit): SeenNans {
  const { sites } = edit.attached
  if (!sites.some(site => INSTRUCTIONS[site.code]!.nan !== undefined)) return { slots: [], inLoop: false }
  const { producers, takers, inLoop } = planNan(edit.unit.module, edit.body, edit.type)
  const slots: Seen[] = []
  let [producer, taker] = [0, 0]
  for (const site of sites) {
    const shape = INSTRUCTIONS[site.code]!.nan
    if (shape !== undefined && producers[producer++]) slots.push({ slot: site, shape, block: site.block })
    if (!takesCanonical(site.code)) continue
    const taken = takers.get(taker++)
    if (taken !== undefined) slots.push({ slot: operandOf(site), shape: shapeOf(taken), block: site.block })
  }
  const end = takers.get('end')
  if (end !== undefined) slots.push({ slot: BODY, shape: shapeOf(end), block: edit.plan.ends.length - 1 })
  return { slots, inLoop }
}

const BODY: Slot = { parent: 0, index: 0 }

function operandOf({ expression, code }: Site): Slot {
  return { parent: expression, index: code === OP.return ? 0 : TREATMENTS[code]!.canonicalOperand }
}

/** Makes NaNs canonical where somebody could tell them apart. */
export const canonicalizeSeenNan: Pass = {
  name: 'canonicalize-seen-nan',
  function(edit) {
    for (const { slot, shape } of seenNans(edit).slots) canonicalize(edit, slot, shape)
  },
}
