import type { CID } from 'multiformats/cid'
import { deadline } from '../base/deadline.ts'
import { givenCid } from '../base/given-cid.ts'
import { isBytes } from '../base/realms.ts'
import { isRecord } from '../base/shape.ts'
import { count, fields, gas, givenList, withMethods } from '../base/usage.ts'
import { givenDid } from '../envelope/did-key.ts'
import { openEnvelope } from '../envelope/open.ts'
import { isEnvelope } from '../envelope/read.ts'
import { getBlock } from '../content/block.ts'
import { createMemoryStore } from '../content/memory-store.ts'
import type { ComputeOptions, Engine } from '../engine/engine.ts'
import { conclude } from '../executor/conclude.ts'
import { ProfileSet, type KnownProfile } from '../executor/profiles.ts'
import { MAX_BYTES, resolveTask } from '../executor/resolve.ts'
import type { Profile } from '../interface-profile.ts'
import type { BlockStore, Mismatch, Outcome, Receipt, RunLimits, UndecidedReason, Verdict } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { mismatches } from '../receipt/compare.ts'
import { checkLimits, decodeReceipt, encodeReceipt, ranOutOfGas } from '../receipt/receipt.ts'
import { decodeTask } from '../task/task.ts'

/** The parts of a verifier, the profiles that it trusts, and the greatest work that it does for a claim. */
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
   * The time after which `verify` ends with the fault `timeout`, in milliseconds. The time spent loading counts. More
   * than 0 and less than 2³¹. Default: 300 000. An inline engine cannot be interrupted while the guest runs.
   */
  readonly timeoutMs?: number
  /** The greatest size of a module, in bytes. Default: 64 MiB. */
  readonly maxModuleBytes?: number
  /**
   * The greatest total size of all parameters that are given by CID, in bytes. Each content counts once. The blocks that
   * a program reads of its files have the same bound of their own (docs/spec/wasi.md, WASI-29). Default: 64 MiB.
   */
  readonly maxParamBytes?: number
}

/**
 * The request to which a claim must belong. Without it, a claimant chooses the task, the profile and the limits: a true
 * receipt of another task than the requested one would be reproduced.
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
  /** The request. A claim for another one is undecided. */
  readonly expect?: Expectation
  /** Replaces the option of the verifier. */
  readonly maxGas?: bigint
  /** Replaces the option of the verifier. */
  readonly maxPages?: number
  /** Replaces the option of the verifier. */
  readonly timeoutMs?: number
}

/** Checks receipts by running their tasks again. */
export interface Verifier {
  /**
   * Runs the task of a receipt again, and compares the receipts. The claim's own fields are checked before anything is
   * loaded. Bounds limit what is loaded and computed (docs/spec/receipt.md, RECEIPT-22).
   *
   * The claim may also be an envelope with a signature, given by its bytes or by its CID. It is opened first (`openEnvelope`), and
   * the verdict names its signer.
   *
   * @throws Fault if this host cannot decide: `bad-receipt` for a receipt that does not decode, `bad-envelope` for an envelope whose
   *   signature does not hold or that does not agree with its receipt, `block-missing`, `engine-failed`, `timeout`, and others
   */
  verify(receipt: Receipt | CID | Uint8Array, options?: VerifyOptions): Promise<Verdict>
}

/** The default bounds on the work for a claim. */
export const VERIFY_DEFAULTS = { maxGas: 5n * 10n ** 12n, maxPages: 16_384, timeoutMs: 300_000 } as const

/**
 * Makes a verifier with a store and an engine. The caller has to close the engine.
 *
 * @throws Fault bad-usage for a wrong option; bad-profile for an invalid profile
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const {
    store,
    engine,
    profiles = [PROFILE_1],
    maxModuleBytes = MAX_BYTES,
    maxParamBytes = MAX_BYTES,
  } = fields(options, 'options')
  withMethods(store, 'store', ['get'])
  withMethods(engine, 'engine', ['compute'])
  count(maxModuleBytes, 'maxModuleBytes')
  count(maxParamBytes, 'maxParamBytes')
  const own = { ...VERIFY_DEFAULTS, ...given(options) }
  const trusted = new ProfileSet(givenList(profiles, 'profiles'))
  return {
    async verify(claim, asked = {}) {
      const { expect = {}, onStage } = fields(asked, 'options')
      const expected = readExpectation(expect)
      const ready = { ...own, ...given(asked) }
      const { signal, clear } = deadline(asked.signal, ready.timeoutMs)
      try {
        const { receipt, ...signed } = await readClaim(claim, store, signal)
        const known = trusted.find(receipt.meta.profile)
        const doubt = unexpectedSigner(signed, expected) ?? outside(receipt, expected, known, ready)
        if (doubt !== undefined) return { ...doubt, ...signed }
        const task = decodeTask(await getBlock(store, receipt.ran, { signal }))
        // The claimed gas is the limit of the run. A run that needs more refutes the claim.
        const limits = { gas: receipt.meta.gasUsed, pages: receipt.meta.limits.pages }
        const job = await resolveTask({ task, cid: receipt.ran }, limits, known!, store, {
          maxModuleBytes,
          maxParamBytes,
          signal,
        })
        return { ...(await verdictOf(receipt, await engine.compute(job, { signal, onStage }), known!)), ...signed }
      } finally {
        clear()
      }
    },
  }
}

/** The bounds on the work for a claim. */
type Ready = Required<Pick<VerifierOptions, 'maxGas' | 'maxPages' | 'timeoutMs'>>

