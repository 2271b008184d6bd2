/** Compares calls of small modules in text between the metered engine in all modes and the oracle. */
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
  /** The gas in addition to the price of instantiation. */
  readonly work?: bigint
  readonly pages?: number
  /** Host functions in addition to those of this library. */
  readonly host?: HostUnderTest
}

/**
 * Compares every call with the oracle under each profile: with enough gas, with exactly the used gas, with one unit
 * less, and with parts of it. Throws `Disagreement` if they differ. Returns the outcomes under the last profile, with a
 * `!` at the end if a growth was refused.
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
