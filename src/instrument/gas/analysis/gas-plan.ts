/** The gas plan of a function: the result of the analysis of gas, which the passes carry out. */
import type { Schedule } from '../../../interface-profile.ts'
import type { Body } from '../../../wasm/module.ts'
import type { Endings } from '../../boundary/endings.ts'
import type { Placement } from './place-charges.ts'

/** The charges of a function, and its instructions as far as they say where the charges stand. */
export interface GasPlan extends Placement {
  /**
   * The reachable anchors and other steps (`STEP`) of the code, in order. binaryen's tree must contain each of them. Local
   * moves and constants are no steps, because binaryen may rearrange them.
   */
  readonly steps: Uint16Array
  /** For each metered block: the step that ends it. */
  readonly ends: readonly number[]
  /** In the precise mode, for each metered block: the offset in the module of the step that ends it. Empty in other modes. */
  readonly offsets: readonly number[]
  /**
   * For each metered block: true if its last instruction passes the remaining gas on as an operand, to a callee or to the
   * caller. The charge can then be subtracted from that operand, instead of in a statement at the beginning of the block.
   * False for all blocks if the counters live in globals.
   */
  readonly chargedAtEnd: readonly boolean[]
  /** True if the function contains a call, which may be a tail call. */
  readonly hasCalls: boolean
  /** True if the function contains a call that is no tail call: its frame stays active while the callee runs. */
  readonly hasReturningCalls: boolean
}

/** The price of entering a function (docs/spec/gas.md, GAS-5). */
export function entryPrice(body: Body, { entry }: Schedule): number {
  return entry.flat + entry.perUnit * body.localWords
}

/** Which calls can reach an import that may end the run: the part of `Endings` that the planner asks for. */
export type EndingCalls = Pick<Endings, 'reaches' | 'throughTables'>

/** For a module without an import that may end the run. */
export const NO_ENDINGS: EndingCalls = { reaches: () => false, throughTables: false }
