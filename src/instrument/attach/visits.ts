/** The expressions that a walk over binaryen's tree is in. There are as many visits as nodes, so their objects are used again. */
import type { Pointer } from '../binaryen/port.ts'

/** An expression that is being walked: its place, its kind, and which operand comes next. */
export interface Visit {
  parent: Pointer
  index: number
  expression: Pointer
  kind: number
  count: number
  next: number
  /** For an `if`: whether control can reach the end of its first arm, and whether its condition never ends. */
  thenLive: boolean
  skipped: boolean
  /** Blocks without a name around it that stand first in their blocks, itself included. */
  unnamed: number
}

export class Visits {
  /** Those that are open, the innermost last, and behind them some that are used again. */
  readonly #visits: Visit[] = []
  #open = 0

  /** The innermost visit that is open. */
  get innermost(): Visit | undefined {
    return this.#open === 0 ? undefined : this.#visits[this.#open - 1]
  }

  /** A visit of what stands inside of the innermost one. It may be written over once another one is made, unless it is opened. */
  make(parent: Pointer, index: number, expression: Pointer, kind: number, count: number): Visit {
    const used = this.#visits[this.#open]
    if (used === undefined)
      return (this.#visits[this.#open] = {
        parent,
        index,
        expression,
        kind,
        count,
        next: 0,
        thenLive: false,
        skipped: false,
        unnamed: 0,
      })
    used.parent = parent
    used.index = index
    used.expression = expression
    used.kind = kind
    used.count = count
    used.next = 0
    used.thenLive = false
    used.skipped = false
    return used
  }

  /** Opens the visit that was made last. */
  open(): void {
    this.#open++
  }

  /** Closes the innermost one. */
  close(): void {
    this.#open--
  }
}
