/**
 * Finds the trip counts of counted loops: loops whose iterations can be counted before the first one begins.
 *
 *     (loop … (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
 *
 * A loop is counted if all of this holds:
 *
 * - An induction variable is incremented exactly once on every path through an iteration, by the same constant, and no other
 *   instruction of the loop writes it.
 * - A test compares it with a constant, or with a local that the loop does not write; if the test fails, the loop is left.
 * - Every iteration executes the test.
 * - It contains no loops, calls, returns and `br_table`, so that nothing inside it checks the counter of gas.
 *
 * Then the trip count follows from the values of the two locals at the entry. Exits other than the one of the test are early
 * exits; the planner decides which of them it allows. Compilers write counted loops in this form. A loop in another form is
 * charged in each iteration. `prepay-loops.ts` says why the optimisation is right, and how it is switched off and tested.
 */
import { Cursor } from '../../../wasm/code.ts'
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import { testOf } from './terms.ts'
import {
  tripCountOf,
  type CounterSet,
  type ExitTest,
  type FoundTest,
  type InductionVariable,
  type LoopFacts,
  type TripCount,
} from './trip-count.ts'
import { InstructionWindow } from './window.ts'

/** The greatest number of induction variables that are tracked in a loop: their bits fit into a small integer. */
const MAX_COUNTERS = 30

/** The greatest number of tests that are tracked in a loop. Later ones are ignored. */
const MAX_TESTS = 16

/** The set that contains every induction variable. Intersecting with it changes nothing, so it stands for unreachable code. */
const UNREACHABLE: CounterSet = -1

/** A control frame of the loop's body. */
interface ControlFrame {
  /** The induction variables that have been incremented where the frame begins. */
  readonly addedBefore: CounterSet
  readonly isIf: boolean
  /** Those that have been incremented on every branch to the frame's end. */
  addedAtBranches: CounterSet
  hasElse: boolean
  /** Of an `if`: the test that its condition is, if the code after the `if` may be what leaves the loop. */
  readonly test: FoundTest | undefined
}

/** A loop while it is being read. */
interface OpenLoop extends LoopFacts {
  readonly at: number
  readonly counters: InductionVariable[]
  readonly written: Set<number>
  readonly frames: ControlFrame[]
  rejected: CounterSet
  backEdges: number
  exits: number
  readonly tests: ExitTest[]
}

/**
 * Finds the trip counts of the given loops of a function, by the offset of each loop instruction. A loop has one for each
 * test that may be the one that ends it. The loops must be reachable, take no parameters, and contain no loops, calls, returns
 * or `br_table`. Takes time linear in the bytes.
 */
export function findTripCounts(
  bytes: Uint8Array,
  code: number,
  loops: ReadonlySet<number>,
): Map<number, readonly TripCount[]> {
  return new LoopReader(new Cursor(bytes, code), loops).read()
}

class LoopReader {
  readonly #cursor: Cursor
  readonly #requested: ReadonlySet<number>
  readonly #found = new Map<number, readonly TripCount[]>()
  #loop: OpenLoop | undefined
  /** The induction variables that the current iteration has incremented on every path to the current position. */
  #added: CounterSet = UNREACHABLE
  readonly #window: InstructionWindow
  /** Outside of loops: the constants that locals are certain to hold. */
  readonly #constants = new Map<number, number>()
  /** Outside of loops: the constant that the last instruction pushed. */
  #pushed: number | undefined

  constructor(cursor: Cursor, requested: ReadonlySet<number>) {
    this.#cursor = cursor
    this.#window = new InstructionWindow(cursor)
    this.#requested = requested
  }

  read(): Map<number, readonly TripCount[]> {
    while (this.#found.size < this.#requested.size) {
      const instruction = this.#cursor.next()
      if (this.#loop === undefined) this.#outside(instruction.code)
      else this.#inside(this.#loop, instruction)
    }
    return this.#found
  }

  // ── Outside of the requested loops: tracks the constants that locals hold ─────────────────────────────────────────

  #outside(code: number): void {
    switch (code) {
      case OP.i32Const:
      case OP.i64Const:
        this.#pushed = this.#cursor.smallConstant()
        return
      case OP.localSet:
      case OP.localTee:
        if (this.#pushed === undefined) this.#constants.delete(this.#cursor.index)
        else this.#constants.set(this.#cursor.index, this.#pushed)
        if (code === OP.localTee) return
        break
      case OP.loop:
        this.#enterLoop()
        break
      case OP.else:
      case OP.end:
        this.#forgetConstants()
        break
    }
    this.#pushed = undefined
  }

  /** Control can arrive here from elsewhere, with other values in locals. */
  #forgetConstants(): void {
    if (this.#constants.size > 0) this.#constants.clear()
  }

  #enterLoop(): void {
    const { at } = this.#cursor
    if (this.#requested.has(at)) {
      this.#loop = {
        at,
        counters: [],
        written: new Set(),
        frames: [],
        initialValues: new Map(this.#constants),
        rejected: 0,
        backEdges: 0,
        exits: 0,
        tests: [],
      }
      this.#added = 0
      this.#open(this.#loop, false, undefined)
    }
    this.#forgetConstants()
  }

