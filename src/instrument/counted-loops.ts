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
import type { Cursor } from '../wasm/code.ts'
import { INSTRUCTIONS, OP, type Instruction } from '../wasm/instructions.ts'

/** A comparison of a local with a limit: going on while it holds. */
export interface Test {
  readonly local: number
  readonly relation: 'ne' | 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u'
  readonly limit: { readonly local: number } | { readonly constant: number }
}

/** Tells how often a loop goes back to its head, once it is entered. */
export interface RoundCount extends Test {
  readonly wide: boolean
  /** What a round adds: a power of two or its negative. */
  readonly step: number
  /** Whether the first test comes behind the first addition. */
  readonly addsFirst: boolean
  /** Which of the ways out of the loop is taken when the test fails, in the order in which `LoopReader` told of them. */
  readonly exit: number
}

/** Below so many rounds it is cheaper to pay for each than to count them. */
const FEW_ROUNDS = 8

/** Powers of two up to 2¹³: what a round may add, so that rounds are counted without division. */
const STEPS: ReadonlySet<number> = /* @__PURE__ */ new Set(Array.from({ length: 14 }, (_, i) => 2 ** i))

/** Any of so many locals of a loop can be found to count: as many as bits fit a number, signs aside. */
const CANDIDATES = 30

/** So many tests of a loop may be its last one; those behind them are not looked at. */
const TESTS = 16

/** How much of the operand stack is followed: a test is made of two values, and both may wait for a third. */
const TERMS = 4

/** Relations, by what they are if the operands change places, and by what holds if they do not. */
const SWAPPED: Readonly<Record<string, string>> = {
  eq: 'eq', ne: 'ne', lt_s: 'gt_s', lt_u: 'gt_u', gt_s: 'lt_s', gt_u: 'lt_u', le_s: 'ge_s', le_u: 'ge_u', ge_s: 'le_s', ge_u: 'le_u',
}
const NEGATED: Readonly<Record<string, string>> = {
  eq: 'ne', ne: 'eq', lt_s: 'ge_s', lt_u: 'ge_u', gt_s: 'le_s', gt_u: 'le_u', le_s: 'gt_s', le_u: 'gt_u', ge_s: 'lt_s', ge_u: 'lt_u',
}

/** What is known of a value on the operand stack. */
type Term =
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'constant'; readonly value: number; readonly wide: boolean }
  | { readonly kind: 'sum'; readonly local: number; readonly step: number; readonly wide: boolean }
  | { readonly kind: 'test'; readonly local: number; readonly relation: string; readonly limit: Test['limit'] }

/** Which candidates the round has added to on every way that leads to a place, as bits. All, if none does. */
type Added = number

const NOWHERE: Added = -1

interface Label {
  readonly begin: Added
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

/** Told of the code of a function in order. */
export class LoopReader {
  #loop: OpenLoop | undefined
  #added: Added = NOWHERE
  /** What is known of the operand stack's top, the topmost value last. */
  #terms: (Term | undefined)[] = []
  /** Constants that locals have at present, for certain, as far as they were followed. */
  readonly #values = new Map<number, number>()
  /** The constant that was read last, outside of loops. */
  #constant: number | undefined

