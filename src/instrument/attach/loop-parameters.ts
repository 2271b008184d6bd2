import type { Binaryen, Pointer } from '../binaryen/port.ts'

/** Branches and labels that binaryen has added to a loop. They cost nothing, and its labels are no joins of the plan. */
export interface Lowering {
  readonly branches: readonly Pointer[]
  readonly labels: readonly Pointer[]
}

/**
 * Recognises how binaryen lowers a loop with parameters, since its own loops take none. A loop with parameters that is the
 * target of a branch is parsed as
 *
 *     (loop $a (block $b (local.set $scratch (block $c ‹body, whose back edges go to $c› (br $b ‹its value›))) (br $a)))
 *
 * binaryen has added both branches and the labels `$b` and `$c`. Returns undefined if the loop has another form.
 */
export function loweringOf({ raw, ids }: Binaryen, loop: Pointer): Lowering | undefined {
  const is = (expression: Pointer, kind: number): boolean =>
    expression !== 0 && raw.ExpressionGetId(expression) === kind
  const lastChild = (block: Pointer): Pointer => raw.BlockGetChildAt(block, raw.BlockGetNumChildren(block) - 1)
  const outer = raw.LoopGetBody(loop)
  const set = is(outer, ids.Block) ? raw.BlockGetChildAt(outer, 0) : 0
  const inner = is(set, ids.LocalSet) ? raw.LocalSetGetValue(set) : 0
  if (!is(inner, ids.Block)) return undefined
  const branches = [lastChild(inner), lastChild(outer)]
  if (!branches.every(branch => is(branch, ids.Break))) return undefined
  return { branches, labels: [raw.BlockGetName(outer), raw.BlockGetName(inner)] }
}
