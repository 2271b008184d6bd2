/** Derives the trip count of a loop from the test that ends it and from the loop's induction variables. */
import { swapped, type Test } from './terms.ts'

/**
 * How often a loop goes back to its head once it is entered: as long as the test holds. The counter is the test's `local`.
 * For example, `(loop … (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))` has the
 * local `$i`, the relation `lt_s`, the limit `$n` and the step 1, and adds before the test.
 */
export interface TripCount extends Test {
  /** True if counter and limit are of type i64. */
  readonly wide: boolean
  /** The number that each iteration adds to the counter. It may be negative. */
  readonly step: number
  /** True if the first addition precedes the first test. */
  readonly addsBeforeTest: boolean
  /** The exit that is taken when the test fails, as an index into the loop's exits in code order. */
  readonly exit: number
  /** The trip count itself, if it is known statically. */
  readonly knownTrips: number | undefined
}

/** A set of induction variables, as bits. */
export type CounterSet = number

/** A local that the loop changes once in each iteration, by a constant. */
export interface InductionVariable {
  readonly local: number
  readonly wide: boolean
  readonly step: number
}

/** A test that every iteration executes, and the induction variables that are incremented before it in each iteration. */
export interface FoundTest extends Test {
  readonly added: CounterSet
}

/** A test at which the loop may be left. */
export interface ExitTest extends FoundTest {
  /** The number of exits that precede the one that is taken when the test fails. */
  readonly exit: number
  /**
   * Undefined if the test itself branches out of the loop. Otherwise the loop is left by the code that follows the test, and
   * this is the number of back edges up to the test. The code that follows must not contain another back edge.
   */
  readonly backEdges: number | undefined
}

/** The facts about a loop that its trip count depends on, complete once the whole loop has been read. */
export interface LoopFacts {
  readonly counters: readonly InductionVariable[]
  /** The induction variables that some path does not increment exactly once. Bits may be set for ones that do not exist. */
  readonly rejected: CounterSet
  /** All locals that the loop writes. */
  readonly written: ReadonlySet<number>
  /** Constants that locals hold at the entry of the loop, as far as they are known. */
  readonly initialValues: ReadonlyMap<number, number>
}

/** With fewer trips than this, charging each iteration costs less than computing the trip count. */
const MIN_TRIPS = 8

/** The trip count of a loop that leaves when a test fails; undefined if it cannot be derived. */
export function tripCountOf(loop: LoopFacts, test: ExitTest): TripCount | undefined {
  const other = swapped(test)
  return countAgainst(loop, test, test) ?? (other && countAgainst(loop, test, other))
}

/** The trip count if the test's local is the counter. `test` is the exit's test or the same one with its operands swapped. */
function countAgainst(
  loop: LoopFacts,
  { added, exit }: ExitTest,
  { local, relation, limit }: Test,
): TripCount | undefined {
  const index = loop.counters.findIndex(counter => counter.local === local)
  if (index === -1 || ((loop.rejected >> index) & 1) === 1) return undefined
  const { wide, step } = loop.counters[index]!
  const towards = relation === 'ne' || relation.startsWith(step > 0 ? 'lt' : 'gt')
  if (!towards || ('local' in limit && loop.written.has(limit.local))) return undefined
  const addsBeforeTest = ((added >> index) & 1) === 1
  const initial = loop.initialValues.get(local)
  const knownTrips =
    'local' in limit || initial === undefined
      ? undefined
      : tripsFrom(relation, initial + (addsBeforeTest ? step : 0), limit.constant, step)
  if (knownTrips === undefined) {
    const isFar = 'local' in limit || (limit.constant < 0 && relation.endsWith('_u'))
    if (!isFar && distance(limit.constant, initial) < MIN_TRIPS * Math.abs(step)) return undefined
    // If the counter can jump over its limit, the trip count needs a division, which only a power of two makes cheap.
    if (relation !== 'ne' && !Number.isInteger(Math.log2(Math.abs(step)))) return undefined
  }
  return { local, relation, limit, wide, step, addsBeforeTest, exit, knownTrips }
}

/**
 * How often the test holds if the counter is `first` at the first test; undefined if it may hold forever. The numbers are too
 * small for the counter to wrap around, except below zero in an unsigned comparison.
 */
function tripsFrom(relation: Test['relation'], first: number, limit: number, step: number): number | undefined {
  const steps = (limit - first) / step
  if (relation === 'ne') return Number.isInteger(steps) && steps >= 0 ? steps : undefined
  const count = Math.max(0, Math.ceil(steps))
  return relation.endsWith('_u') && Math.min(first, limit, first + count * step) < 0 ? undefined : count
}

/**
 * An estimate of the distance from the counter's initial value to the limit. If the initial value is unknown, a loop that
 * counts down to zero may start anywhere, and other loops are assumed to start near zero.
 */
function distance(limit: number, initial: number | undefined): number {
  if (initial !== undefined) return Math.abs(limit - initial)
  return limit === 0 ? Infinity : Math.abs(limit)
}
