/** What a verifier works with, what it expects, and what a claim may take of its host. */
import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import { count, fields, gas } from '../base/usage.ts'
import type { ComputeOptions, Engine } from '../engine/engine.ts'
import type { Profile } from '../interface-profile.ts'
import type { BlockStore, RunLimits } from '../interface.ts'
import { checkLimits } from '../receipt/receipt.ts'

/** What a verifier works with, trusts, and is ready to run. */
export interface VerifierOptions {
  /** Where receipt, task, module and arguments come from. Nothing is written to it. */
  readonly store: Pick<BlockStore, 'get'>
  /** Where tasks are run again. Whoever made it closes it. */
  readonly engine: Engine
  /** Profiles whose receipts are believed if they reproduce. Default: profile 1. */
  readonly profiles?: readonly Profile[]
  /** Most gas that a re-execution may take. Default 5 · 10¹². */
  readonly maxGas?: bigint
  /** Most pages of 64 KiB that a claim's limit may give to the guest. Default 16 384, which is 1 GiB. */
  readonly maxPages?: number
  /**
   * Milliseconds from the call of `verify` until it is given up, which is the fault `timeout`; loading counts. More than 0 and
   * less than 2³¹. Default 300 000. An inline engine does not see it while the guest runs.
   */
  readonly timeoutMs?: number
  /** Most bytes of a module that are loaded. Default 64 MiB. */
  readonly maxModuleBytes?: number
  /** Most bytes of all parameters that are given by CID, together; each content counts once. Default 64 MiB. */
  readonly maxParamBytes?: number
}

/** What the verifier expects of a claim: the claimant chose everything in it, the task and the limits included. */
export interface Expectation {
  /** The task that was asked for. */
  readonly task?: CID
  /** The profile that was asked for, by its document's CID. */
  readonly profile?: CID
  /** The limits that were asked for. */
  readonly limits?: RunLimits
}

/** What one verification expects and may take. */
export interface VerifyOptions extends ComputeOptions {
  /** What was asked for: a claim of anything else is undecided. */
  readonly expect?: Expectation
  /** Overrides the verifier's own. */
  readonly maxGas?: bigint
  /** Overrides the verifier's own. */
  readonly maxPages?: number
  /** Overrides the verifier's own. */
  readonly timeoutMs?: number
}

/** Defaults of what a claim may take. */
export const VERIFY_DEFAULTS = { maxGas: 5n * 10n ** 12n, maxPages: 16_384, timeoutMs: 300_000 } as const

/** How much of a verifier's host a claim may take. */
export type Ready = Required<Pick<VerifierOptions, 'maxGas' | 'maxPages' | 'timeoutMs'>>

/** Those of the options that are given. Throws Fault('bad-usage') where one is of another kind. */
export function givenBounds({ maxGas, maxPages, timeoutMs }: Partial<Ready>): Partial<Ready> {
  if (maxGas !== undefined) gas(maxGas, 'maxGas')
  count(maxPages, 'maxPages')
  return {
    ...(maxGas !== undefined && { maxGas }),
    ...(maxPages !== undefined && { maxPages }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

/** What is expected, in the form in which receipts say it. */
export function readExpectation(expect: Expectation): Expectation {
  const { task, profile, limits } = fields(expect, 'expect')
  return {
    ...(task !== undefined && { task: givenCid(task, 'expect.task') }),
    ...(profile !== undefined && { profile: givenCid(profile, 'expect.profile') }),
    ...(limits !== undefined && { limits: checkLimits(limits) }),
  }
}
