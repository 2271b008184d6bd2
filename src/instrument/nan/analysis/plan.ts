/**
 * Plans which NaNs of a function are made canonical, and where, so that no run can observe a NaN that is not.
 *
 * A fresh NaN is one that an instruction produces; its bits depend on the processor. It needs the canonical form only if its
 * value reaches an instruction that observes the bits. Some instructions do not: arithmetic and comparisons of the same lane
 * shape, and truncations. Their results depend on whether an operand is a NaN, but not on its bits. We call them blind.
 *
 * The analysis follows def-use chains (`build-flow.ts`). An operand has one use. A value in a local has the uses of every
 * `local.get` that it reaches; the result of a block has the use of the instruction that pops it. Chains are followed for each
 * definition, since compilers give one local to many values (`value-flow.ts`).
 *
 * An observed NaN can be made canonical at its definition, or at a sink. A sink is an instruction through which the bits of an
 * operand escape, and that can make the operand canonical first: a store, a return, and the end of the body. For example, a
 * loop may carry a sum that is stored after the loop. The NaN is then made canonical at the store, which runs once, and not
 * at the addition. This is allowed only if the value can be nothing but a number or a fresh NaN. A NaN that was loaded, passed
 * as an argument or written as a constant must keep its bits. A value that may be such a NaN is made canonical where its fresh
 * NaNs are produced.
 *
 * Why this is right. Making a NaN canonical changes no number. A NaN that keeps the processor's bits reaches blind instructions
 * alone. Their results are the same numbers as with canonical bits, or fresh NaNs, to which the same applies. By induction,
 * every value whose bits are observed has the bits of the deterministic profile (PROFILE-14).
 */
import type { Body, Module } from '../../../wasm/module.ts'
import type { FunctionType } from '../../../wasm/types.ts'
import { buildFlow, type FunctionFlow, type SinkId } from './build-flow.ts'
import { EXACT_BITS } from './value-flow.ts'

export interface NanPlan {
  /** For each reachable instruction that produces NaNs, in code order: whether it makes them canonical. */
  readonly producers: readonly boolean[]
  /** The sinks that make an operand canonical, each with the operand's lane shape as a bit of `SHAPE`. */
  readonly sinks: ReadonlyMap<SinkId, number>
  /** True if any of these producers and sinks is in a loop. */
  readonly inLoop: boolean
}

/**
 * Plans one body, in time that is bounded by a multiple of its size. For a body that would take more, all NaNs are made
 * canonical where they are produced.
 */
export function planNan(module: Module, body: Body, type: FunctionType): NanPlan {
  const code = buildFlow(module, body, type)
  const { flow, producers, sinkUses } = code
  const sinks = chooseSinks(code)
  const isObserved = (node: number): boolean => flow.gaveUp || flow.isObserved(node)
  const producedInLoop = producers.some(node => isObserved(node) && flow.depthOf(node) > 0)
  if (flow.gaveUp) return { producers: producers.map(isObserved), sinks: new Map(), inLoop: producedInLoop }
  return {
    producers: producers.map(isObserved),
    sinks,
    inLoop: producedInLoop || sinkUses.some(({ sink, depth }) => depth > 0 && sinks.has(sink)),
  }
}

/**
 * Chooses the sinks that make their operand canonical: those that are in fewer loops than some definition of the operand,
 * unless other uses make all of its definitions canonical anyway. The other operands of sinks are demanded to have exact bits.
 */
function chooseSinks({ flow, sinkUses }: FunctionFlow): Map<SinkId, number> {
  const sinks = new Map<SinkId, number>()
  const candidates = sinkUses.flatMap(use => {
    const fresh = flow.freshDefinitions(use.node)
    if (fresh === undefined) flow.demand(use.node, EXACT_BITS)
    return fresh === undefined ? [] : [{ ...use, ...fresh }]
  })
  for (const { sink, node, depth, shape, definitions } of candidates) {
    const raw = definitions.filter(definition => !flow.isObserved(definition))
    if (raw.length === 0) continue
    if (raw.some(definition => flow.depthOf(definition) > depth)) sinks.set(sink, shape)
    else flow.demand(node, EXACT_BITS)
  }
  return sinks
}
