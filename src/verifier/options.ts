/** The options of a verifier and of a verification, with their checks. */
import type { CID } from 'multiformats/cid'
import { givenCid } from '../base/given-cid.ts'
import { count, fields, gas } from '../base/usage.ts'
import type { ComputeOptions, Engine } from '../engine/engine.ts'
import { givenDid } from '../envelope/did-key.ts'
import type { Profile } from '../interface-profile.ts'
import type { BlockStore, RunLimits } from '../interface.ts'
import { checkLimits } from '../receipt/receipt.ts'

/** The options of a verifier: its parts, the profiles that it trusts, and bounds on the work for one claim. */
export interface VerifierOptions {
  /** The store from which receipts, tasks, modules and parameters are loaded. Nothing is written to it. */
  readonly store: Pick<BlockStore, 'get'>
  /** The engine that runs tasks again. The verifier does not close it. */
  readonly engine: Engine
  /** The trusted profiles. A claim under any other profile is undecided. Default: profile 1. */
  readonly profiles?: readonly Profile[]
  /** The greatest amount of gas that a claim may have used. Default: 5 · 10¹². */
  readonly maxGas?: bigint
  /** The greatest limit on pages that a claim may have, in pages of 64 KiB. Default: 16 384, which is 1 GiB. */
  readonly maxPages?: number
  /**
   * The time after which `verify` ends with the fault `timeout`, in milliseconds. The time for loading counts. More
   * than 0 and less than 2³¹. Default: 300 000. An inline engine cannot be interrupted while the guest runs.
   */
  readonly timeoutMs?: number
  /** The greatest size of a module, in bytes. Default: 64 MiB. */
  readonly maxModuleBytes?: number
  /**
   * The greatest total size of all parameters that are given by CID, in bytes. Each content counts once. The blocks
   * that a program reads of its files have the same bound of their own (docs/spec/wasi.md, WASI-29). Default: 64 MiB.
   */
  readonly maxParamBytes?: number
}

/**
 * The request to which a claim must belong. Without it, the claimant chooses the task, the profile and the limits. For
 * example, a true receipt of another task would be reproduced, although nobody asked for that task.
 */
export interface Expectation {
  /** The `did:key` that must have signed the claim. If it is given, a claim without a signature is undecided. */
  readonly signer?: string
  /** The requested task. */
  readonly task?: CID
  /** The CID of the requested profile. */
  readonly profile?: CID
  /** The requested limits. */
  readonly limits?: RunLimits
}

/** The options of one verification. */
export interface VerifyOptions extends ComputeOptions {
  /** The request. A claim that belongs to another request is undecided. */
  readonly expect?: Expectation
  /** Replaces the option of the verifier. */
  readonly maxGas?: bigint
  /** Replaces the option of the verifier. */
  readonly maxPages?: number
  /** Replaces the option of the verifier. */
  readonly timeoutMs?: number
}

/** The default bounds on the work for a claim. */
export const VERIFY_DEFAULTS = { maxGas: 5n * 10n ** 12n, maxPages: 16_384, timeoutMs: 300_000 } as const

/** The bounds on the work for a claim. */
export type Ready = Required<Pick<VerifierOptions, 'maxGas' | 'maxPages' | 'timeoutMs'>>

/**
 * Checks the bounds among the options, and returns them.
 *
 * @throws Fault bad-usage for a bound that is not a valid number
 */
export function givenBounds({ maxGas, maxPages, timeoutMs }: Partial<Ready>): Partial<Ready> {
  if (maxGas !== undefined) gas(maxGas, 'maxGas')
  count(maxPages, 'maxPages')
  return {
    ...(maxGas !== undefined && { maxGas }),
    ...(maxPages !== undefined && { maxPages }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

/** Checks an expectation, and converts its fields to the form that receipts have. */
export function readExpectation(expect: Expectation): Expectation {
  const { signer, task, profile, limits } = fields(expect, 'expect')
  return {
    ...(signer !== undefined && { signer: givenDid(signer, 'expect.signer') }),
    ...(task !== undefined && { task: givenCid(task, 'expect.task') }),
    ...(profile !== undefined && { profile: givenCid(profile, 'expect.profile') }),
    ...(limits !== undefined && { limits: checkLimits(limits) }),
  }
}
