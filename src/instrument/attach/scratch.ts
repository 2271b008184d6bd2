/** Follows the locals that binaryen adds: where they are accessed, and for how long their values are needed. */
import type { Pointer } from '../binaryen/port.ts'

/** A local that binaryen added: its accesses, and the span of the walk in which its value may be needed. */
export interface Scratch {
  readonly index: number
  readonly gets: Pointer[]
  readonly sets: Pointer[]
  first: number
  last: number
}

interface Loop {
  readonly start: number
  /** Scratch locals that are needed until its end. */
  readonly held: Scratch[]
}

/** Told of loops and accesses in order of evaluation; positions count up. */
export class ScratchLocals {
  readonly locals = new Map<number, Scratch>()
  readonly #loops: Loop[] = []

  enterLoop(position: number): void {
    this.#loops.push({ start: position, held: [] })
  }

  leaveLoop(position: number): void {
    for (const scratch of this.#loops.pop()!.held) scratch.last = Math.max(scratch.last, position)
  }

  access(index: number, expression: Pointer, isSet: boolean, position: number): void {
    let scratch = this.locals.get(index)
    if (scratch === undefined) {
      // A local that is read before it is written holds a value from before: keep it apart from all others.
      scratch = { index, gets: [], sets: [], first: isSet ? position : 0, last: isSet ? position : Infinity }
      this.locals.set(index, scratch)
    }
    scratch.last = Math.max(scratch.last, position)
    ;(isSet ? scratch.sets : scratch.gets).push(expression)
    // Written before a loop and used inside, its value must live until the loop ends: the next round needs it again.
    const loop = this.#outermostLoopSince(scratch.first)
    if (loop !== undefined && loop.held[loop.held.length - 1] !== scratch) loop.held.push(scratch)
  }

  #outermostLoopSince(position: number): Loop | undefined {
    let low = 0
    let high = this.#loops.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#loops[middle]!.start > position) high = middle
      else low = middle + 1
    }
    return this.#loops[low]
  }
}
