/** The fields in which two receipts differ. */
import { CID } from 'multiformats/cid'
import { sameBytes } from '../base/dag-cbor.ts'
import { fieldIn } from '../base/field.ts'
import { isBytes } from '../base/realms.ts'
import { isMap, sortedKeys } from '../base/value.ts'
import type { Mismatch, Out, Receipt, Value } from '../interface.ts'
import { givenReceipt } from './receipt.ts'

/**
 * The fields in which a claim differs from its re-execution, in the order of the receipt: ran, out, then meta. Empty
 * exactly if both encode to the same bytes. A field that one of them lacks is `null` there. Throws Fault('bad-receipt') for a field
 * that no receipt has.
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

/** What differs in lists of one length, and in maps of the same keys, is looked for in them. */
function valueMismatches(field: string, a: Value, b: Value): Mismatch[] {
  const [left, right] = [partsOf(a), partsOf(b)]
  const alike =
    left.length > 0 && left.length === right.length && left.every(([key], index) => key === right[index]![0])
  if (!alike) return differing(field, a, b)
  return left.flatMap(([key, part], index) => valueMismatches(fieldIn(field, key), part, right[index]![1]))
}

/** The parts of a list or map in the order of its document; none of what is neither. */
function partsOf(value: Value): (readonly [key: string | number, part: Value])[] {
  if (Array.isArray(value)) return [...(value as readonly Value[]).entries()]
  return isMap<CID>(value) ? sortedKeys(value).map(key => [key, value[key]!] as const) : []
}

function differing(field: string, claimed: unknown, reproduced: unknown): Mismatch[] {
  return same(claimed, reproduced) ? [] : [{ field, claimed: claimed ?? null, reproduced: reproduced ?? null }]
}

/** Whether two fields are the same. Of lists and maps only empty ones are: those that are alike are looked into before. */
function same(a: unknown, b: unknown): boolean {
  if (isBytes(a) && isBytes(b)) return sameBytes(a, b)
  const [cid, other] = [CID.asCID(a), CID.asCID(b)]
  if (cid !== null || other !== null) return cid?.equals(other) ?? false
  return a === b || (isEmpty(a) && isEmpty(b) && Array.isArray(a) === Array.isArray(b))
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !isBytes(value) && Object.keys(value).length === 0
}
