/**
 * Finds loops whose rounds can be counted before the first one begins:
 *
 *     (loop … (br_if 0 (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
 *
 * Every round adds the same number to a local, once, on all of its ways, and nothing else writes it; the loop is left by a
 * test of this local against a constant or a local that the loop does not write; and every round comes by the test. Other
 * ways out are early exits: whether they may be, the planner decides. Only innermost loops without calls: there is nothing
 * inside that looks at the counter of gas.
 *
 * What is read is the form that compilers give to such loops. A loop in another form pays for each round.
 */
import { Cursor } from '../../../wasm/code.ts'
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import { Recent, swapped, testOf, type Test } from './terms.ts'

/** Tells how often a loop goes back to its head, once it is entered. */
export interface RoundCount extends Test {
  readonly wide: boolean
  /** What a round adds, which may be less than nothing. */
  readonly step: number
  /** Whether the first test comes behind the first addition. */
  readonly addsFirst: boolean
  /** Which of the ways out of the loop is taken when the test fails, in the order of the code. */
  readonly exit: number
  /** How often it goes back, if the code alone says so. */
  readonly known: number | undefined
}

/** Below so many rounds it is cheaper to pay for each than to count them. */
const FEW_ROUNDS = 8

/** Any of so many locals of a loop can be found to count: as many as bits fit a number, signs aside. */
const CANDIDATES = 30

/** So many tests of a loop may be its last one; those behind them are not looked at. */
const TESTS = 16

/** Which candidates the round has added to on every way that leads to a place, as bits. All, if none does. */
type Added = number

const NOWHERE: Added = -1

interface Label {
  readonly begin: Added
  readonly isIf: boolean
  arriving: Added
  hasElse: boolean
  /** Of an `if` whose other way may be the one out of the loop. */
  readonly test: FoundTest | undefined
}

/** A test that all rounds come by, and what they have added to by then. */
interface FoundTest extends Test {
  readonly added: Added
}

/** A test at which a loop may be left. */
interface LastTest extends FoundTest {
  /** How many ways lead out of the loop before the one that is taken when the test fails. */
  readonly exit: number
  /** If that one has still to be found: how many branches go back to the head before. It must not go back itself. */
  readonly backEdges: number | undefined
}

/** A loop while it is being read. */
interface OpenLoop {
  readonly at: number
  readonly counters: { readonly local: number; readonly wide: boolean; readonly step: number }[]
  readonly written: Set<number>
  readonly labels: Label[]
  /** Values that locals had when it was entered, as far as they are plain. */
  readonly starts: ReadonlyMap<number, number>
  /** Candidates, present and to come, that some way does not add to once. */
  refused: number
  backEdges: number
  exits: number
  readonly tests: LastTest[]
}

/**
 * Reads code, and tells of loops in it, given by where they begin, how their rounds may be counted: once for each test that
 * may be the last one. They take nothing, contain no other loops, calls, returns or `br_table`, and control reaches them.
 * Linear in the bytes.
 */
export function readLoops(
  bytes: Uint8Array,
  code: number,
  loops: ReadonlySet<number>,
): Map<number, readonly RoundCount[]> {
  return new LoopReader(new Cursor(bytes, code), loops).read()
}

class LoopReader {
  readonly #cursor: Cursor
  readonly #wanted: ReadonlySet<number>
  readonly #found = new Map<number, readonly RoundCount[]>()
  #loop: OpenLoop | undefined
  #added: Added = NOWHERE
  readonly #recent: Recent
  /** Constants that locals have at present, for certain, as far as they were followed. */
  readonly #values = new Map<number, number>()
  /** The constant that was read last, outside of the loops. */
  #constant: number | undefined

  constructor(cursor: Cursor, wanted: ReadonlySet<number>) {
    this.#cursor = cursor
    this.#recent = new Recent(cursor)
    this.#wanted = wanted
  }

