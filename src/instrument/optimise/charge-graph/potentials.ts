/**
 * Numbers for nodes, of which only differences are given: a forest of nodes that know by how much they are ahead of their
 * parents (union-find with offsets). Nodes of one tree have one root, whose number is zero.
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

  /** Adds a node that nothing is known of. */
  add(): number {
    this.#ahead.push(0)
    return this.#parents.push(this.#parents.length) - 1
  }

  /** Makes node `a` be ahead of node `b` by so much, unless their difference is given already. */
  relate(a: number, b: number, difference: number): void {
    const [x, y] = [this.#root(a), this.#root(b)]
    if (x === y) return
    this.#parents[x] = y
    this.#ahead[x] = this.#ahead[b]! + difference - this.#ahead[a]!
  }

  /** By how much a node is ahead of the root of its tree. */
  of(node: number): number {
    this.#root(node)
    return this.#ahead[node]!
  }

  /** The root of a node's tree, which becomes its parent and that of all between them. */
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
