/** Values on the operand stack of a loop, as far as they matter to what ends it. */
import { INSTRUCTIONS, OP } from '../wasm/instructions.ts'

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

/** Powers of two up to 2¹³: what a round may add, so that rounds are counted without division. */
const STEPS: ReadonlySet<number> = /* @__PURE__ */ new Set(Array.from({ length: 14 }, (_, i) => 2 ** i))

/** Relations, by what they are if the operands change places, and by what holds if they do not. */
const SWAPPED: Readonly<Record<string, string>> = {
  eq: 'eq', ne: 'ne', lt_s: 'gt_s', lt_u: 'gt_u', gt_s: 'lt_s', gt_u: 'lt_u', le_s: 'ge_s', le_u: 'ge_u', ge_s: 'le_s', ge_u: 'le_u',
}
const NEGATED: Readonly<Record<string, string>> = {
  eq: 'ne', ne: 'eq', lt_s: 'ge_s', lt_u: 'ge_u', gt_s: 'le_s', gt_u: 'le_u', le_s: 'gt_s', le_u: 'gt_u', ge_s: 'lt_s', ge_u: 'lt_u',
}

const LOCAL_TERMS: Term[] = []

/** Most values that are read are those of a few locals. */
export function localTerm(local: number): Term {
  if (local >= 256) return { kind: 'local', local }
  return LOCAL_TERMS[local] ??= { kind: 'local', local }
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
export function mentions(term: Term, local: number): boolean {
  return term.kind !== 'constant' && (term.local === local || (term.kind === 'test' && 'local' in term.limit && term.limit.local === local))
}

/** The condition that holds if the other one does not. */
export function negate(term: Term | undefined): Term | undefined {
  if (term?.kind === 'local') return { kind: 'test', local: term.local, relation: 'eq', limit: { constant: 0 } }
  return term?.kind === 'test' ? { ...term, relation: NEGATED[term.relation]! } : undefined
}

/** What is known of the result of a binary instruction. */
export function operate(code: number, left: Term | undefined, right: Term | undefined): Term | undefined {
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
