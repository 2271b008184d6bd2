/**
 * Chooses which metered blocks of a function charge gas, and how much, so that few charges are executed.
 *
 * Switch: `chargeGraph` in modes.ts. Tests: test/instrument/charge-graph.test.ts and, against the plain form,
 * test/instrument/optimisations.long.test.ts. Ablation: `npm run bench -- ablate`.
 *
 * The graph. Each metered block is an edge. A node is a point between blocks: the end of one block and the beginning of
 * another belong to the same node if control can go from the one to the other. Each node has a potential: the amount by which
 * the counter is ahead of what was executed whenever control is there. With p for potentials, a block charges
 *
 *     charge(block) = price(block) + p(to) − p(from)
 *
 * Why this is right. The charges along any path telescope: they sum up to the prices of the path's blocks, plus the potential
 * at its end, minus the potential at its beginning. Both are zero where a function begins and where it returns, so a function
 * charges exactly the price of what it has executed.
 *
 * What is gained. All other potentials can be chosen freely. Along a spanning tree of the graph, they can be chosen so that
 * the tree's blocks charge nothing. We take a maximum spanning tree by estimated execution frequency, so that the charges are
 * left to blocks that run seldom. Sources: Knuth and Stevenson, "Optimal measurement points for program frequency counts",
 * 1973; Ball and Larus, "Optimally profiling and tracing programs", 1994. Unlike theirs, our charges stand in blocks alone: a
 * charge on another edge would need a block of its own, which costs a jump. For example, with a, b and c as names of blocks:
 *
 *     if ‹a: 8› else ‹b: 12› end ‹c: 5›      →      before the if: charge 13; a: nothing; b: charge 4; c: nothing
 *
 * Checks. Loop heads and callees check the counter, and report out-of-gas if it is below zero. The counter must not be ahead
 * there, so that the report is certain to be true. It may lag, by a bounded amount.
 */
import { Potentials } from './potentials.ts'

/** The node with potential zero: the counter equals the price of what was executed. */
export const EXACT_NODE = 0

/**
 * How much gas the counter may lag where it is checked. A frame that waits for its callee owes no more than this, and the
 * stack bounds the number of frames. So the debt of all frames together is bounded, whatever the gas limit is.
 */
export const MAX_LAG = 4096

interface Edge {
  readonly from: number
  readonly to: number
  readonly price: number
  /** Estimated executions for each call of the function. */
  readonly weight: number
}

export interface Charges {
  /** The charge of each metered block, by its number: integers, some of them negative. */
  readonly byBlock: readonly number[]
  /** The potential of a node: how much gas the counter is ahead there. Negative where it lags. */
  ahead(node: number): number
}

export class ChargeGraph {
  readonly #nodes = new Potentials()
  readonly #edges: Edge[] = []
  /** The edge of each metered block; undefined for blocks that cannot charge. */
  readonly #blocks: (Edge | undefined)[] = []
  readonly #checkedNodes: number[] = []
  /** All edges, those with the greatest weight first. */
  #ordered: readonly Edge[] | undefined

  constructor() {
    this.#nodes.add()
  }

  node(): number {
    return this.#nodes.add()
  }

  /** Adds a node at which the counter is checked. */
  checkedNode(): number {
    const node = this.node()
    this.#checkedNodes.push(node)
    return node
  }

  /** Makes two nodes one: control can go from the same block to both of them, or from both to the same block. */
  unite(a: number, b: number): void {
    this.#nodes.relate(a, b, 0)
  }

  /** Adds the next metered block. If it is free it has no code before which a charge could stand, so its ends are united. */
  block(from: number, to: number, price: number, weight: number): void {
    if (price === 0) {
      this.unite(from, to)
      this.#blocks.push(undefined)
    } else {
      const edge = { from, to, price, weight }
      this.#edges.push(edge)
      this.#blocks.push(edge)
    }
  }

  /** Adds the next metered block, which control cannot reach. */
  deadBlock(): void {
    this.#blocks.push(undefined)
  }

  /** Adds an edge without instructions on which the difference of the potentials can be charged: an exit of a counted loop. */
  freeEdge({ from, to, weight }: Pick<Edge, 'from' | 'to' | 'weight'>): void {
    this.#edges.push({ from, to, price: 0, weight })
  }

  /**
   * Places the charges. All blocks and edges must have been added. If nodes are united later, this must be called again.
   * Among blocks of equal weight the last one charges, since the counter then lags before it instead of being ahead.
   */
  solve(): Charges {
    const nodes = this.#nodes.copy()
    this.#ordered ??= this.#edges.toSorted((a, b) => b.weight - a.weight)
    // Kruskal's algorithm: relating two nodes makes the edge charge nothing, and does nothing if a cycle would be closed.
    for (const { from, to, price } of this.#ordered) nodes.relate(to, from, -price)
    const exact = nodes.of(EXACT_NODE)
    return {
      byBlock: this.#blocks.map(edge =>
        edge === undefined ? 0 : edge.price + nodes.of(edge.to) - nodes.of(edge.from),
      ),
      ahead: node => nodes.of(node) - exact,
    }
  }

  /**
   * Pins checked nodes to the exact node where these charges would make the counter be ahead, or lag too much. With `all`,
   * one such node is enough for all checked nodes to be pinned. Returns whether there was one; then `solve` must run again.
   */
  pinChecked({ ahead }: Charges, all: boolean): boolean {
    let found = false
    // A node that gets pinned takes its lag away from the nodes after it as well.
    let pinnedLag = 0
    for (const node of this.#checkedNodes) {
      const sum = ahead(node)
      if (sum <= 0 && sum >= pinnedLag - MAX_LAG) continue
      found = true
      if (sum < 0) pinnedLag = sum
      if (!all) this.unite(node, EXACT_NODE)
    }
    if (found && all) for (const node of this.#checkedNodes) this.unite(node, EXACT_NODE)
    return found
  }
}
