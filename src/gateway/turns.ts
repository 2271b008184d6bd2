/** Counts what is under way, and bounds it (docs/spec/gateway.md, SERVE-12). */
export class Turns {
  readonly #most: number
  #underWay = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Begins a turn. Returns the function that ends it, or undefined if there is no room. */
  begin(): (() => void) | undefined {
    if (this.#underWay >= this.#most) return undefined
    this.#underWay++
    let open = true
    return () => {
      if (open) this.#underWay--
      open = false
    }
  }
}
