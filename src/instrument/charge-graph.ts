/**
 * Where the charges of a function go, so that few of them are executed and their sum is right wherever anybody looks.
 *
 * Metered blocks are the edges of a graph. Its nodes are the places between blocks: all ways that control can take from the
 * ends of some blocks to the beginnings of others belong to one node, if they share a block at either side. Each node has a
 * potential: by how much the counter is ahead of what was executed whenever control passes there. With p for potentials,
 *
 *     charge(block) = price(block) + p(behind it) − p(before it)
 *
 * the charges of any path from one place to another sum up to the prices of its blocks and the difference between the two
 * potentials. Potentials are zero where the counter is looked at or handed on: at entries, loops, calls and returns. All
 * others are free, and along a spanning tree they can be chosen so that its blocks charge nothing. The tree that contains
 * what probably runs most often leaves charges to the rest (Knuth and Stevenson, "Optimal measurement points for program
 * frequency counts", 1973; Ball and Larus, "Optimally profiling and tracing programs", 1994; here charges stand in blocks
 * alone, since an edge that needs a block of its own costs a jump).
 *
 *     if (a) 8 else (b) 12, then (c) 5      →      before: charge 13; a: nothing; b: charge 4; c: nothing
 */

/** The node whose potential is zero. */
export const EXACT = 0

interface Edge {
  readonly before: number
  readonly behind: number
  readonly price: number
  /** How often it probably runs, for each time that the function is entered. */
  readonly weight: number
}

export interface Charges {
  /** What each block charges, in order: integers, and some of them negative. */
  readonly byBlock: readonly number[]
  /** By how much the counter is ahead at a node. */
  ahead(node: number): number
}

export class ChargeGraph {
  /** For each node, another one of the same set, or itself. */
  readonly #sets: number[] = [EXACT]
  readonly #edges: (Edge | undefined)[] = []
  readonly #ways: Edge[] = []

  node(): number {
    return this.#sets.push(this.#sets.length) - 1
  }

  /** Makes one node of two: control gets from the same blocks to both of them, or from both to the same. */
  unite(a: number, b: number): void {
    const [x, y] = [this.#find(a), this.#find(b)]
    this.#sets[Math.max(x, y)] = Math.min(x, y)
  }

  /** The next metered block. One that costs nothing has no code that a charge could stand in front of. */
  block(before: number, behind: number, price: number, weight: number): void {
    if (price === 0) this.unite(before, behind)
    this.#edges.push(price === 0 ? undefined : { before, behind, price, weight })
  }

  /** The next metered block, which control cannot reach. */
  deadBlock(): void {
    this.#edges.push(undefined)
  }

  /** A way from one node to another on which nothing is executed, but the difference of their potentials can be charged. */
  way({ from, to, weight }: { readonly from: number; readonly to: number; readonly weight: number }): void {
    this.#ways.push({ before: from, behind: to, price: 0, weight })
  }

  /** Places the charges. What was asked of the graph until then holds for it, what is asked later needs it made again. */
  solve(): Charges {
    const potentials = this.#potentials(this.#spanningTree())
    const ahead = (node: number): number => potentials[this.#find(node)]!
    return { ahead, byBlock: this.#edges.map(edge => (edge === undefined ? 0 : edge.price + ahead(edge.behind) - ahead(edge.before))) }
  }

  /** For each node, the edges of the tree at it. */
  #spanningTree(): Edge[][] {
    const edges = [...this.#edges, ...this.#ways].filter(edge => edge !== undefined)
    const sets = this.#sets.map((_, node) => this.#find(node))
    const tree: Edge[][] = sets.map(() => [])
    const order = edges.map((_, i) => i).sort((a, b) => edges[b]!.weight - edges[a]!.weight || a - b)
    for (const edge of order.map(i => edges[i]!)) {
      const [before, behind] = [find(sets, edge.before), find(sets, edge.behind)]
      if (before === behind) continue
      sets[before] = behind
      tree[this.#find(edge.before)]!.push(edge)
      tree[this.#find(edge.behind)]!.push(edge)
    }
    return tree
  }

  #potentials(tree: readonly (readonly Edge[])[]): number[] {
    const potentials: number[] = []
    for (let root = EXACT; root < tree.length; root++) {
      if (potentials[root] !== undefined) continue
      potentials[root] = 0
      for (const waiting = [root]; waiting.length > 0;) {
        const node = waiting.pop()!
        for (const { before, behind, price } of tree[node]!) {
          const forward = this.#find(before) === node
          const other = this.#find(forward ? behind : before)
          if (potentials[other] !== undefined) continue
          potentials[other] = potentials[node]! + (forward ? -price : price)
          waiting.push(other)
        }
      }
    }
    return potentials
  }

  #find(node: number): number {
    return find(this.#sets, node)
  }
}

/** The representative of a node's set. Halves the way to it. */
function find(sets: number[], node: number): number {
  let at = node
  while (sets[at] !== at) at = sets[at] = sets[sets[at]!]!
  return at
}
