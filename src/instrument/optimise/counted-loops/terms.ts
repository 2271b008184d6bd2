/** Values on the operand stack of a loop, as far as they matter to what ends it. */
import type { Cursor } from '../../../wasm/code.ts'
import { INSTRUCTIONS, OP } from '../../../wasm/instructions.ts'

/** A comparison of a local with a limit: going on while it holds. */
export interface Test {
  readonly local: number
  readonly relation: 'ne' | 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u'
  readonly limit: { readonly local: number } | { readonly constant: number }
}

/** What is known of a value on the operand stack. */
export type Term =
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'constant'; readonly value: number; readonly wide: boolean }
  | { readonly kind: 'sum'; readonly local: number; readonly step: number; readonly wide: boolean }
  | { readonly kind: 'test'; readonly local: number; readonly relation: string; readonly limit: Test['limit'] }

/** What a round may add at most. */
const MAX_STEP = 2 ** 13

/** Relations, by what they are if the operands change places, and by what holds if they do not. */
const SWAPPED: Readonly<Record<string, string>> = {
  eq: 'eq',
  ne: 'ne',
  lt_s: 'gt_s',
  lt_u: 'gt_u',
  gt_s: 'lt_s',
  gt_u: 'lt_u',
  le_s: 'ge_s',
  le_u: 'ge_u',
  ge_s: 'le_s',
  ge_u: 'le_u',
}
const NEGATED: Readonly<Record<string, string>> = {
  eq: 'ne',
  ne: 'eq',
  lt_s: 'ge_s',
  lt_u: 'ge_u',
  gt_s: 'le_s',
  gt_u: 'le_u',
  le_s: 'gt_s',
  le_u: 'gt_u',
  ge_s: 'lt_s',
  ge_u: 'lt_u',
}

/** How far back instructions are remembered. What a loop is counted by is made of fewer. */
const RECENT = 8

/**
 * The last instructions in front of the one at hand. Few values matter, so none is followed until it is asked for: then the
 * instructions that make it are read backwards. A local that is read and then written on the way to one value is told as
 * if it had been read behind: it is no limit, since the loop writes it, and its old value no counter.
 */
export class Recent {
  readonly #cursor: Cursor
  readonly #codes = new Int32Array(RECENT)
  /** The local of those that have one; of constants, where they stand. */
  readonly #operands = new Int32Array(RECENT)
  #count = 0
  /** The first one that is certain to have run before. */
  #first = 0
  /** Where the instructions begin that make the value that was asked for last. */
  #start = 0

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** Control may have come from elsewhere. */
  forget(): void {
    this.#first = this.#count
  }

  /** The instruction at the cursor is no longer at hand. */
  add(code: number): void {
    const { at, index } = this.#cursor
    const slot = this.#count++ % RECENT
    this.#codes[slot] = code
    this.#operands[slot] = code === OP.i32Const || code === OP.i64Const ? at : index
  }

  /** What is known of the value on top of the operand stack. */
  top(): Term | undefined {
    return this.#value(this.#count - 1)
  }

  #value(at: number): Term | undefined {
    if (at < this.#first || at < this.#count - RECENT) return undefined
    const code = this.#codes[at % RECENT]!
    const operand = this.#operands[at % RECENT]!
    switch (code) {
      case OP.localGet:
        this.#start = at
        return { kind: 'local', local: operand }
      case OP.localTee: {
        const term = this.#value(at - 1)
        // A term that is made of the local says what it was before.
        return term !== undefined && mentions(term, operand) ? { kind: 'local', local: operand } : term
      }
      case OP.i32Const:
      case OP.i64Const: {
        this.#start = at
        const value = this.#cursor.smallConstant(operand)
        return value === undefined ? undefined : { kind: 'constant', value, wide: code === OP.i64Const }
      }
      case OP.i32Eqz:
      case OP.i64Eqz:
        return negate(this.#value(at - 1))
      default:
        return this.#operation(at, code)
    }
  }

  #operation(at: number, code: number): Term | undefined {
    if (!isKnown(code)) return undefined
    const right = this.#value(at - 1)
    if (right === undefined) return undefined
    const left = this.#value(this.#start - 1)
    return left && operate(code, left, right)
  }
}

/** Whether an operation is one that a loop may be counted by. */
function isKnown(code: number): boolean {
  return (
    (code >= OP.i32Eq && code <= OP.i32GeU) ||
    (code >= OP.i64Eq && code <= OP.i64GeU) ||
    code === OP.i32Add ||
    code === OP.i32Sub ||
    code === OP.i64Add ||
    code === OP.i64Sub
  )
}

/** A condition as the test that a loop goes on by: while it holds, or while it does not. Undefined if it is none. */
export function testOf(condition: Term | undefined, holds: boolean): Test | undefined {
  const term = holds ? condition : negate(condition)
  if (term?.kind === 'local') return { local: term.local, relation: 'ne', limit: { constant: 0 } }
  if (term?.kind !== 'test' || !isRelation(term.relation)) return undefined
  return { local: term.local, relation: term.relation, limit: term.limit }
}

/** A test of one local against another, as one of the other against it. */
export function swapped({ local, relation, limit }: Test): Test | undefined {
  if (!('local' in limit)) return undefined
  return { local: limit.local, relation: SWAPPED[relation] as Test['relation'], limit: { local } }
}

function isRelation(relation: string): relation is Test['relation'] {
  return relation === 'ne' || relation.startsWith('lt') || relation.startsWith('gt')
}

/** Whether a value is what it is by that of a local. */
function mentions(term: Term, local: number): boolean {
  return (
    term.kind !== 'constant' &&
    (term.local === local || (term.kind === 'test' && 'local' in term.limit && term.limit.local === local))
  )
}

/** The condition that holds if the other one does not. */
function negate(term: Term | undefined): Term | undefined {
  if (term?.kind === 'local') return { kind: 'test', local: term.local, relation: 'eq', limit: { constant: 0 } }
  return term?.kind === 'test' ? { ...term, relation: NEGATED[term.relation]! } : undefined
}

/** What is known of the result of such an operation. */
function operate(code: number, left: Term, right: Term): Term | undefined {
  const wide = (code >= OP.i64Eq && code <= OP.i64GeU) || code === OP.i64Add || code === OP.i64Sub
  if (code === OP.i32Add || code === OP.i64Add || code === OP.i32Sub || code === OP.i64Sub) {
    if (left.kind !== 'local' || right.kind !== 'constant' || right.value === 0 || Math.abs(right.value) > MAX_STEP)
      return undefined
    return {
      kind: 'sum',
      local: left.local,
      step: code === OP.i32Add || code === OP.i64Add ? right.value : -right.value,
      wide,
    }
  }
  const relation = INSTRUCTIONS[code]!.name.slice('i32.'.length)
  if (left.kind === 'local') {
    const limit =
      right.kind === 'local'
        ? { local: right.local }
        : right.kind === 'constant'
          ? { constant: right.value }
          : undefined
    return limit && { kind: 'test', local: left.local, relation, limit }
  }
  if (left.kind !== 'constant' || right.kind !== 'local') return undefined
  return { kind: 'test', local: right.local, relation: SWAPPED[relation]!, limit: { constant: left.value } }
}
