/** The JSON form of documents: dag-json, which has a form for links, bytes and integers of 64 bits. */
import { decode, encode } from '@ipld/dag-json'
import { CID } from 'multiformats/cid'
import { Fault } from './fault.ts'
import { shortageOf } from './host-fault.ts'
import { plainDagJson } from './plain-dag-json.ts'
import { isBytes, isPlainObject, messageOf, plain } from './realms.ts'
import { badUsage } from './usage.ts'

/**
 * A receipt, a task, or any other value of the IPLD data model as one line of dag-json, where `JSON.stringify` throws: a CID is
 * `{"/": "bafy…"}`, bytes are `{"/": {"bytes": "base 64"}}`, integers have all their digits, and keys are sorted. Fields that
 * are `undefined` are left out.
 *
 * Source: https://ipld.io/specs/codecs/dag-json/spec/
 *
 * @throws Fault bad-json for what dag-json cannot say: functions, NaN, infinities, objects of classes
 */
export function toDagJson(value: unknown): string {
  try {
    return plainDagJson(value) ?? new TextDecoder().decode(encode(withoutUndefined(value)))
  } catch (error) {
    throw notJson('the value has no form in dag-json', error)
  }
}

/**
 * The value that a text of dag-json stands for: the inverse of `toDagJson`. Integers are numbers where a number holds them
 * exactly, and bigints beyond; `encodeReceipt` and `encodeTask` take both, and check the form.
 *
 * @throws Fault bad-json; bad-usage for what is no text
 */
export function fromDagJson(text: string): unknown {
  if (typeof text !== 'string') throw badUsage('dag-json', 'text', text)
  try {
    return decode(new TextEncoder().encode(text))
  } catch (error) {
    throw notJson('the text is no dag-json', error)
  }
}

/** A stack that overflows is taken for a value that is nested too deeply, or contains itself: documents have a bound of 64. */
function notJson(what: string, error: unknown): Fault {
  const shortage = error instanceof RangeError ? shortageOf(error) : undefined
  if (shortage?.code === 'host-memory') return shortage
  const reason = shortage === undefined ? messageOf(error) : 'it is nested too deeply'
  return new Fault('bad-json', `${what}: ${reason}`, {}, error)
}

/**
 * The value as the encoder takes it. The encoder fails at `undefined`, writes an object of any class as a map of its fields, bytes
 * of another realm among them, and a map of nothing but a slash as a link.
 */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  if (isBytes(value)) return plain(value)
  const cid = CID.asCID(value)
  if (cid !== null) return cid
  if (!isPlainObject(value)) throw new Error('it has an object of a class that is neither bytes nor a CID')
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  if (entries.length === 1 && entries[0]![0] === '/')
    throw new Error('a map of nothing but the key / would be read as a link')
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutUndefined(item)]))
}
