import { deadline } from '../base/deadline.ts'
import { count, fields, givenList, withMethods } from '../base/usage.ts'
import { getBlock } from '../content/block.ts'
import { createMemoryStore } from '../content/memory-store.ts'
import { conclude } from '../executor/conclude.ts'
import { ProfileSet, type KnownProfile } from '../executor/profiles.ts'
import { MAX_BYTES, resolveTask } from '../executor/resolve.ts'
import type { Mismatch, Outcome, Receipt, UndecidedReason, Verdict } from '../interface.ts'
import { PROFILE_1 } from '../profile/v1.ts'
import { mismatches } from '../receipt/mismatches.ts'
import { ranOutOfGas } from '../receipt/receipt.ts'
import { decodeTask } from '../task/task.ts'
import { readClaim, type Claim, type Signed } from './claim.ts'
import {
  givenBounds,
  readExpectation,
  VERIFY_DEFAULTS,
  type Expectation,
  type Ready,
  type VerifierOptions,
  type VerifyOptions,
} from './options.ts'
import { verifyMany, type ClaimInput, type Verification, type VerifyManyOptions } from './verify-many.ts'

/** Checks receipts by running their tasks again. */
export interface Verifier {
  /**
   * Runs the task of a receipt again, and compares the receipts. The fields of the claim are checked before anything is
   * loaded. Bounds limit the work of loading and computing (docs/spec/receipt.md, RECEIPT-22).
   *
   * The claim may also be a signed envelope, given by its bytes or by its CID. It is opened first (`openEnvelope`), and
   * the verdict names its signer.
   *
   * @throws Fault if this host cannot decide: `bad-receipt` for a receipt that does not decode; `bad-envelope` for an
   *   envelope with a wrong signature, or one that contradicts its receipt; `block-missing`, `engine-failed`,
   *   `timeout`, and others
   */
  verify(receipt: Claim, options?: VerifyOptions): Promise<Verdict>
  /**
   * Verifies several claims at once, and yields each result as soon as it is ready. A result is a verdict, or the fault
   * for which there is no verdict. A fault of one claim does not affect the others. A claim is read when there is room
   * for it, and nothing of it is kept after its result was taken. If the iteration is ended early, verifications that
   * have begun are given up.
   *
   * The iteration itself throws in three cases: `signal` fires (fault `aborted`), `totalTimeoutMs` has passed
   * (`timeout`), or the source of the claims throws. In the last case, it first yields the results of the claims that
   * were read.
   */
  verifyMany<C extends ClaimInput>(claims: Iterable<C> | AsyncIterable<C>, options?: VerifyManyOptions): Verification<C>
}

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
  const own = { ...VERIFY_DEFAULTS, ...givenBounds(options) }
  const trusted = new ProfileSet(givenList(profiles, 'profiles'))
  const verify = async (claim: Claim, asked: VerifyOptions, source: VerifierOptions['store']): Promise<Verdict> => {
    const { expect = {}, onStage } = fields(asked, 'options')
    const expected = readExpectation(expect)
    const ready = { ...own, ...givenBounds(asked) }
    const { signal, clear } = deadline(asked.signal, ready.timeoutMs)
    try {
      const { receipt, signed } = await readClaim(source, claim, { signal })
      const known = trusted.find(receipt.meta.profile)
      const doubt = unexpectedSigner(signed, expected) ?? outside(receipt, expected, known, ready)
      if (doubt !== undefined) return { ...doubt, ...signed }
      const task = decodeTask(await getBlock(source, receipt.ran, { signal }))
      // The claimed gas is the limit of the run. A run that needs more refutes the claim.
      const limits = { gas: receipt.meta.gasUsed, pages: receipt.meta.limits.pages }
      const bounds = { maxModuleBytes, maxParamBytes, signal }
      const job = await resolveTask({ task, cid: receipt.ran }, limits, known!, source, bounds)
      return { ...(await verdictOf(receipt, await engine.compute(job, { signal, onStage }), known!)), ...signed }
    } finally {
      clear()
    }
  }
  return {
    verify: (claim, asked = {}) => verify(claim, asked, store),
    verifyMany: (claims, asked = {}) => verifyMany(claims, asked, { verify, store, threads: engine.concurrency ?? 1 }),
  }
}

function unexpectedSigner({ signer }: Signed, expect: Expectation): Verdict | undefined {
  if (expect.signer === undefined || expect.signer === signer) return undefined
  return undecided('signer', 'signer', signer ?? null, expect.signer)
}

/**
 * Returns the verdict `undecided` for a claim that exceeds the bounds or does not meet the expectation, and undefined
 * for all others. In the mismatch of the verdict, `reproduced` is the expected value.
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
  // The task was loaded by this CID, and its hash was checked. So this is the CID that a receipt must name.
  const subject = { task: claim.ran, profile: known.profile, profileCid: known.cid, limits: meta.limits }
  const ranPast = 'error' in outcome.out && outcome.out.error.code === 'out-of-gas' && !ranOutOfGas(claim.out)
  const differing: Mismatch[] = ranPast
    ? [{ field: 'meta.gasUsed', claimed: meta.gasUsed, reproduced: `more than ${meta.gasUsed}` }]
    : mismatches(claim, await conclude(outcome, subject, createMemoryStore()))
  return differing.length === 0
    ? { verdict: 'reproduced', mismatches: [] }
    : { verdict: 'refuted', mismatches: differing }
}
