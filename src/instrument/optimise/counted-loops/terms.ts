/**
 * Symbolic values of operands in a loop, as far as a loop's trip count can depend on them. For example, after
 *
 *     local.get $i   i32.const 1   i32.add   local.tee $i   local.get $n   i32.lt_s
 *
 * the top of the operand stack is the test `$i < $n`.
 */
import { INSTRUCTIONS, OP } from '../../../wasm/instructions.ts'

/** The condition on which a loop goes on: a comparison of a local with a limit. */
export interface Test {
  readonly local: number
  readonly relation: 'ne' | 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u'
  readonly limit: { readonly local: number } | { readonly constant: number }
}

/**
 * A symbolic value: a local, a constant, a local plus a constant (`step`), or a comparison. `wide` says that it is an i64.
 */
export type Term =
  | { readonly kind: 'local'; readonly local: number }
  | { readonly kind: 'constant'; readonly value: number; readonly wide: boolean }
  | { readonly kind: 'sum'; readonly local: number; readonly step: number; readonly wide: boolean }
  | { readonly kind: 'test'; readonly local: number; readonly relation: string; readonly limit: Test['limit'] }

/** The greatest step by which an induction variable may change in an iteration. */
const MAX_STEP = 2 ** 13

/** For each relation R, the relation S for which a R b is the same as b S a. */
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

/** For each relation R, the relation S for which a S b holds if a R b does not. */
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

/** True if an instruction is a comparison, an addition or a subtraction of integers. */
export function isBinaryOperation(code: number): boolean {
  return (
    (code >= OP.i32Eq && code <= OP.i32GeU) ||
    (code >= OP.i64Eq && code <= OP.i64GeU) ||
    code === OP.i32Add ||
    code === OP.i32Sub ||
    code === OP.i64Add ||
    code === OP.i64Sub
  )
}

/**
 * The test by which a loop goes on while a condition holds, or while it does not hold (`continuesIf` is false). Undefined if
 * the condition is no such test. A local as a condition is compared with zero.
 */
export function testOf(condition: Term | undefined, continuesIf: boolean): Test | undefined {
  const term = continuesIf ? condition : negate(condition)
  if (term?.kind === 'local') return { local: term.local, relation: 'ne', limit: { constant: 0 } }
  if (term?.kind !== 'test' || !isRelation(term.relation)) return undefined
  return { local: term.local, relation: term.relation, limit: term.limit }
}

/** The same test with its two locals swapped; undefined if the limit is a constant. */
export function swapped({ local, relation, limit }: Test): Test | undefined {
  if (!('local' in limit)) return undefined
  return { local: limit.local, relation: SWAPPED[relation] as Test['relation'], limit: { local } }
}

function isRelation(relation: string): relation is Test['relation'] {
  return relation === 'ne' || relation.startsWith('lt') || relation.startsWith('gt')
}

/** True if a symbolic value depends on a local. */
export function reads(term: Term, local: number): boolean {
  return (
    term.kind !== 'constant' &&
    (term.local === local || (term.kind === 'test' && 'local' in term.limit && term.limit.local === local))
  )
}

/** The logical negation of a condition; undefined if the value is no condition. */
export function negate(term: Term | undefined): Term | undefined {
  if (term?.kind === 'local') return { kind: 'test', local: term.local, relation: 'eq', limit: { constant: 0 } }
  return term?.kind === 'test' ? { ...term, relation: NEGATED[term.relation]! } : undefined
}

/** The result of an operation of `isBinaryOperation`; undefined if it has no symbolic form. */
export function binaryOperation(code: number, left: Term, right: Term): Term | undefined {
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
