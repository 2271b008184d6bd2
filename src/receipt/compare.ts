/** Compares receipts: finds the fields in which two differ, and groups several claims for one task. */
import { CID } from 'multiformats/cid'
import { sameBytes } from '../base/dag-cbor.ts'
import { Fault } from '../base/fault.ts'
import { fieldIn } from '../base/field.ts'
import { isBytes } from '../base/realms.ts'
import { givenList } from '../base/usage.ts'
import { isMap, sortedKeys } from '../base/value.ts'
import type { Mismatch, Out, Receipt, RunLimits, Value } from '../interface.ts'
import { encodeReceipt, givenReceipt } from './receipt.ts'

/**
 * The fields in which a claim differs from its re-execution, in the order of the receipt: ran, out, then meta. The list
 * is empty if and only if both encode to the same bytes. If one of them lacks a field, its value there is `null`.
 *
 * @throws Fault bad-usage for an argument that is not an object; bad-receipt for a field that receipts do not have
 */
export function mismatches(claimed: Receipt, reproduced: Receipt): Mismatch[] {
  const [claim, found] = [givenReceipt(claimed, 'claimed'), givenReceipt(reproduced, 'reproduced')]
  const [a, b] = [claim.meta, found.meta]
  return [
    ...differing('ran', claim.ran, found.ran),
    ...outMismatches(claim.out, found.out),
    ...differing('meta.profile', a.profile, b.profile),
    ...differing('meta.limits.gas', a.limits.gas, b.limits.gas),
    ...differing('meta.limits.pages', a.limits.pages, b.limits.pages),
    ...differing('meta.gasUsed', a.gasUsed, b.gasUsed),
    ...differing('meta.peakPages', a.peakPages, b.peakPages),
    ...differing('meta.growRefused', a.growRefused, b.growRefused),
    ...differing('meta.logs', a.logs, b.logs),
  ]
}

function outMismatches(claimed: Out, reproduced: Out): Mismatch[] {
  if ('ok' in claimed && 'ok' in reproduced) return valueMismatches('out.ok', claimed.ok, reproduced.ok)
  if (!('error' in claimed && 'error' in reproduced)) return [{ field: 'out', claimed, reproduced }]
  const a: Readonly<Record<string, unknown>> = { ...claimed.error }
  const b: Readonly<Record<string, unknown>> = { ...reproduced.error }
  return ['kind', 'code', 'subject', 'offset'].flatMap(key => differing(`out.error.${key}`, a[key], b[key]))
}

/**
 * The differing parts of two values. Lists of the same length and maps with the same keys are compared part by part.
 */
function valueMismatches(field: string, a: Value, b: Value): Mismatch[] {
  const [left, right] = [partsOf(a), partsOf(b)]
  const alike =
    left.length > 0 && left.length === right.length && left.every(([key], index) => key === right[index]![0])
  if (!alike) return differing(field, a, b)
  return left.flatMap(([key, part], index) => valueMismatches(fieldIn(field, key), part, right[index]![1]))
}

/** The parts of a list or map in the order of dag-cbor; none for any other value. */
function partsOf(value: Value): (readonly [key: string | number, part: Value])[] {
  if (Array.isArray(value)) return [...(value as readonly Value[]).entries()]
  return isMap<CID>(value) ? sortedKeys(value).map(key => [key, value[key]!] as const) : []
}

function differing(field: string, claimed: unknown, reproduced: unknown): Mismatch[] {
  return same(claimed, reproduced) ? [] : [{ field, claimed: claimed ?? null, reproduced: reproduced ?? null }]
}

/**
 * Returns true if two fields are equal. Lists and maps are equal here only if both are empty; others are compared part
 * by part.
 */
function same(a: unknown, b: unknown): boolean {
  if (isBytes(a) && isBytes(b)) return sameBytes(a, b)
  const [cid, other] = [CID.asCID(a), CID.asCID(b)]
  if (cid !== null || other !== null) return cid?.equals(other) ?? false
  return a === b || (isEmpty(a) && isEmpty(b) && Array.isArray(a) === Array.isArray(b))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isBytes(value) && Object.keys(value).length === 0
}

