/** Decides which loops of a function are counted, and places the charges of its blocks accordingly. */
import { EXACT, type ChargeGraph, type Charges } from './charge-graph.ts'
import type { RoundCount } from './counted-loops.ts'

/** A loop whose rounds are paid for before the first one begins. */
export interface CountedLoop {
  /** The metered block that begins at its head. */
  readonly head: number
  readonly count: RoundCount
  /** What going back to the head costs, that is a round; and what the rest of the run through the loop does. */
  readonly price: number
  readonly charge: number
  /** Whether it can be left before its rounds are over. */
  readonly leavesEarly: boolean
}

/** What a function charges, and where. */
export interface Placed {
  /** By metered block. */
  readonly charges: readonly number[]
  readonly counted: readonly CountedLoop[]
  /** Blocks that counted loops are left to early, and how much more the counter may be ahead there than by their rounds. */
  readonly refunds: ReadonlyMap<number, number>
}

/** Where a way out of a loop comes to. */
export interface Landing {
  /** The metered block that begins there. */
  readonly behind: number
  /** Whether what follows goes straight to an `unreachable`. */
  readonly fatal: boolean
}

/** A way out of the innermost loop. */
export interface Way {
  readonly from: number
  readonly to: number
  readonly weight: number
  /** Undefined at the end of the loop. */
  readonly landing: Landing | undefined
}

/** A loop whose rounds can be counted, and that may be worth it. */
export interface Candidate {
  /** The metered block at its head, and the first one behind it. */
  readonly head: number
  readonly behind: number
  /** How its rounds may be counted, by the way out that is taken then. */
  readonly counts: readonly RoundCount[]
  /** The node behind its rounds. */
  readonly node: number
  readonly ways: readonly Way[]
}

/** A candidate all of whose ways out, but the one at the test, lead to where everything ends. */
interface Chosen extends Candidate {
  readonly count: RoundCount
}

/** What candidates cost once charges are placed, and what they owe where they are left early. */
function costOf(candidates: readonly Chosen[], { ahead }: Charges): Pick<Placed, 'counted' | 'refunds'> {
  const refunds = new Map<number, number>()
  const counted = candidates.map(({ head, count, node, ways }) => {
    const own = ways[count.exit]!
    const charge = ahead(own.to) - ahead(own.from)
    for (const { from, to, landing } of ways.filter(way => way !== own)) {
      const more = Math.max(0, ahead(from) - ahead(to)) + Math.max(0, charge)
      refunds.set(landing!.behind, Math.max(more, refunds.get(landing!.behind) ?? 0))
    }
    return { head, count, price: -ahead(node), charge, leavesEarly: ways.length > 1 }
  })
  return { counted, refunds }
}

/** What a round may cost at most if it is to be paid for in advance. Beyond, little is gained by it. */
const MAX_ROUND = 600

/**
 * A loop that is counted charges nothing inside, and something for each round. One that does otherwise is given an exact sum
 * behind its rounds; that changes what others cost, so if it happens twice, no loop is counted.
 */
export function placeCharges(graph: ChargeGraph, loops: readonly Candidate[]): Placed {
  let candidates = loops.flatMap(loop => {
    const count = loop.counts.find(({ exit }) => loop.ways.every(({ landing }, i) => i === exit || landing?.fatal === true))
    if (count === undefined) payEachRound(graph, loop)
    return count === undefined ? [] : { ...loop, count }
  })
  for (const { ways, count } of candidates) graph.way(ways[count.exit]!)
  for (let round = 0; ; round++) {
    const charges = graph.solve()
    const { byBlock, ahead } = charges
    const fits = ({ node, head, behind }: Chosen): boolean =>
      ahead(node) < 0 && ahead(node) >= -MAX_ROUND && byBlock.slice(head, behind).every(charge => charge === 0)
    const [fitting, others] = [candidates.filter(fits), candidates.filter(loop => !fits(loop))]
    if (others.length === 0) return { charges: byBlock, ...costOf(candidates, charges) }
    for (const loop of round === 0 ? others : candidates) payEachRound(graph, loop)
    candidates = round === 0 ? fitting : []
  }
}

/** The loop is not counted: the sum is exact at its head, and nothing is charged on the ways out of it. */
export function payEachRound(graph: ChargeGraph, { node, ways }: Pick<Candidate, 'node' | 'ways'>): void {
  graph.unite(node, EXACT)
  for (const { from, to } of ways) graph.unite(from, to)
}
