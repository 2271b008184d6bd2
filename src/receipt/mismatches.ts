/** Finds the fields in which two receipts differ. */
import { CID } from 'multiformats/cid'
import { sameBytes } from '../base/dag-cbor.ts'
import { fieldIn } from '../base/field.ts'
import { isBytes } from '../base/realms.ts'
import { isMap, sortedKeys } from '../base/value.ts'
import type { Mismatch, Out, Receipt, Value } from '../interface.ts'
import { givenReceipt } from './receipt.ts'

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