  read(): Map<number, readonly RoundCount[]> {
    while (this.#found.size < this.#wanted.size) {
      const instruction = this.#cursor.next()
      if (this.#loop === undefined) this.#outside(instruction.code)
      else this.#inside(this.#loop, instruction)
    }
    return this.#found
  }

  // ── Outside of the loops: only which constants locals are given ───────────────────────────────────────────────────

  #outside(code: number): void {
    switch (code) {
      case OP.i32Const:
      case OP.i64Const:
        this.#constant = this.#cursor.smallConstant()
        return
      case OP.localSet:
      case OP.localTee:
        if (this.#constant === undefined) this.#values.delete(this.#cursor.index)
        else this.#values.set(this.#cursor.index, this.#constant)
        if (code === OP.localTee) return
        break
      case OP.loop:
        this.#enterLoop()
        break
      case OP.else:
      case OP.end:
        this.#forget()
        break
    }
    this.#constant = undefined
  }

  /** Control may come here from elsewhere. */
  #forget(): void {
    if (this.#values.size > 0) this.#values.clear()
  }

  #enterLoop(): void {
    const { at } = this.#cursor
    if (this.#wanted.has(at)) {
      this.#loop = {
        at,
        counters: [],
        written: new Set(),
        labels: [],
        starts: new Map(this.#values),
        refused: 0,
        backEdges: 0,
        exits: 0,
        tests: [],
      }
      this.#added = 0
      this.#open(this.#loop, false, undefined)
    }
    this.#forget()
  }

  // ── Inside ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #inside(loop: OpenLoop, { group, code }: Instruction): void {
    switch (group) {
      case 'block':
        return this.#open(loop, false, undefined)
      case 'if':
        return this.#open(loop, true, this.#takeTest(loop, false))
      case 'control':
        return this.#structure(loop, code)
      case 'branch':
        this.#branch(loop, this.#cursor.index, code === OP.brIf)
        return code === OP.br ? this.#stop(loop) : undefined
      case 'unreachable':
        return this.#stop(loop)
      case 'localSet':
        this.#write(loop, this.#cursor.index)
    }
    this.#recent.add(code)
  }

  /** Control gets no further: the next place that it reaches is an `else`, or the end of a block. */
  #stop(loop: OpenLoop): void {
    this.#added = NOWHERE
    this.#structure(loop, this.#cursor.skipToEnd().code)
  }

  #structure(loop: OpenLoop, code: number): void {
    if (code === OP.else) this.#else(loop)
    else if (code === OP.end) this.#end(loop)
  }

  #open({ labels }: OpenLoop, isIf: boolean, test: FoundTest | undefined): void {
    this.#recent.forget()
    labels.push({ begin: this.#added, isIf, arriving: NOWHERE, hasElse: false, test })
  }

  #else({ labels }: OpenLoop): void {
    this.#recent.forget()
    const label = labels[labels.length - 1]!
    label.hasElse = true
    label.arriving &= this.#added
    this.#added = label.begin
  }

  #end(loop: OpenLoop): void {
    this.#recent.forget()
    const label = loop.labels.pop()!
    if (loop.labels.length === 0) return this.#endLoop(loop)
    this.#added &= label.arriving
    if (!label.isIf || label.hasElse) return
    // If its arm never ends here, what follows is the way of a test that failed.
    if (this.#added === NOWHERE) addTest(loop, label.test, loop.backEdges)
    this.#added &= label.begin
  }

  #branch(loop: OpenLoop, label: number, conditional: boolean): void {
    const target = loop.labels.length - 1 - label
    const test = conditional ? this.#takeTest(loop, target < 0) : undefined
    this.#recent.forget()
    if (target > 0) {
      loop.labels[target]!.arriving &= this.#added
    } else if (target === 0) {
      loop.refused |= ~this.#added
      loop.backEdges++
      addTest(loop, test, loop.backEdges)
    } else {
      addTest(loop, test, undefined)
      loop.exits++
    }
  }

  /** A condition that all rounds come by, as what must hold for going on. */
  #takeTest(loop: OpenLoop, leaves: boolean): FoundTest | undefined {
    if (loop.labels.length !== 1 || loop.backEdges > 0) return undefined
    const test = testOf(this.#recent.top(), !leaves)
    return test && { ...test, added: this.#added }
  }

  #write(loop: OpenLoop, local: number): void {
    // One that is written a second time cannot count any more.
    const term = loop.written.has(local) ? undefined : this.#recent.top()
    if (term?.kind === 'sum' && term.local === local && loop.counters.length < CANDIDATES) {
      const bit = 1 << (loop.counters.push({ local, wide: term.wide, step: term.step }) - 1)
      this.#added |= bit
    } else {
      const known = loop.counters.findIndex(counter => counter.local === local)
      if (known !== -1) loop.refused |= 1 << known
    }
    loop.written.add(local)
  }

  #endLoop(loop: OpenLoop): void {
    this.#loop = undefined
    const exits = loop.exits + (this.#added === NOWHERE ? 0 : 1)
    this.#found.set(
      loop.at,
      loop.tests.flatMap(test => {
        const leaves = test.backEdges === undefined || (test.backEdges === loop.backEdges && test.exit === exits - 1)
        return leaves ? (countBy(loop, test) ?? []) : []
      }),
    )
  }
}

