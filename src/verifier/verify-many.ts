/** Verifies many claims, several at once. */
import type { CID } from 'multiformats/cid'
import { checkTime, deadline } from '../base/deadline.ts'
import { requireSignal, type Fault, type FaultCode } from '../base/fault.ts'
import { hostFault } from '../base/host-fault.ts'
import { onAbort } from '../base/on-abort.ts'
import { isRecord } from '../base/shape.ts'
import { count, fields, givenItems, withMethods } from '../base/usage.ts'
import type { UndecidedReason, Verdict } from '../interface.ts'
import { asTheyFinish } from './as-they-finish.ts'
import { cidOfClaim, type Claim } from './claim.ts'
import { givenBounds, readExpectation, type Expectation, type VerifierOptions, type VerifyOptions } from './options.ts'

/**
 * One of many claims. It is a claim alone, or a map with the claim, a store for its blocks and an expectation. Such a
 * map may have further fields, which belong to the caller.
 */
export type ClaimInput = Claim | NamedClaim

/** A claim with a store and an expectation of its own. */
export interface NamedClaim {
  /** The claim. */
  readonly claim: Claim
  /** The store that has the blocks of the claim. Default: the verifier's store. */
  readonly store?: VerifierOptions['store']
  /** The request to which the claim must belong. Default: the option `expect`. */
  readonly expect?: Expectation
}

/** The options of verifying many claims. Some are for each verification, and some for all of them. */
export interface VerifyManyOptions extends Omit<VerifyOptions, 'onStage'> {
  /**
   * The number of claims that are verified at the same time, at least 1. Default: twice the number of jobs that the
   * engine computes at once. Then each thread of the engine has a job while blocks are loaded for the next one.
   *
   * `timeoutMs` of a claim begins with its verification. So it includes the time for which the claim waits for a
   * thread.
   */
  readonly concurrency?: number
  /** The time limit of the whole iteration, in milliseconds from its first step. Default: no limit. */
  readonly totalTimeoutMs?: number
}

/**
 * The result of one of many claims. It is a verdict, or the fault for which there is no verdict. `'fault' in result`
 * distinguishes them.
 */
export type ClaimResult<C = ClaimInput> = {
  /** The position of the claim in the source, from 0. Results come in the order in which they are ready. */
  readonly index: number
  /** The claim as it was given. */
  readonly given: C
  /** The CID of the receipt or of the envelope that was given. It is undefined for an object that is not a receipt. */
  readonly receipt: CID | undefined
} & (Verdict | { readonly fault: Fault })

/** The numbers of results by kind. Kinds that have not occurred are absent from the maps. */
export interface Counts {
  /** All results. */
  readonly claims: number
  /** Claims that were reproduced. */
  readonly reproduced: number
  /** Claims that were refuted. */
  readonly refuted: number
  /** Claims that were not checked, by reason. */
  readonly undecided: Readonly<Partial<Record<UndecidedReason, number>>>
  /** Claims without a verdict, by the code of the fault. */
  readonly faults: Readonly<Partial<Record<FaultCode, number>>>
}

/** The results of many claims, which can be iterated once. */
export interface Verification<C = ClaimInput> extends AsyncIterable<ClaimResult<C>> {
  /** The counts of the results that have been taken so far. */
  readonly counts: Counts
}

/** The parts of a verifier that `verifyMany` uses. */
interface Means {
  readonly verify: (claim: Claim, options: VerifyOptions, store: VerifierOptions['store']) => Promise<Verdict>
  readonly store: VerifierOptions['store']
  /** The number of jobs that the engine computes at once. */
  readonly threads: number
}

/** Implements `Verifier.verifyMany`. */
export function verifyMany<C extends ClaimInput>(
  claims: Iterable<C> | AsyncIterable<C>,
  options: VerifyManyOptions,
  { verify, store, threads }: Means,
): Verification<C> {
  const { concurrency = 2 * threads, totalTimeoutMs, signal, expect = {}, timeoutMs } = fields(options, 'options')
  givenItems(claims, 'claims')
  requireSignal(signal)
  count(concurrency, 'concurrency', 1)
  checkTime(timeoutMs)
  checkTime(totalTimeoutMs, 'totalTimeoutMs')
  readExpectation(expect)
  const each = { expect, ...givenBounds(options) }
  const tally = new Tally()

  async function* verifyEach(): AsyncGenerator<ClaimResult<C>, void, undefined> {
    const { signal: total, clear } = deadline(signal, totalTimeoutMs)
    // This signal also fires when the caller ends the iteration early.
    const gone = new AbortController()
    const leave = onAbort(total, () => gone.abort(total.reason))
    if (total.aborted) gone.abort(total.reason)
    const work = async (given: C, index: number): Promise<ClaimResult<C>> => {
      const named: NamedClaim = isNamed(given) ? given : { claim: given as Claim }
      const receipt = cidOfClaim(named.claim)
      try {
        const source = named.store === undefined ? store : withMethods(named.store, 'store', ['get'])
        const asked = { ...each, ...(named.expect !== undefined && { expect: named.expect }), signal: gone.signal }
        return { index, given, receipt, ...(await verify(named.claim, asked, source)) }
      } catch (error) {
        return { index, given, receipt, fault: hostFault(error) }
      }
    }
    try {
      for await (const result of asTheyFinish(claims, work, { concurrency, signal: gone.signal })) {
        tally.add(result)
        yield result
      }
    } finally {
      leave()
      clear()
      gone.abort()
    }
  }

  const results = verifyEach()
  return {
    get counts() {
      return tally.counts()
    },
    [Symbol.asyncIterator]: () => results,
  }
}

/** Returns true if a claim is a map with a store or an expectation. A receipt has no field `claim`. */
function isNamed(given: ClaimInput): given is NamedClaim {
  return isRecord(given) && 'claim' in given
}

/** Counts the results by kind. */
class Tally {
  #reproduced = 0
  #refuted = 0
  readonly #undecided = new Map<UndecidedReason, number>()
  readonly #faults = new Map<FaultCode, number>()

  add(result: ClaimResult<unknown>): void {
    if ('fault' in result) increment(this.#faults, result.fault.code)
    else if (result.verdict === 'undecided') increment(this.#undecided, result.reason)
    else if (result.verdict === 'refuted') this.#refuted++
    else this.#reproduced++
  }

  counts(): Counts {
    const others = [...this.#undecided.values(), ...this.#faults.values()].reduce((sum, one) => sum + one, 0)
    return {
      claims: this.#reproduced + this.#refuted + others,
      reproduced: this.#reproduced,
      refuted: this.#refuted,
      undecided: Object.fromEntries(this.#undecided),
      faults: Object.fromEntries(this.#faults),
    }
  }
}

function increment<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
