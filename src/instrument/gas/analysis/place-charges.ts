/** Decides which loops of a function are counted, and places the charges of its blocks accordingly. */
import type { ChargeGraph, Charges } from '../../optimise/charge-graph/charge-graph.ts'
import type { TripCount } from '../../optimise/counted-loops/trip-count.ts'

/** A loop whose rounds are paid for before the first one begins. */
export interface CountedLoop {
  /** The metered block that begins at its head. */
  readonly head: number
  readonly count: TripCount
  /** What going back to the head costs, that is a round, and what the rest of the run through the loop does. */
  readonly price: number
  readonly charge: number
  /** By how much a round may cost less. */
  readonly slack: number
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
  /** Where it begins in the bytes. */
  readonly at: number
  /** The metered block at its head, and the first one after the loop. */
  readonly head: number
  readonly behind: number
  /** The node with which its first round begins, and the one with which each round ends and another one begins. */
  readonly first: number
  readonly again: number
  readonly ways: readonly Way[]
}

/** A candidate all of whose ways out, but the one at the test, lead to where everything ends. */
interface Chosen extends Candidate {
  readonly count: TripCount
}

/** What candidates cost once charges are placed, and what they owe where they are left early. */
function costOf(candidates: readonly Chosen[], charges: Charges): Pick<Placed, 'counted' | 'refunds'> {
  const { ahead } = charges
  const refunds = new Map<number, number>()
  const counted = candidates.map(loop => {
    const { head, count, first, again, ways } = loop
    const own = ways[count.exit]!
    const charge = ahead(own.to) - ahead(own.from)
    for (const { from, to, landing } of ways.filter(way => way !== own)) {
      const more = Math.max(0, ahead(from) - ahead(to)) + Math.max(0, charge)
      refunds.set(landing!.behind, Math.max(more, refunds.get(landing!.behind) ?? 0))
    }
    return {
      head,
      count,
      price: ahead(first) - ahead(again),
      charge,
      slack: slackOf(loop, charges),
      leavesEarly: ways.length > 1,
    }
  })
  return { counted, refunds }
}

/** What a round may cost at most if it is to be paid for in advance. Beyond, little is gained by it. */
const MAX_ROUND = 600

/** How many times charges are placed before nothing is tried any more that may not do. */
const TRIALS = 3

/** Reads loops, given by where they begin, and tells how their rounds may be counted. */
type Read = (loops: ReadonlySet<number>) => ReadonlyMap<number, readonly TripCount[]>

/**
 * A loop that is counted charges something for each round, however it goes. One that does otherwise pays for each round
 * as it comes; that changes what others cost, and where the counter is ahead, so it is looked at again.
 */
export function placeCharges(graph: ChargeGraph, loops: readonly Candidate[], read: Read): Placed {
  let candidates = chosen(graph, loops, read)
  for (const { ways, count } of candidates) graph.freeEdge(ways[count.exit]!)
  for (let trial = 1; ; trial++) {
    const charges = graph.solve()
    const fitting = candidates.filter(loop => fits(loop, charges))
    const allFit = fitting.length === candidates.length
    if (!graph.pinChecked(charges, trial >= TRIALS) && allFit)
      return { charges: charges.byBlock, ...costOf(candidates, charges) }
    if (allFit) continue
    const kept = new Set(trial < TRIALS ? fitting : [])
    for (const loop of candidates) if (!kept.has(loop)) payForAll(graph, loop)
    candidates = [...kept]
  }
}

/** Loops with a test that tells how often they go round, and without other ways out that lead anywhere. */
function chosen(graph: ChargeGraph, loops: readonly Candidate[], read: Read): Chosen[] {
  const hopeful = loops.filter(({ ways }) => ways.reduce((count, way) => count + (isFatal(way) ? 0 : 1), 0) <= 1)
  const counts = hopeful.length === 0 ? undefined : read(new Set(hopeful.map(({ at }) => at)))
  const result: Chosen[] = []
  for (const loop of loops) {
    const count = counts?.get(loop.at)?.find(({ exit }) => loop.ways.every((way, i) => i === exit || isFatal(way)))
    if (count === undefined) payForAll(graph, loop)
    else result.push({ ...loop, count })
  }
  return result
}

function isFatal({ landing }: Way): boolean {
  return landing?.fatal === true
}

function fits(loop: Chosen, charges: Charges): boolean {
  const price = charges.ahead(loop.first) - charges.ahead(loop.again)
  return price > slackOf(loop, charges) && (price <= MAX_ROUND || loop.count.knownTrips !== undefined)
}

/** By how much less than its price a round may cost: what the blocks of the loop that give gas back give together. */
function slackOf({ head, behind }: Chosen, { byBlock }: Charges): number {
  let slack = 0
  for (let block = head; block < behind; block++) slack -= Math.min(0, byBlock[block]!)
  return slack
}

/** The loop is not counted: the counter is the same at the head in each round, and nothing is charged on the ways out. */
function payForAll(graph: ChargeGraph, { first, again, ways }: Candidate): void {
  graph.unite(again, first)
  payEachRound(graph, ways)
}

/** Nothing is charged on the ways out of a loop. */
export function payEachRound(graph: ChargeGraph, ways: readonly Way[]): void {
  for (const { from, to } of ways) graph.unite(from, to)
}