// ── N claims ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A group of claims with the same receipt, byte for byte. */
export interface Agreement {
  /** The receipt. */
  readonly receipt: Receipt
  /** Its CID. */
  readonly cid: CID
  /** The indices of these claims in the given list. */
  readonly claims: readonly number[]
  /** The first field that differs from the first group; `null` for the first group itself. */
  readonly differs: Mismatch | null
}

/**
 * The claims under one profile and the same limits. Only such claims must agree.
 *
 * `standing` is `unanimous` if all claims agree, or there is only one; `majority` if the first group has more than half
 * of the claims; `plurality` if it is the largest, but has no more than half; and `tie` if another group has the same
 * size. The caller decides how many claims are enough. Agreement is not a proof; only re-execution is.
 */
export interface Contest {
  /** The profile of these claims. */
  readonly profile: CID
  /** The limits of these claims. */
  readonly limits: RunLimits
  /** The degree of agreement. */
  readonly standing: 'unanimous' | 'majority' | 'plurality' | 'tie'
  /** The groups, largest first. Groups of the same size are in the order of their first claims. */
  readonly groups: readonly Agreement[]
}

/** The result of comparing several claims for one task. */
export interface Comparison {
  /** The task of all claims. */
  readonly ran: CID
  /** The contests, in the order of their first claims. */
  readonly contests: readonly Contest[]
}

/**
 * Compares several claims for one task with one another, without running it.
 *
 * @throws Fault bad-receipt if there are none, if one is not a valid receipt, or if they are for different tasks;
 *   bad-usage for a wrong argument
 */
export function compare(receipts: readonly Receipt[]): Comparison {
  const [first] = givenList(receipts, 'receipts')
  if (first === undefined) throw new Fault('bad-receipt', 'there is no receipt to compare: give one or more')
  const contests = new Map<string, Claim[]>()
  for (const [index, given] of receipts.entries()) {
    const receipt = givenReceipt(given, `receipts[${index}]`)
    const { cid } = encodeReceipt(receipt)
    if (!receipt.ran.equals(first.ran)) {
      const message = `receipts of different tasks cannot be compared: 0 is of ${first.ran}, ${index} of ${receipt.ran}`
      throw new Fault('bad-receipt', message, { field: 'ran', index })
    }
    const { profile, limits } = receipt.meta
    addTo(contests, `${profile} ${limits.gas} ${limits.pages}`, { index, receipt, cid })
  }
  return { ran: first.ran, contests: [...contests.values()].map(contestOf) }
}

interface Claim {
  readonly index: number
  readonly receipt: Receipt
  readonly cid: CID
}

function contestOf(claims: readonly Claim[]): Contest {
  const byReceipt = new Map<string, Claim[]>()
  for (const claim of claims) addTo(byReceipt, claim.cid.toString(), claim)
  const ordered = [...byReceipt.values()].sort((a, b) => b.length - a.length)
  const [leading = [], second = []] = ordered
  const { receipt: leader } = leading[0]!
  const { profile, limits } = leader.meta
  const groups = ordered.map(group => {
    const { receipt, cid } = group[0]!
    const differs = mismatches(receipt, leader)[0] ?? null
    return { receipt, cid, claims: group.map(claim => claim.index), differs }
  })
  return { profile, limits, standing: standing(claims.length, leading.length, second.length), groups }
}

function standing(claims: number, leading: number, second: number): Contest['standing'] {
  if (leading === claims) return 'unanimous'
  if (leading === second) return 'tie'
  return leading * 2 > claims ? 'majority' : 'plurality'
}

function addTo(groups: Map<string, Claim[]>, key: string, claim: Claim): void {
  const group = groups.get(key)
  if (group === undefined) groups.set(key, [claim])
  else group.push(claim)
}