  // ── Inside a loop ─────────────────────────────────────────────────────────────────────────────────────────────────

  #inside(loop: OpenLoop, { group, code }: Instruction): void {
    switch (group) {
      case 'block':
        return this.#open(loop, false, undefined)
      case 'if':
        return this.#open(loop, true, this.#testHere(loop, false))
      case 'control':
        return this.#structure(loop, code)
      case 'branch':
        this.#branch(loop, this.#cursor.index, code === OP.brIf)
        return code === OP.br ? this.#skipUnreachable(loop) : undefined
      case 'unreachable':
        return this.#skipUnreachable(loop)
      case 'localSet':
        this.#write(loop, this.#cursor.index)
    }
    this.#window.add(code)
  }

  /** Skips unreachable code up to the next `else` or `end`. */
  #skipUnreachable(loop: OpenLoop): void {
    this.#added = UNREACHABLE
    this.#structure(loop, this.#cursor.skipToEnd().code)
  }

  #structure(loop: OpenLoop, code: number): void {
    if (code === OP.else) this.#else(loop)
    else if (code === OP.end) this.#end(loop)
  }

  #open({ frames }: OpenLoop, isIf: boolean, test: FoundTest | undefined): void {
    this.#window.startBlock()
    frames.push({ addedBefore: this.#added, isIf, addedAtBranches: UNREACHABLE, hasElse: false, test })
  }

  #else({ frames }: OpenLoop): void {
    this.#window.startBlock()
    const frame = frames[frames.length - 1]!
    frame.hasElse = true
    frame.addedAtBranches &= this.#added
    this.#added = frame.addedBefore
  }

  #end(loop: OpenLoop): void {
    this.#window.startBlock()
    const frame = loop.frames.pop()!
    if (loop.frames.length === 0) return this.#endLoop(loop)
    this.#added &= frame.addedAtBranches
    if (!frame.isIf || frame.hasElse) return
    // If control cannot reach the end of the arm, the code after the `if` runs only where the condition is false.
    if (this.#added === UNREACHABLE) addTest(loop, frame.test, loop.backEdges)
    this.#added &= frame.addedBefore
  }

  #branch(loop: OpenLoop, label: number, conditional: boolean): void {
    const target = loop.frames.length - 1 - label
    const test = conditional ? this.#testHere(loop, target < 0) : undefined
    this.#window.startBlock()
    if (target > 0) {
      loop.frames[target]!.addedAtBranches &= this.#added
    } else if (target === 0) {
      loop.rejected |= ~this.#added
      loop.backEdges++
      addTest(loop, test, loop.backEdges)
    } else {
      addTest(loop, test, undefined)
      loop.exits++
    }
  }

  /**
   * The test that the condition on top of the operand stack is: what must hold for the loop to go on. `leaves` says that the
   * loop is left if the condition is true. Undefined unless every iteration gets here.
   */
  #testHere(loop: OpenLoop, leaves: boolean): FoundTest | undefined {
    if (loop.frames.length !== 1 || loop.backEdges > 0) return undefined
    const test = testOf(this.#window.top(), !leaves)
    return test && { ...test, added: this.#added }
  }

  #write(loop: OpenLoop, local: number): void {
    // A local that is written a second time is no induction variable.
    const term = loop.written.has(local) ? undefined : this.#window.top()
    if (term?.kind === 'sum' && term.local === local && loop.counters.length < MAX_COUNTERS) {
      const bit = 1 << (loop.counters.push({ local, wide: term.wide, step: term.step }) - 1)
      this.#added |= bit
    } else {
      const known = loop.counters.findIndex(counter => counter.local === local)
      if (known !== -1) loop.rejected |= 1 << known
    }
    loop.written.add(local)
  }

  #endLoop(loop: OpenLoop): void {
    this.#loop = undefined
    const exits = loop.exits + (this.#added === UNREACHABLE ? 0 : 1)
    this.#found.set(
      loop.at,
      loop.tests.flatMap(test => {
        const leaves = test.backEdges === undefined || (test.backEdges === loop.backEdges && test.exit === exits - 1)
        return leaves ? (tripCountOf(loop, test) ?? []) : []
      }),
    )
  }
}

function addTest(loop: OpenLoop, test: FoundTest | undefined, backEdges: number | undefined): void {
  if (test !== undefined && loop.tests.length < MAX_TESTS) loop.tests.push({ ...test, exit: loop.exits, backEdges })
}
