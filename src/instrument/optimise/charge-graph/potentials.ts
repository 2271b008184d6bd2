/**
 * Numbers for nodes of which only differences are known: a union-find forest with offsets. Each node stores how much it is
 * ahead of its parent. The nodes of one tree are related to each other, and the number of its root is zero.
 */
export class Potentials {
  readonly #parents: number[]
  readonly #ahead: number[]

  constructor(parents: number[] = [], ahead: number[] = []) {
    this.#parents = parents
    this.#ahead = ahead
  }

  copy(): Potentials {
    return new Potentials(this.#parents.slice(), this.#ahead.slice())
  }

  /** Adds a node that is related to no other. */
  add(): number {
    this.#ahead.push(0)
    return this.#parents.push(this.#parents.length) - 1
  }

  /** Sets the difference number(a) − number(b), unless it follows from earlier calls. */
  relate(a: number, b: number, difference: number): void {
    const [x, y] = [this.#root(a), this.#root(b)]
    if (x === y) return
    this.#parents[x] = y
    this.#ahead[x] = this.#ahead[b]! + difference - this.#ahead[a]!
  }

  /** How much a node is ahead of the root of its tree. */
  of(node: number): number {
    this.#root(node)
    return this.#ahead[node]!
  }

  /** The root of a node's tree. Compresses the path: the root becomes the parent of all nodes on the way. */
  #root(node: number): number {
    const parents = this.#parents
    let root = node
    let sum = 0
    while (parents[root] !== root) {
      sum += this.#ahead[root]!
      root = parents[root]!
    }
    for (let at = node; at !== root;) {
      const next = parents[at]!
      const own = this.#ahead[at]!
      parents[at] = root
      this.#ahead[at] = sum
      sum -= own
      at = next
    }
    return root
  }
}
