/** Finds the slots of a function's observed NaNs in binaryen's tree, from the plan of the analysis (`analysis/plan.ts`). */
import { INSTRUCTIONS, OP, type NanShape } from '../../../wasm/instructions.ts'
import type { Site, Slot } from '../../attach/attachment.ts'
import type { FunctionEdit } from '../../edit/edit.ts'
import { isSink, shapeOf, TREATMENTS } from '../analysis/demands.ts'
import { planNan } from '../analysis/plan.ts'

/** A slot whose value may be a fresh NaN, the bits of which are observed. */
export interface ObservedNan {
  readonly slot: Slot
  readonly shape: NanShape
  /** The metered block that contains the instruction. */
  readonly block: number
}

export interface ObservedNans {
  /** In the order of evaluation. */
  readonly nans: readonly ObservedNan[]
  /** True if one of them is in a loop. */
  readonly inLoop: boolean
}

export function observedNans(edit: FunctionEdit): ObservedNans {
  const { sites } = edit.attached
  if (!sites.some(site => INSTRUCTIONS[site.code]!.nan !== undefined)) return { nans: [], inLoop: false }
  const { producers, sinks, inLoop } = planNan(edit.unit.module, edit.body, edit.type)
  const nans: ObservedNan[] = []
  let [producer, sink] = [0, 0]
  for (const site of sites) {
    const shape = INSTRUCTIONS[site.code]!.nan
    if (shape !== undefined && producers[producer++]) nans.push({ slot: site, shape, block: site.block })
    if (!isSink(site.code)) continue
    const operandShape = sinks.get(sink++)
    if (operandShape !== undefined)
      nans.push({ slot: operandOf(site), shape: shapeOf(operandShape), block: site.block })
  }
  const end = sinks.get('end')
  if (end !== undefined) nans.push({ slot: BODY, shape: shapeOf(end), block: edit.plan.ends.length - 1 })
  return { nans, inLoop }
}

const BODY: Slot = { parent: 0, index: 0 }

/** The operand of a sink whose bits escape. */
function operandOf({ expression, code }: Site): Slot {
  return { parent: expression, index: code === OP.return ? 0 : TREATMENTS[code]!.sinkOperand }
}
