/**
 * Decides which loops of a function are counted, and how much each metered block charges.
 *
 * A counted loop is charged for all of its iterations before the first one begins (`optimise/counted-loops`). So the counter
 * may be ahead inside of it, and back at its head in each iteration. A loop that is not counted charges in each iteration:
 * then the counter has the same lead at the head each time.
 */
import type { ChargeGraph, Charges } from '../../optimise/charge-graph/charge-graph.ts'
import type { TripCount } from '../../optimise/counted-loops/trip-count.ts'

/** A loop whose iterations are charged before the first one begins. */
export interface CountedLoop {
  /** The number of the metered block that begins at its head. */
  readonly head: number
  readonly count: TripCount
  /** The charge for each time that control goes back to the head: the greatest price of an iteration. */
  readonly price: number
  /** The charge for the exit at the test. It may be negative. */
  readonly exitCharge: number
  /** The greatest amount by which an iteration can be cheaper than `price`. */
  readonly slack: number
  /** True if it has an exit other than the one at its test. */
  readonly hasEarlyExits: boolean
}

/** The charges of a function. */
export interface Placement {
  /** The charge of each metered block, by its number. Some are negative: then the block gives gas back. */
  readonly charges: readonly number[]
  readonly counted: readonly CountedLoop[]
  /**
   * The targets of early exits of counted loops, by the metered block that begins there. The value is added to the counter
   * there, in addition to what was charged for the iterations. It is the most by which the counter may still be ahead.
   */
  readonly refunds: ReadonlyMap<number, number>
}

/** The code that an exit of a loop leads to. Both fields are known only when the planner has read that code. */
export interface ExitTarget {
  /** The number of the metered block that begins there. */
  readonly blockAfter: number
  /** True if this code runs straight to an `unreachable`. */
  readonly onlyTraps: boolean
}

/** An exit of a loop: an edge of the charge graph that leaves it. */
export interface LoopExit {
  readonly from: number
  readonly to: number
  /** Estimated executions for each call of the function. */
  readonly weight: number
  /** The target of the branch. Undefined if control leaves the loop by reaching its end. */
  readonly target: ExitTarget | undefined
}

/** An innermost loop that contains nothing that checks the counter or returns, so that its iterations may be countable. */
export interface Candidate {
  /** The offset of the loop instruction in the module. */
  readonly at: number
  /** The number of the metered block at its head, and of the first one after the loop. */
  readonly head: number
  readonly blockAfter: number
  /** The node of the charge graph at which the first iteration begins. */
  readonly entryNode: number
  /** The node to which the back edges go. */
  readonly backEdgeNode: number
  /** In code order. */
  readonly exits: readonly LoopExit[]
}

/** A candidate with a trip count. All of its exits but the one at the test lead to code that only traps. */
interface CountableLoop extends Candidate {
  readonly count: TripCount
}

/** The amounts that the counted loops charge and refund, given the charges of the blocks. */
function amountsOf(loops: readonly CountableLoop[], charges: Charges): Pick<Placement, 'counted' | 'refunds'> {
  const { ahead } = charges
  const refunds = new Map<number, number>()
  const counted = loops.map(loop => {
    const { head, count, entryNode, backEdgeNode, exits } = loop
    const testExit = exits[count.exit]!
    const exitCharge = ahead(testExit.to) - ahead(testExit.from)
    for (const { from, to, target } of exits.filter(exit => exit !== testExit)) {
      const lead = Math.max(0, ahead(from) - ahead(to)) + Math.max(0, exitCharge)
      refunds.set(target!.blockAfter, Math.max(lead, refunds.get(target!.blockAfter) ?? 0))
    }
    return {
      head,
      count,
      price: ahead(entryNode) - ahead(backEdgeNode),
      exitCharge,
      slack: slackOf(loop, charges),
      hasEarlyExits: exits.length > 1,
    }
  })
  return { counted, refunds }
}