/** The bounds that the options contain. Throws Fault('bad-usage') if one is not a number of its kind. */
function given({ maxGas, maxPages, timeoutMs }: Partial<Ready>): Partial<Ready> {
  if (maxGas !== undefined) gas(maxGas, 'maxGas')
  count(maxPages, 'maxPages')
  return {
    ...(maxGas !== undefined && { maxGas }),
    ...(maxPages !== undefined && { maxPages }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

/** A claim, and who has signed it, if anybody has. */
interface Claim extends Signed {
  readonly receipt: Receipt
}

interface Signed {
  readonly signer?: string
}

async function readClaim(
  claim: Receipt | CID | Uint8Array,
  store: Pick<BlockStore, 'get'>,
  signal: AbortSignal | undefined,
): Promise<Claim> {
  // Encoding and decoding checks the object as strictly as a block.
  if (!isBytes(claim) && isRecord(claim)) return { receipt: decodeReceipt(encodeReceipt(claim as Receipt).bytes) }
  const bytes = isBytes(claim) ? claim : await getBlock(store, givenCid(claim as CID, 'the receipt'), { signal })
  if (!isEnvelope(bytes)) return { receipt: decodeReceipt(bytes) }
  const { receipt, envelope } = await openEnvelope(store, bytes, { signal })
  return { receipt, ...(envelope.signer !== null && { signer: envelope.signer }) }
}

function unexpectedSigner({ signer }: Signed, expect: Expectation): Verdict | undefined {
  if (expect.signer === undefined || expect.signer === signer) return undefined
  return undecided('signer', 'signer', signer ?? null, expect.signer)
}

/** Checks an expectation, and converts its fields to the form that receipts have. */
function readExpectation(expect: Expectation): Expectation {
  const { signer, task, profile, limits } = fields(expect, 'expect')
  return {
    ...(signer !== undefined && { signer: givenDid(signer, 'expect.signer') }),
    ...(task !== undefined && { task: givenCid(task, 'expect.task') }),
    ...(profile !== undefined && { profile: givenCid(profile, 'expect.profile') }),
    ...(limits !== undefined && { limits: checkLimits(limits) }),
  }
}

/**
 * The verdict `undecided` for a claim outside the expectation or the bounds, else undefined. `reproduced` has the
 * expected value.
 */
function outside(
  { ran, meta }: Receipt,
  expect: Expectation,
  known: KnownProfile | undefined,
  { maxGas, maxPages }: Ready,
): Verdict | undefined {
  if (expect.task !== undefined && !ran.equals(expect.task)) return undecided('task', 'ran', ran, expect.task)
  if (expect.profile !== undefined && !meta.profile.equals(expect.profile))
    return undecided('profile', 'meta.profile', meta.profile, expect.profile)
  if (known === undefined) return undecided('profile', 'meta.profile', meta.profile, null)
  for (const name of ['gas', 'pages'] as const) {
    const asked = expect.limits?.[name]
    if (asked !== undefined && asked !== meta.limits[name])
      return undecided('limits', `meta.limits.${name}`, meta.limits[name], asked)
  }
  if (meta.gasUsed > maxGas) return undecided('gas', 'meta.gasUsed', meta.gasUsed, maxGas)
  const { pages } = meta.limits
  return pages > maxPages ? undecided('pages', 'meta.limits.pages', pages, maxPages) : undefined
}

function undecided(reason: UndecidedReason, field: string, claimed: unknown, expected: unknown): Verdict {
  return { verdict: 'undecided', reason, mismatches: [{ field, claimed, reproduced: expected }] }
}

async function verdictOf(claim: Receipt, outcome: Outcome, known: KnownProfile): Promise<Verdict> {
  const { meta } = claim
  // The task was loaded by this CID and verified by its hash, so the CID is the right one.
  const subject = { task: claim.ran, profile: known.profile, profileCid: known.cid, limits: meta.limits }
  const ranPast = 'error' in outcome.out && outcome.out.error.code === 'out-of-gas' && !ranOutOfGas(claim.out)
  const differing: Mismatch[] = ranPast
    ? [{ field: 'meta.gasUsed', claimed: meta.gasUsed, reproduced: `more than ${meta.gasUsed}` }]
    : mismatches(claim, await conclude(outcome, subject, createMemoryStore()))
  return differing.length === 0
    ? { verdict: 'reproduced', mismatches: [] }
    : { verdict: 'refuted', mismatches: differing }
}
