/**
 * Reads maps and lists of documents of other systems. The functions are like those of `shape.ts`, and do not accept a
 * `Float` as a map.
 */
import type { CID } from 'multiformats/cid'
import { fieldIn } from './field.ts'
import { isFloat } from './float.ts'
import type { MarkedMap, MarkedValue } from './marked-value.ts'
import { isRecord, link, list, Misfit, record, text } from './shape.ts'

/** Returns a map that has all required keys, and no keys besides these and the optional ones. */
export function mapOf(
  value: unknown,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): MarkedMap {
  return record(openMap(value, field), field, required, optional) as MarkedMap
}

/** Returns a map with any keys. */
export function openMap(value: unknown, field: string): MarkedMap {
  if (!isRecord(value) || isFloat(value)) throw new Misfit(field, 'a map')
  return value as MarkedMap
}

/** Returns a list of values. */
export function listOf(value: unknown, field: string): readonly MarkedValue[] {
  return list(value, field) as readonly MarkedValue[]
}

/** Returns a list of links. */
export function links(value: unknown, field: string): readonly CID[] {
  return list(value, field).map((item, index) => link(item, fieldIn(field, index)))
}

/** Returns the text of a DID. */
export function did(value: unknown, field: string): string {
  const given = text(value, field)
  if (!/^did:[a-z0-9]+:[^\s]+$/.test(given)) throw new Misfit(field, 'a DID, such as did:key:z6Mk…')
  return given
}