/** Iterations that cost more than this are charged one by one: the charge is then a small part of their time. */
const MAX_ITERATION_PRICE = 600

/** After this many placements, everything that has not fitted is done in the plain form, so that the next one is the last. */
const MAX_TRIALS = 3

/** Derives trip counts of loops, which are given by their offsets (`findTripCounts`). */
type FindTripCounts = (loops: ReadonlySet<number>) => ReadonlyMap<number, readonly TripCount[]>

/**
 * Places the charges of a function.
 *
 * The first placement counts every loop that can be counted. Some of them may not be worth it, and at some nodes where the
 * counter is checked it may be ahead. Then these loops charge in each iteration, these nodes are pinned, and the charges are
 * placed again, since both change the charges of other blocks.
 */
export function placeCharges(
  graph: ChargeGraph,
  candidates: readonly Candidate[],
  findTripCounts: FindTripCounts,
): Placement {
  let loops = countableOf(graph, candidates, findTripCounts)
  for (const { exits, count } of loops) graph.freeEdge(exits[count.exit]!)
  for (let trial = 1; ; trial++) {
    const charges = graph.solve()
    const worthwhile = loops.filter(loop => isWorthwhile(loop, charges))
    const allWorthwhile = worthwhile.length === loops.length
    if (!graph.pinChecked(charges, trial >= MAX_TRIALS) && allWorthwhile)
      return { charges: charges.byBlock, ...amountsOf(loops, charges) }
    if (allWorthwhile) continue
    const counted = new Set(trial < MAX_TRIALS ? worthwhile : [])
    for (const loop of loops) if (!counted.has(loop)) chargeEachIteration(graph, loop)
    loops = [...counted]
  }
}

/** The candidates that can be counted. All others are made to charge in each iteration. */
function countableOf(
  graph: ChargeGraph,
  candidates: readonly Candidate[],
  findTripCounts: FindTripCounts,
): CountableLoop[] {
  // The search for trip counts reads the code again, so it is told of loops that have a chance.
  const possible = candidates.filter(({ exits }) => exits.filter(exit => !onlyTraps(exit)).length <= 1)
  const counts = possible.length === 0 ? undefined : findTripCounts(new Set(possible.map(({ at }) => at)))
  const result: CountableLoop[] = []
  for (const loop of candidates) {
    const count = counts
      ?.get(loop.at)
      ?.find(({ exit }) => loop.exits.every((other, i) => i === exit || onlyTraps(other)))
    if (count === undefined) chargeEachIteration(graph, loop)
    else result.push({ ...loop, count })
  }
  return result
}

function onlyTraps({ target }: LoopExit): boolean {
  return target?.onlyTraps === true
}

/** True if every iteration costs something, and not so much that counting gains little. Known trip counts gain always. */
function isWorthwhile(loop: CountableLoop, charges: Charges): boolean {
  const price = charges.ahead(loop.entryNode) - charges.ahead(loop.backEdgeNode)
  return price > slackOf(loop, charges) && (price <= MAX_ITERATION_PRICE || loop.count.knownTrips !== undefined)
}

/** The amount by which an iteration may be cheaper than its price: all that the blocks of the loop can give back. */
function slackOf({ head, blockAfter }: CountableLoop, { byBlock }: Charges): number {
  let slack = 0
  for (let block = head; block < blockAfter; block++) slack -= Math.min(0, byBlock[block]!)
  return slack
}

/** Makes a loop charge in each iteration: the lead of the counter at its head is the same at entry and on back edges. */
function chargeEachIteration(graph: ChargeGraph, { entryNode, backEdgeNode, exits }: Candidate): void {
  graph.unite(backEdgeNode, entryNode)
  uniteExits(graph, exits)
}

/** Makes the exits of a loop plain edges, on which nothing is charged. */
export function uniteExits(graph: ChargeGraph, exits: readonly LoopExit[]): void {
  for (const { from, to } of exits) graph.unite(from, to)
}
