/** Tracks the scratch locals that binaryen has added: their accesses and their live ranges. */
import type { Pointer } from '../binaryen/port.ts'

/** A local that binaryen has added: its accesses, and its live range from time `first` to `last` of the walk. */
export interface Scratch {
  readonly index: number
  readonly gets: Pointer[]
  readonly sets: Pointer[]
  first: number
  last: number
}

interface Loop {
  readonly start: number
  /** Scratch locals that are live until the end of the loop. */
  readonly live: Scratch[]
}

/** Collects the scratch locals of a function. The walk reports loops and accesses in order of evaluation, with a rising time. */
export class ScratchLocals {
  readonly locals = new Map<number, Scratch>()
  readonly #loops: Loop[] = []

  enterLoop(time: number): void {
    this.#loops.push({ start: time, live: [] })
  }

  leaveLoop(time: number): void {
    for (const scratch of this.#loops.pop()!.live) scratch.last = Math.max(scratch.last, time)
  }

  access(index: number, expression: Pointer, isSet: boolean, time: number): void {
    let scratch = this.locals.get(index)
    if (scratch === undefined) {
      // A local that is read before it is written has its initial value there, so it is live from the entry to the end.
      scratch = { index, gets: [], sets: [], first: isSet ? time : 0, last: isSet ? time : Infinity }
      this.locals.set(index, scratch)
    }
    scratch.last = Math.max(scratch.last, time)
    ;(isSet ? scratch.sets : scratch.gets).push(expression)
    // A value that is written before a loop and used inside is live until the loop ends, since the next iteration uses it.
    const loop = this.#outermostLoopSince(scratch.first)
    if (loop !== undefined && loop.live[loop.live.length - 1] !== scratch) loop.live.push(scratch)
  }

  /** The outermost of the open loops that began after a time. */
  #outermostLoopSince(time: number): Loop | undefined {
    let low = 0
    let high = this.#loops.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#loops[middle]!.start > time) high = middle
      else low = middle + 1
    }
    return this.#loops[low]
  }
}
