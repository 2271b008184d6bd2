import type { CID } from 'multiformats/cid'
import { deadline } from '../base/deadline.ts'
import { givenCid } from '../base/given-cid.ts'
import { isBytes } from '../base/realms.ts'
import { isRecord } from '../base/shape.ts'
import { count, fields, gas, givenList, having } from '../base/usage.ts'
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
  /** The `did:key` of who has to have signed the claim. A claim without a signature is not expected then. */
  readonly signer?: string
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

/** Checks receipts by running their tasks again. */
export interface Verifier {
  /**
   * Runs the task of a receipt again and compares. What the claim says of itself is checked before anything is loaded, and what
   * is loaded and computed is bounded (docs/spec/receipt.md, RECEIPT-22). Throws a `Fault` where this host cannot tell: a
   * receipt that does not decode (`bad-receipt`), a block that is missing, an engine that fails, a time that has passed
   * (`timeout`).
   *
   * The claim may also be an envelope with a signature, as its bytes or by its CID. It is opened first (`openEnvelope`), and the verdict
   * names its signer. One whose signature does not hold, or that does not agree with its receipt, is the fault `bad-envelope`.
   */
  verify(receipt: Receipt | CID | Uint8Array, options?: VerifyOptions): Promise<Verdict>
}

/** Defaults of what a claim may take. */
export const VERIFY_DEFAULTS = { maxGas: 5n * 10n ** 12n, maxPages: 16_384, timeoutMs: 300_000 } as const

/** A verifier over a store and an engine; the caller closes the engine. Throws Fault('bad-profile') for what is no profile. */
export function createVerifier(options: VerifierOptions): Verifier {
  const {
    store,
    engine,
    profiles = [PROFILE_1],
    maxModuleBytes = MAX_BYTES,
    maxParamBytes = MAX_BYTES,
  } = fields(options, 'options')
  having(store, 'store', ['get'])
  having(engine, 'engine', ['compute'])
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
        // The claimed gas bounds the work: running past it refutes the claim.
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

/** How much of a verifier's host a claim may take. */
type Ready = Required<Pick<VerifierOptions, 'maxGas' | 'maxPages' | 'timeoutMs'>>

/** Those of the options that are given. Throws Fault('bad-usage') where one is of another kind. */
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
  // What is no receipt, or contradicts itself, is no claim in any form.
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

/** What is expected, in the form in which receipts say it. */
function readExpectation(expect: Expectation): Expectation {
  const { signer, task, profile, limits } = fields(expect, 'expect')
  return {
    ...(signer !== undefined && { signer: givenDid(signer, 'expect.signer') }),
    ...(task !== undefined && { task: givenCid(task, 'expect.task') }),
    ...(profile !== undefined && { profile: givenCid(profile, 'expect.profile') }),
    ...(limits !== undefined && { limits: checkLimits(limits) }),
  }
}

/** Why a claim cannot be decided here, if it cannot; `reproduced` holds what was expected instead. */
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
  // A receipt names its task by the one CID that the task's bytes, which were hashed, have.
  const subject = { task: claim.ran, profile: known.profile, profileCid: known.cid, limits: meta.limits }
  const ranPast = 'error' in outcome.out && outcome.out.error.code === 'out-of-gas' && !ranOutOfGas(claim.out)
  const differing: Mismatch[] = ranPast
    ? [{ field: 'meta.gasUsed', claimed: meta.gasUsed, reproduced: `more than ${meta.gasUsed}` }]
    : mismatches(claim, await conclude(outcome, subject, createMemoryStore()))
  return differing.length === 0
    ? { verdict: 'reproduced', mismatches: [] }
    : { verdict: 'refuted', mismatches: differing }
}