/** How the rounds of a loop are counted if a test ends them; undefined if it does not tell. */
function countBy(loop: OpenLoop, test: LastTest): RoundCount | undefined {
  const other = swapped(test)
  return countAgainst(loop, test, test) ?? (other && countAgainst(loop, test, other))
}

function countAgainst(
  loop: OpenLoop,
  { added, exit }: LastTest,
  { local, relation, limit }: Test,
): RoundCount | undefined {
  const index = loop.counters.findIndex(counter => counter.local === local)
  if (index === -1 || ((loop.refused >> index) & 1) === 1) return undefined
  const { wide, step } = loop.counters[index]!
  const towards = relation === 'ne' || relation.startsWith(step > 0 ? 'lt' : 'gt')
  if (!towards || ('local' in limit && loop.written.has(limit.local))) return undefined
  const addsFirst = ((added >> index) & 1) === 1
  const start = loop.starts.get(local)
  const known =
    'local' in limit || start === undefined
      ? undefined
      : rounds(relation, start + (addsFirst ? step : 0), limit.constant, step)
  if (known === undefined) {
    const far = 'local' in limit || (limit.constant < 0 && relation.endsWith('_u'))
    if (!far && distance(limit.constant, start) < FEW_ROUNDS * Math.abs(step)) return undefined
    // Where the counter jumps over its limit, it takes a division to tell after how many steps.
    if (relation !== 'ne' && !Number.isInteger(Math.log2(Math.abs(step)))) return undefined
  }
  return { local, relation, limit, wide, step, addsFirst, exit, known }
}

/** How often the test holds if it is first made of such a number. All are so small that none but unsigned ones wrap around. */
function rounds(relation: Test['relation'], first: number, limit: number, step: number): number | undefined {
  const steps = (limit - first) / step
  if (relation === 'ne') return Number.isInteger(steps) && steps >= 0 ? steps : undefined
  const count = Math.max(0, Math.ceil(steps))
  return relation.endsWith('_u') && Math.min(first, limit, first + count * step) < 0 ? undefined : count
}

/** How far it probably is to a limit. Most that count up begin near zero; those that count down to it, nobody knows where. */
function distance(limit: number, start: number | undefined): number {
  if (start !== undefined) return Math.abs(limit - start)
  return limit === 0 ? Infinity : Math.abs(limit)
}

function addTest(loop: OpenLoop, test: FoundTest | undefined, backEdges: number | undefined): void {
  if (test !== undefined && loop.tests.length < TESTS) loop.tests.push({ ...test, exit: loop.exits, backEdges })
}
