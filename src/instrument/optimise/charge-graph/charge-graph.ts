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
 * potentials. Potentials are zero where a function begins and ends. All others are free, and along a spanning tree they can
 * be chosen so that its blocks charge nothing. The tree that contains what probably runs most often leaves charges to the
 * rest (Knuth and Stevenson, "Optimal measurement points for program frequency counts", 1973; Ball and Larus, "Optimally
 * profiling and tracing programs", 1994; here charges stand in blocks alone, since an edge that needs a block of its own
 * costs a jump).
 *
 *     if (a) 8 else (b) 12, then (c) 5      →      before: charge 13; a: nothing; b: charge 4; c: nothing
 *
 * Where the counter is looked at, at the heads of loops and by callees, it may be behind by a bounded amount, and never
 * ahead: whoever finds that more was charged than there was may then be sure of it.
 */
import { Potentials } from './potentials.ts'

/** The node whose potential is zero. */
export const EXACT = 0

/**
 * By how much the counter may be behind where it is looked at. A frame that waits for its callee owes no more than that, so
 * all frames of a run together owe a bounded amount, however much gas there is.
 */
export const MOST_BEHIND = 4096

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
  readonly #nodes = new Potentials()
  readonly #edges: Edge[] = []
  /** The edge of each metered block, if it can charge. */
  readonly #blocks: (Edge | undefined)[] = []
  readonly #looks: number[] = []
  /** Edges by how often they probably run, the most often first. */
  #ordered: readonly Edge[] | undefined

  constructor() {
    this.#nodes.add()
  }

  node(): number {
    return this.#nodes.add()
  }

  /** A node at which the counter is looked at. */
  look(): number {
    const node = this.node()
    this.#looks.push(node)
    return node
  }

  /** Makes one node of two: control gets from the same blocks to both of them, or from both to the same. */
  unite(a: number, b: number): void {
    this.#nodes.relate(a, b, 0)
  }

  /** The next metered block. One that costs nothing has no code that a charge could stand in front of. */
  block(before: number, behind: number, price: number, weight: number): void {
    if (price === 0) {
      this.unite(before, behind)
      this.#blocks.push(undefined)
    } else {
      const edge = { before, behind, price, weight }
      this.#edges.push(edge)
      this.#blocks.push(edge)
    }
  }

  /** The next metered block, which control cannot reach. */
  deadBlock(): void {
    this.#blocks.push(undefined)
  }

  /** A way from one node to another on which nothing is executed, but the difference of their potentials can be charged. */
  way({ from, to, weight }: { readonly from: number; readonly to: number; readonly weight: number }): void {
    this.#edges.push({ before: from, behind: to, price: 0, weight })
  }

  /**
   * Places the charges, once all blocks and ways are known. What is united later needs it done again.
   * Of blocks that run equally often, the last one charges: in front of it the counter is behind.
   */
  solve(): Charges {
    const nodes = this.#nodes.copy()
    this.#ordered ??= this.#edges.toSorted((a, b) => b.weight - a.weight)
    for (const { before, behind, price } of this.#ordered) nodes.relate(behind, before, -price)
    const exact = nodes.of(EXACT)
    return {
      byBlock: this.#blocks.map(edge =>
        edge === undefined ? 0 : edge.price + nodes.of(edge.behind) - nodes.of(edge.before),
      ),
      ahead: node => nodes.of(node) - exact,
    }
  }

  /** Gives places where the counter is looked at an exact one if it is ahead or too far behind there. Whether there were any. */
  settle({ ahead }: Charges, all: boolean): boolean {
    let settled = false
    let least = 0
    for (const node of this.#looks) {
      const sum = ahead(node)
      if (sum <= 0 && sum >= least - MOST_BEHIND) continue
      settled = true
      if (sum < 0) least = sum
      if (!all) this.unite(node, EXACT)
    }
    if (settled && all) for (const node of this.#looks) this.unite(node, EXACT)
    return settled
  }
}