  /** A loop without parameters and results begins. */
  enterLoop(): void {
    this.#added = 0
    this.#terms = []
    this.#loop = {
      counters: [], written: new Set(), starts: new Map(this.#values), refused: 0, backEdges: 0, exits: 0, tests: [],
      labels: [{ begin: this.#added, arriving: NOWHERE, hasElse: false, test: undefined }],
    }
    this.#values.clear()
  }

  /** There is something in the loop at hand that keeps its rounds from being counted. */
  giveUp(): void {
    this.#loop = undefined
    this.#constant = undefined
  }

  open(isIf: boolean): void {
    if (this.#loop === undefined) return
    const test = isIf ? this.#takeTest(false) : undefined
    this.#terms = []
    this.#loop.labels.push({ begin: this.#added, arriving: NOWHERE, hasElse: false, test })
  }

  otherwise(): void {
    this.#terms = []
    this.#values.clear()
    const label = this.#loop?.labels.at(-1)
    if (label === undefined) return
    label.hasElse = true
    label.arriving &= this.#added
    this.#added = label.begin
  }

  /** A block ends; if it is the loop at hand, tells how its rounds are counted, for each test that may be its last. */
  end(isIf: boolean): readonly RoundCount[] {
    this.#terms = []
    this.#values.clear()
    const loop = this.#loop
    const label = loop?.labels.pop()
    if (loop === undefined || label === undefined) return []
    if (loop.labels.length === 0) return this.#endLoop(loop)
    this.#added &= label.arriving
    if (!isIf || label.hasElse) return []
    // If its arm never ends here, what follows is the way of a test that failed.
    if (this.#added === NOWHERE) addTest(loop, label.test, loop.backEdges)
    this.#added &= label.begin
    return []
  }

  /** A branch. Gives whether it leaves the loop at hand. */
  branch(label: number, conditional: boolean): boolean {
    const loop = this.#loop
    if (loop === undefined) return false
    const target = loop.labels.length - 1 - label
    const test = conditional ? this.#takeTest(target < 0) : undefined
    this.#terms = []
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
    return target < 0
  }

  /** What follows cannot be reached from what was before. */
  stop(): void {
    this.#added = NOWHERE
  }

  /** Any other instruction that is reached. */
  read({ group, code }: Instruction, cursor: Cursor): void {
    if (this.#loop === undefined) return this.#readOutside(code, cursor)
    if (this.#terms.length > TERMS) this.#terms.shift()
    if (group === 'localGet') {
      this.#terms.push(localTerm(cursor.index))
    } else if (group === 'localSet') {
      this.#write(this.#loop, code, cursor.index)
    } else if (code === OP.i32Const || code === OP.i64Const) {
      const value = cursor.smallConstant()
      this.#terms.push(value === undefined ? undefined : { kind: 'constant', value, wide: code === OP.i64Const })
    } else if (group === 'binary') {
      const right = this.#terms.pop()
      this.#terms.push(operate(code, this.#terms.pop(), right))
    } else if (code === OP.i32Eqz || code === OP.i64Eqz) {
      this.#terms.push(negate(this.#terms.pop()))
    } else {
      this.#terms.length = 0
    }
  }

  /** Outside of loops it matters only which constants locals are given. */
  #readOutside(code: number, cursor: Cursor): void {
    if (code === OP.i32Const || code === OP.i64Const) {
      this.#constant = cursor.smallConstant()
    } else if (code === OP.localSet || code === OP.localTee) {
      if (this.#constant === undefined) this.#values.delete(cursor.index)
      else this.#values.set(cursor.index, this.#constant)
      if (code === OP.localSet) this.#constant = undefined
    } else {
      this.#constant = undefined
    }
  }

  /** A condition that all rounds come by, as what must hold for going on. */
  #takeTest(leaves: boolean): FoundTest | undefined {
    const loop = this.#loop
    if (loop === undefined || loop.labels.length !== 1 || loop.backEdges > 0) return undefined
    const term = this.#terms.at(-1)
    const held = leaves ? negate(term) : term
    const test = held?.kind === 'local' ? { ...held, relation: 'ne', limit: { constant: 0 } } : held
    if (test === undefined || !('relation' in test) || !isRelation(test.relation)) return undefined
    return { local: test.local, relation: test.relation, limit: test.limit, added: this.#added }
  }

  #write(loop: OpenLoop, code: number, local: number): void {
    const term = this.#terms.pop()
    const counts = term?.kind === 'sum' && term.local === local
    this.#writeInLoop(loop, local, counts ? term : undefined)
    // What was read of the local before is no longer what it holds.
    this.#terms.forEach((other, i) => { if (other !== undefined && mentions(other, local)) this.#terms[i] = undefined })
    if (code === OP.localTee) this.#terms.push(counts || term === undefined || mentions(term, local) ? localTerm(local) : term)
  }

  #writeInLoop(loop: OpenLoop, local: number, sum: { readonly wide: boolean; readonly step: number } | undefined): void {
    if (sum !== undefined && !loop.written.has(local) && loop.counters.length < CANDIDATES) {
      const bit = 1 << (loop.counters.push({ local, wide: sum.wide, step: sum.step }) - 1)
      this.#added |= bit
    } else {
      const known = loop.counters.findIndex(counter => counter.local === local)
      if (known !== -1) loop.refused |= 1 << known
    }
    loop.written.add(local)
  }

  #endLoop(loop: OpenLoop): readonly RoundCount[] {
    this.#loop = undefined
    const exits = loop.exits + (this.#added === NOWHERE ? 0 : 1)
    return loop.tests.flatMap(test => {
      const leaves = test.backEdges === undefined || (test.backEdges === loop.backEdges && test.exit === exits - 1)
      return leaves ? countBy(loop, test) ?? [] : []
    })
  }
}

/** How the rounds of a loop are counted if a test ends them; undefined if it does not tell. */
function countBy(loop: OpenLoop, test: LastTest): RoundCount | undefined {
  return countAgainst(loop, test) ?? ('local' in test.limit ? countAgainst(loop, {
    ...test, local: test.limit.local, relation: SWAPPED[test.relation] as Test['relation'], limit: { local: test.local },
  }) : undefined)
}

function countAgainst(loop: OpenLoop, { local, relation, limit, added, exit }: LastTest): RoundCount | undefined {
  const index = loop.counters.findIndex(counter => counter.local === local)
  if (index === -1 || (loop.refused >> index & 1) === 1) return undefined
  const { wide, step } = loop.counters[index]!
  const towards = relation === 'ne' || relation.startsWith(step > 0 ? 'lt' : 'gt')
  if (!towards || ('local' in limit && loop.written.has(limit.local))) return undefined
  const far = 'local' in limit || (limit.constant < 0 && relation.endsWith('_u'))
  const few = !far && distance(limit.constant, loop.starts.get(local)) < FEW_ROUNDS * Math.abs(step)
  return few ? undefined : { local, relation, limit, wide, step, addsFirst: (added >> index & 1) === 1, exit }
}

/** How far it probably is to a limit. Most that count up begin near zero; those that count down to it, nobody knows where. */
function distance(limit: number, start: number | undefined): number {
  if (start !== undefined) return Math.abs(limit - start)
  return limit === 0 ? Infinity : Math.abs(limit)
}

function addTest(loop: OpenLoop, test: FoundTest | undefined, backEdges: number | undefined): void {
  if (test !== undefined && loop.tests.length < TESTS) loop.tests.push({ ...test, exit: loop.exits, backEdges })
}

const LOCAL_TERMS: Term[] = []

/** Most values that are read are those of a few locals. */
function localTerm(local: number): Term {
  if (local >= 256) return { kind: 'local', local }
  return LOCAL_TERMS[local] ??= { kind: 'local', local }
}

function isRelation(relation: string): relation is Test['relation'] {
  return relation === 'ne' || relation.startsWith('lt') || relation.startsWith('gt')
}

function mentions(term: Term, local: number): boolean {
  return term.kind !== 'constant' && (term.local === local || (term.kind === 'test' && 'local' in term.limit && term.limit.local === local))
}

function negate(term: Term | undefined): Term | undefined {
  if (term?.kind === 'local') return { kind: 'test', local: term.local, relation: 'eq', limit: { constant: 0 } }
  return term?.kind === 'test' ? { ...term, relation: NEGATED[term.relation]! } : undefined
}

/** What is known of the result of a binary instruction. */
function operate(code: number, left: Term | undefined, right: Term | undefined): Term | undefined {
  if (left === undefined || right === undefined) return undefined
  const wide = (code >= OP.i64Eq && code <= OP.i64GeU) || code === OP.i64Add || code === OP.i64Sub
  if (code === OP.i32Add || code === OP.i64Add || code === OP.i32Sub || code === OP.i64Sub) {
    if (left.kind !== 'local' || right.kind !== 'constant' || !STEPS.has(Math.abs(right.value))) return undefined
    return { kind: 'sum', local: left.local, step: code === OP.i32Add || code === OP.i64Add ? right.value : -right.value, wide }
  }
  if (!wide && (code < OP.i32Eq || code > OP.i32GeU)) return undefined
  const relation = INSTRUCTIONS[code]!.name.slice('i32.'.length)
  if (left.kind === 'local') {
    const limit = right.kind === 'local' ? { local: right.local } : right.kind === 'constant' ? { constant: right.value } : undefined
    return limit && { kind: 'test', local: left.local, relation, limit }
  }
  if (left.kind !== 'constant' || right.kind !== 'local') return undefined
  return { kind: 'test', local: right.local, relation: SWAPPED[relation]!, limit: { constant: left.value } }
}
