import type { Scratch } from '../attach/scratch.ts'
import type { Pass } from '../edit/edit.ts'

/**
 * Coalesces the scratch locals that binaryen adds: locals of one type whose live ranges do not overlap become one local.
 *
 * binaryen has no operand stack. It adds a local for each operand that waits while a statement runs, and for each call with
 * several results: 2 327 locals in one real function. Engines reject functions with more than 50 000 locals, and each local
 * makes frames larger.
 *
 * This is linear-scan register allocation without spilling. Ranges are taken in order of their beginning; each gets a local
 * of its type whose range has ended, or stays in its own. A scratch local holds a value of the operand stack, so at most as
 * many ranges overlap as the operand stack is high, and no more locals are used than that.
 */
export const reuseLocals: Pass = {
  name: 'reuse-locals',
  function(edit) {
    const { raw, module } = edit.unit.build
    const params = edit.type.params.length
    const ranges = [...edit.attached.scratch.values()].sort((a, b) => a.first - b.first || a.index - b.index)
    const declared = edit.body.locals.reduce((sum, run) => sum + run.count, 0)
    const added = raw.FunctionGetNumVars(edit.function) - declared - edit.ownLocals
    if (added === 0) return
    // The ranges that have not ended, as a heap: the range that ends first is at index 0.
    const active: LiveRange[] = []
    const free = new Map<number, number[]>()
    for (const scratch of ranges) {
      while (active.length > 0 && active[0]!.last < scratch.first) {
        const { type, local } = removeFirst(active)
        const reusable = free.get(type)
        if (reusable === undefined) free.set(type, [local])
        else reusable.push(local)
      }
      const type = raw.FunctionGetVar(edit.function, scratch.index - params)
      const local = free.get(type)?.pop()
      if (local !== undefined) rename(scratch, local + edit.localShift, raw.LocalGetSetIndex, raw.LocalSetSetIndex)
      insert(active, { type, local: local ?? scratch.index, last: scratch.last })
    }
    // Unused locals are still declared. This pass of binaryen removes them and renumbers the others; it changes nothing else.
    edit.unit.build.list([edit.unit.build.name('reorder-locals')], list =>
      raw.FunctionRunPasses(edit.function, module, list, 1),
    )
  },
}

/** The rest of the live range of a value that `local` holds: it ends at position `last` of the walk. */
interface LiveRange {
  readonly type: number
  readonly local: number
  readonly last: number
}

/** Makes all accesses to a scratch local use another local. */
function rename(
  scratch: Scratch,
  local: number,
  get: (e: number, i: number) => void,
  set: (e: number, i: number) => void,
): void {
  for (const expression of scratch.gets) get(expression, local)
  for (const expression of scratch.sets) set(expression, local)
}

/** Adds to a binary heap that is ordered by `last`. */
function insert(heap: LiveRange[], range: LiveRange): void {
  let at = heap.length
  heap.push(range)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (heap[parent]!.last <= range.last) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = range
}

/** Removes the element with the least `last`. */
function removeFirst(heap: LiveRange[]): LiveRange {
  const first = heap[0]!
  const moved = heap.pop()!
  if (heap.length === 0) return first
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]!.last < heap[child]!.last) child++
    if (heap[child]!.last >= moved.last) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = moved
  return first
}
