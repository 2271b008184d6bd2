/** Links in values: they are CIDs in documents, and `{ '/': text }` where values cross to an engine. */
import { CID } from 'multiformats/cid'
import type { Link, PlainValue, Value } from '../interface.ts'
import { isBytes, plain } from './realms.ts'
import { readValueOf } from './value.ts'

/**
 * The CID versions in a value: `any` accepts all, `as-1` converts each to version 1, and `1` accepts only version 1.
 */
export type Versions = 'any' | 'as-1' | '1'

/**
 * A frozen copy of a value of unknown origin. Its integers are bigints, and its links are CIDs of our copy of
 * `multiformats`.
 *
 * @throws Misfit with the path of the part that is not a value
 */
export function readValue(input: unknown, field: string, versions: Versions, copyBytes = false): Value {
  return readValueOf<CID>(input, field, { copyBytes, link: object => ownCid(object, versions) })
}

/**
 * A new CID from the bytes of one; undefined for another object. An object that looks like a CID may have any fields.
 */
export function ownCid(object: object, versions: Versions): CID | undefined {
  const given = CID.asCID(object)
  if (given === null) return undefined
  if (!isBytes(given.bytes)) throw new Error('it looks like a CID, but has no bytes')
  const { bytes } = given
  const cid = decoded(() => CID.decode(plain(bytes).slice()))
  if (versions === '1' && cid.version !== 1) throw new Error('a CIDv0, where a CIDv1 is needed')
  return versions === 'as-1' ? cid.toV1() : cid
}

function decoded(decode: () => CID): CID {
  try {
    return decode()
  } catch {
    // The decoder may throw a RangeError, which would pass for a failure of the host.
    throw new Error('it is not a CID')
  }
}

/** A value in the form that engines accept: its links are `{ '/': text }`. */
export function toPlain(value: Value): PlainValue {
  return readValueOf<Link>(value, '', {
    link: object => {
      const cid = CID.asCID(object)
      return cid === null ? undefined : Object.freeze({ '/': cid.toString() })
    },
  })
}

/** A value from an engine, with its links as CIDs. Throws a `Misfit` for a link whose text is not a CID. */
export function fromPlain(value: PlainValue, field: string): Value {
  return readValueOf<CID>(value, field, {
    link: object => (Object.hasOwn(object, '/') ? decoded(() => CID.parse((object as Link)['/'])) : undefined),
  })
}
