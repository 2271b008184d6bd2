/** Small modules in text, each call of which the metered engine in all modes and the oracle must see alike. */
import type { Profile } from '../../src/interface-profile.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import type { Value } from '../oracle/interpret.ts'
import { Agreement, type HostUnderTest } from '../properties/agreement.ts'
import { PROFILES } from '../properties/profiles.ts'
import { seenByOracle, subjectOf } from '../properties/seen.ts'
import { decode } from '../oracle/decode.ts'
import { instantiationPrice } from '../oracle/gas.ts'

/** A call and the bits of its arguments: numbers for i32 and f32, bigints for i64 and f64. */
export type Call = readonly [fun: string, ...args: Value[]]

export interface Options {
  readonly profiles?: readonly Profile[]
  /** Gas beyond the price of instantiation. */
  readonly work?: bigint
  readonly pages?: number
  /** Host functions beside our own. */
  readonly host?: HostUnderTest
}

/**
 * Holds every call against the oracle under each profile, with enough gas, with what was used, one less and parts of it.
 * Throws `Disagreement` where they differ. Gives what the calls came to under the last profile, with a `!` after it if a
 * growth was refused.
 */
export async function outcomesOf(wat: string, calls: readonly Call[], options: Options = {}): Promise<string[]> {
  const { profiles = PROFILES, work = 1_000_000n, pages = 8, host } = options
  const bytes = await assemble(wat)
  const agreement = new Agreement(host)
  let outcomes: string[] = []
  for (const profile of profiles) {
    const subject = subjectOf(bytes, profile)
    const gas = BigInt(instantiationPrice(decode(bytes), profile.schedule)) + work
    outcomes = []
    for (const [fun, ...args] of calls) {
      await agreement.check({ bytes, profile, fun, args, work, pages }, subject)
      const { out, growRefused } = seenByOracle(subject, { fun, args, gas, pages }, host?.functions)
      outcomes.push(growRefused ? `${out}!` : out)
    }
  }
  return outcomes
}
