import type { Binaryen, Pointer } from '../binaryen/port.ts'

/** What binaryen has added to a loop. Passing it is free and joins nothing. */
export interface Own {
  readonly branches: readonly Pointer[]
  readonly labels: readonly Pointer[]
}

/**
 * binaryen's loops take no parameters. One that does, and is branched to, is read as
 *
 *     (loop $a (block $b (local.set $scratch (block $c ‹body, whose branches go to $c› (br $b ‹its value›))) (br $a)))
 *
 * The two branches and the labels `$b` and `$c` are its own. Undefined if the loop has another form.
 */
export function ownOfLoop({ raw, ids }: Binaryen, loop: Pointer): Own | undefined {
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
