/** The stack of expressions that a walk over binaryen's tree is inside of. Visit objects are reused, since there is one per node. */
import type { Pointer } from '../binaryen/port.ts'

/** An expression that the walk has entered: its slot, its kind, and the operand that it visits next. */
export interface Visit {
  parent: Pointer
  index: number
  expression: Pointer
  kind: number
  count: number
  next: number
  /** For an `if`: whether control can reach the end of the first arm. */
  thenLive: boolean
  /** For an `if`: whether the condition never yields a value, so that both arms are unreachable. */
  isDead: boolean
  /** The number of blocks without a name in the chain of first children that leads here, itself included. */
  unnamed: number
}

export class Visits {
  /** First the open visits, the innermost last; then closed ones, whose objects are reused. */
  readonly #visits: Visit[] = []
  #open = 0

  /** The innermost open visit. */
  get innermost(): Visit | undefined {
    return this.#open === 0 ? undefined : this.#visits[this.#open - 1]
  }

  /** A visit inside the innermost open one. Unless it is opened, the next call reuses its object. */
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
        isDead: false,
        unnamed: 0,
      })
    used.parent = parent
    used.index = index
    used.expression = expression
    used.kind = kind
    used.count = count
    used.next = 0
    used.thenLive = false
    used.isDead = false
    return used
  }

  /** Opens the last visit that `make` has returned. */
  open(): void {
    this.#open++
  }

  /** Closes the innermost open visit. */
  close(): void {
    this.#open--
  }
}
