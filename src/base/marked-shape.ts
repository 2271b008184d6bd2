/** Reading maps and lists of foreign documents: as `shape.ts` does, and a float is no map. */
import type { CID } from 'multiformats/cid'
import { fieldIn } from './field.ts'
import { isFloat } from './float.ts'
import type { MarkedMap, MarkedValue } from './marked-value.ts'
import { isRecord, link, list, Misfit, record, text } from './shape.ts'

/** A map with these keys and no others. */
export function mapOf(
  value: unknown,
  field: string,
  required: readonly string[],
  optional: readonly string[] = [],
): MarkedMap {
  return record(openMap(value, field), field, required, optional) as MarkedMap
}

/** A map with any keys. */
export function openMap(value: unknown, field: string): MarkedMap {
  if (!isRecord(value) || isFloat(value)) throw new Misfit(field, 'a map')
  return value as MarkedMap
}

/** A list of values. */
export function listOf(value: unknown, field: string): readonly MarkedValue[] {
  return list(value, field) as readonly MarkedValue[]
}

/** A list of links. */
export function links(value: unknown, field: string): readonly CID[] {
  return list(value, field).map((item, index) => link(item, fieldIn(field, index)))
}

/** The text of a DID. */
export function did(value: unknown, field: string): string {
  const given = text(value, field)
  if (!/^did:[a-z0-9]+:[^\s]+$/.test(given)) throw new Misfit(field, 'a DID, such as did:key:z6Mk…')
  return given
}
