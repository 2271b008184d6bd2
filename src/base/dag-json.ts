/** The JSON form of documents: dag-json, which can represent links, bytes and 64-bit integers. */
import { decode, encode } from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { Fault } from './fault.ts'
import { shortageOf } from './host-fault.ts'
import { plainDagJson } from './plain-dag-json.ts'
import { isBytes, isPlainObject, messageOf, plain } from './realms.ts'
import { badUsage } from './usage.ts'

/**
 * Writes a receipt, a task, or any other value of the IPLD data model as one line of dag-json. `JSON.stringify` cannot
 * write such values. A CID becomes `{"/": "bafy…"}`, bytes become `{"/": {"bytes": "base 64"}}`, integers keep all
 * digits, and keys are sorted. Fields that are `undefined` are left out.
 *
 * Source: https://ipld.io/specs/codecs/dag-json/spec/
 *
 * @throws Fault bad-json for a value that dag-json cannot represent: a function, NaN, an infinity, an object of a class
 */
export function toDagJson(value: unknown): string {
  try {
    return plainDagJson(value) ?? new TextDecoder().decode(encode(withoutUndefined(value)))
  } catch (error) {
    throw notJson('the value has no form in dag-json', error)
  }
}

/**
 * Reads a value from dag-json: the inverse of `toDagJson`. Integers from −(2⁵³ − 1) to 2⁵³ − 1 become numbers, all
 * others bigints. `encodeReceipt` and `encodeTask` accept both.
 *
 * @throws Fault bad-json if the text is not dag-json; bad-usage if the argument is not text
 */
export function fromDagJson(text: string): unknown {
  if (typeof text !== 'string') throw badUsage('dag-json', 'text', text)
  try {
    return decode(new TextEncoder().encode(text))
  } catch (error) {
    throw notJson('the text is not dag-json', error)
  }
}

/**
 * The fault for an error of the codec. If the stack overflowed, the value is nested too deeply or contains itself: the
 * stack of every host is large enough for the 64 levels of a document.
 */
function notJson(what: string, error: unknown): Fault {
  const shortage = error instanceof RangeError ? shortageOf(error) : undefined
  if (shortage?.code === 'host-memory') return shortage
  const reason = shortage === undefined ? messageOf(error) : 'it is nested too deeply'
  return new Fault('bad-json', `${what}: ${reason}`, {}, error)
}

/**
 * The value in the form that the encoder needs. The encoder fails at `undefined`. It writes any object of a class, even
 * bytes of another realm, as a map of its fields. It writes a map whose only key is `/` as a link.
 */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  if (isBytes(value)) return plain(value)
  const cid = CID.asCID(value)
  if (cid !== null) return cid
  if (!isPlainObject(value)) throw new Error('it contains an object of a class, other than bytes and CIDs')
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  if (entries.length === 1 && entries[0]![0] === '/')
    throw new Error('a map whose only key is / would be read as a link')
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUndefined(item)]))
}
