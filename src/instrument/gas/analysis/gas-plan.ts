import type { Schedule } from '../../../interface-profile.ts'
import type { Body } from '../../../wasm/module.ts'
import type { Endings } from '../../boundary/endings.ts'
import type { Placed } from './place-charges.ts'

/** What a function charges, and between which of its instructions. */
export interface GasPlan extends Placed {
  /**
   * Reachable anchors in order: instructions that binaryen's tree must hold one by one, and the steps above.
   * Not among them: local moves, constants, and what is free and leaves no trace.
   */
  readonly steps: Uint16Array
  /** The code of the step that each metered block ends with. */
  readonly ends: readonly number[]
  /** In the precise mode: where in the module that step stands, in bytes. Empty in the others. */
  readonly offsets: readonly number[]
  /** In the fast mode, of each metered block: whether it can be charged with the gas that is handed on at its end. */
  readonly handsOn: readonly boolean[]
  /** Whether the code calls anything that runs guest code, tail calls included; and whether it waits for any of it. */
  readonly calls: boolean
  readonly waits: boolean
}

/** What entering a function costs (docs/spec/gas.md, GAS-5). */
export function entryPrice(body: Body, { entry }: Schedule): number {
  return entry.flat + entry.perUnit * body.localWords
}

/** Which calls may lead to where a host function ends the run, as `Endings` tells of a module. */
export type EndingCalls = Pick<Endings, 'reaches' | 'throughTables'>

/** No call leads there. */
export const NO_ENDINGS: EndingCalls = { reaches: () => false, throughTables: false }
