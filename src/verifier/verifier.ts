import type { CID } from 'multiformats/cid'
import { getBlock } from '../content/block.ts'
import { createMemoryStore } from '../content/memory-store.ts'
import type { ComputeOptions, Engine } from '../engine/engine.ts'
import { conclude } from '../executor/conclude.ts'
import { ProfileSet, type KnownProfile } from '../executor/profiles.ts'
import { resolveTask } from '../executor/resolve.ts'
import type { BlockStore, Mismatch, Outcome, Profile, Receipt, RunLimits, UndecidedReason, Verdict } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { mismatches } from '../receipt/compare.ts'
import { decodeReceipt, encodeReceipt, ranOutOfGas } from '../receipt/receipt.ts'
import { decodeTask } from '../task/task.ts'

export interface VerifierOptions {
  /** Where receipt, task, module and arguments come from. Nothing is written to it. */
  readonly store: Pick<BlockStore, 'get'>
  readonly engine: Engine
  /** Profiles whose receipts are believed if they reproduce. Default: profile 1. */
  readonly profiles?: readonly Profile[]
  /** Most gas that a re-execution may take. Default 5 · 10¹². */
  readonly maxGas?: bigint
  readonly maxModuleBytes?: number
  readonly maxParamBytes?: number
}

/** What the verifier expects of a claim: the claimant chose everything in it, the task and the limits included. */
export interface Expectation {
  readonly task?: CID
  readonly profile?: CID
  readonly limits?: RunLimits
}

export interface VerifyOptions extends ComputeOptions {
  readonly expect?: Expectation
  /** Overrides the verifier's own. */
  readonly maxGas?: bigint
}

export interface Verifier {
  /**
   * Runs the task of a receipt again and compares. Throws a `Fault` where this host cannot tell: a receipt that does not
   * decode (`bad-receipt`), a block that is missing, an engine that fails.
   */
  verify(receipt: Receipt | CID | Uint8Array, options?: VerifyOptions): Promise<Verdict>
}

const MOST_BYTES = 64 * 1024 * 1024

export function createVerifier(options: VerifierOptions): Verifier {
  const { store, engine, profiles = [PROFILE_1], maxGas = 5n * 10n ** 12n, maxModuleBytes = MOST_BYTES, maxParamBytes = MOST_BYTES } = options
  const trusted = new ProfileSet(profiles)
  return {
    async verify(claim, { expect = {}, maxGas: most = maxGas, signal, onStage } = {}) {
      const receipt = await readClaim(claim, store, signal)
      const known = trusted.find(receipt.meta.profile)
      const doubt = outside(receipt, expect, known, most)
      if (doubt !== undefined) return doubt
      const task = decodeTask(await getBlock(store, receipt.ran, { signal }))
      // The claimed gas bounds the work: running past it refutes the claim.
      const limits = { gas: receipt.meta.gasUsed, pages: receipt.meta.limits.pages }
      const job = await resolveTask(task, limits, known!, store, { maxModuleBytes, maxParamBytes, signal })
      return judge(receipt, await engine.compute(job, { signal, onStage }), known!)
    },
  }
}

async function readClaim(claim: Receipt | CID | Uint8Array, store: Pick<BlockStore, 'get'>, signal: AbortSignal | undefined): Promise<Receipt> {
  if (claim instanceof Uint8Array) return decodeReceipt(claim)
  // What is no receipt, or contradicts itself, is no claim in any form.
  if ('meta' in claim) return decodeReceipt(encodeReceipt(claim).bytes)
  return decodeReceipt(await getBlock(store, claim, { signal }))
}

/** Why a claim cannot be decided here, if it cannot; `reproduced` holds what was expected instead. */
function outside({ ran, meta }: Receipt, expect: Expectation, known: KnownProfile | undefined, maxGas: bigint): Verdict | undefined {
  if (expect.task !== undefined && !ran.equals(expect.task)) return undecided('task', 'ran', ran, expect.task)
  if (expect.profile !== undefined && !meta.profile.equals(expect.profile)) return undecided('profile', 'meta.profile', meta.profile, expect.profile)
  if (known === undefined) return undecided('profile', 'meta.profile', meta.profile, null)
  for (const name of ['gas', 'pages'] as const) {
    const asked = expect.limits?.[name]
    if (asked !== undefined && asked !== meta.limits[name]) return undecided('limits', `meta.limits.${name}`, meta.limits[name], asked)
  }
  return meta.gasUsed > maxGas ? undecided('gas', 'meta.gasUsed', meta.gasUsed, maxGas) : undefined
}

function undecided(reason: UndecidedReason, field: string, claimed: unknown, expected: unknown): Verdict {
  return { verdict: 'undecided', reason, mismatches: [{ field, claimed, reproduced: expected }] }
}

async function judge(claim: Receipt, outcome: Outcome, known: KnownProfile): Promise<Verdict> {
  const { meta } = claim
  // A receipt names its task by the one CID that the task's bytes, which were hashed, have.
  const subject = { task: claim.ran, profile: known.profile, profileCid: known.cid, limits: meta.limits }
  const ranPast = 'error' in outcome.out && outcome.out.error.code === 'out-of-gas' && !ranOutOfGas(claim.out)
  const differing: Mismatch[] = ranPast
    ? [{ field: 'meta.gasUsed', claimed: meta.gasUsed, reproduced: `more than ${meta.gasUsed}` }]
    : mismatches(claim, await conclude(outcome, subject, createMemoryStore()))
  return differing.length === 0 ? { verdict: 'reproduced', mismatches: [] } : { verdict: 'refuted', mismatches: differing }
}
