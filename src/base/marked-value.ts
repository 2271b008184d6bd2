/** Values in documents of other systems. They have floats besides the values that tasks and receipts may contain. */
import { base64 } from 'multiformats/bases/base64'
import { CID } from 'multiformats/cid'
import type { ValueMap, ValueOf } from '../interface.ts'
import { MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { Float, isFloat } from './float.ts'
import { ownCid } from './links.ts'
import { readValueOf } from './value.ts'

/** A value in a document of another system. Integers are bigints, floats are `Float`s, and links are CIDs. */
export type MarkedValue = ValueOf<CID | Float>

/** A map of such values. */
export type MarkedMap = ValueMap<CID | Float>

/**
 * Returns a frozen copy of a document of unknown origin. A number becomes an integer if it is a safe integer, and a
 * float otherwise. Links and byte strings may be in the form of dag-json.
 *
 * @throws Misfit with the path of the part that is not a value
 */
export function readMarked(input: unknown, field: string): MarkedValue {
  return readValueOf<CID | Float | Uint8Array>(input, field, {
    copyBytes: true,
    maxDepth: MAX_DOCUMENT_DEPTH,
    link: markedObject,
    float: value => new Float(value),
  }) as MarkedValue
}

function markedObject(object: object): CID | Float | Uint8Array | undefined {
  if (isFloat(object)) return object
  const cid = ownCid(object, 'any')
  if (cid !== undefined) return cid
  if (Array.isArray(object) || !Object.hasOwn(object, '/')) return undefined
  const { '/': inner, ...more } = object as Readonly<Record<string, unknown>>
  if (Object.keys(more).length > 0) throw new Error('dag-json has no map with the key / and others')
  return typeof inner === 'string' ? parsed(inner) : bytesOf(inner)
}

function parsed(text: string): CID {
  try {
    return CID.parse(text)
  } catch {
    throw new Error('it is no link of dag-json')
  }
}

/** Returns the bytes of a map `{"bytes": base64}`. */
function bytesOf(inner: unknown): Uint8Array {
  const { bytes: text, ...more } = (inner ?? {}) as Readonly<Record<string, unknown>>
  if (typeof text !== 'string' || Object.keys(more).length > 0)
    throw new Error('it is no link and no bytes of dag-json')
  // Some writers add padding, although dag-json does not allow it.
  return base64.baseDecode(text.replace(/={1,2}$/, ''))
}
