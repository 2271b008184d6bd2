import type { Scratch } from '../attach/scratch.ts'
import type { Pass } from '../edit/edit.ts'

/**
 * Lets the locals that binaryen adds share places. It adds one for each value that lies under a statement and for each call
 * with several results, 2 327 in one real function; engines stop at 50 000 and their frames grow with each.
 *
 * Scratch locals are values of the operand stack, so at most as many are needed at once as the stack is high: going through
 * their spans in order and giving each the first place of its type that is free needs no more than that.
 */
export const reuseLocals: Pass = {
  name: 'reuse-locals',
  function(edit) {
    const { raw, module } = edit.unit.build
    const params = edit.type.params.length
    const spans = [...edit.attached.scratch.values()].sort((a, b) => a.first - b.first || a.index - b.index)
    const declared = edit.body.locals.reduce((sum, run) => sum + run.count, 0)
    const added = raw.FunctionGetNumVars(edit.function) - declared - edit.ownLocals
    if (added === 0) return
    const busy: Span[] = []
    const free = new Map<number, number[]>()
    for (const scratch of spans) {
      while (busy.length > 0 && busy[0]!.last < scratch.first) {
        const { type, local } = removeFirst(busy)
        const places = free.get(type)
        if (places === undefined) free.set(type, [local])
        else places.push(local)
      }
      const type = raw.FunctionGetVar(edit.function, scratch.index - params)
      const local = free.get(type)?.pop()
      if (local !== undefined) rename(scratch, local + edit.moved, raw.LocalGetSetIndex, raw.LocalSetSetIndex)
      insert(busy, { type, local: local ?? scratch.index, last: scratch.last })
    }
    // Places that have no use, or lost their last one, are declared still; this pass of binaryen drops them, no more.
    edit.unit.build.list([edit.unit.build.name('reorder-locals')], list =>
      raw.FunctionRunPasses(edit.function, module, list, 1),
    )
  },
}

interface Span {
  readonly type: number
  readonly local: number
  readonly last: number
}

function rename(
  scratch: Scratch,
  local: number,
  get: (e: number, i: number) => void,
  set: (e: number, i: number) => void,
): void {
  for (const expression of scratch.gets) get(expression, local)
  for (const expression of scratch.sets) set(expression, local)
}

/** Adds to a binary heap in which the span that ends first is the first. */
function insert(heap: Span[], span: Span): void {
  let at = heap.length
  heap.push(span)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (heap[parent]!.last <= span.last) break
    heap[at] = heap[parent]!
    at = parent
  }
  heap[at] = span
}

function removeFirst(heap: Span[]): Span {
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
