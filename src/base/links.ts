/** Links among values: CIDs in documents, and their text where values cross to an engine. */
import { CID } from 'multiformats/cid'
import type { Link, PlainValue, Value } from '../interface.ts'
import { isBytes, plain } from './realms.ts'
import { readValueOf } from './value.ts'

/** What the CIDs of a value have to be: of any version; made version 1 where they are not; of version 1. */
export type Versions = 'any' | 'as-1' | '1'

/**
 * A frozen copy of a value of unknown origin, with integers as bigints, and links as CIDs of our own making. Throws a `Misfit`
 * with the path of what is no value.
 */
export function readValue(input: unknown, field: string, versions: Versions, copyBytes = false): Value {
  return readValueOf<CID>(input, field, { copyBytes, link: object => ownCid(object, versions) })
}

/** The CID that an object is, made anew from its bytes: what looks like one may hold anything. */
export function ownCid(object: object, versions: Versions): CID | undefined {
  const given = CID.asCID(object)
  if (given === null) return undefined
  if (!isBytes(given.bytes)) throw new Error('it looks like a CID, and has no bytes')
  const { bytes } = given
  const cid = decoded(() => CID.decode(plain(bytes).slice()))
  if (versions === '1' && cid.version !== 1) throw new Error('a CIDv0, where a CIDv1 is needed')
  return versions === 'as-1' ? cid.toV1() : cid
}

function decoded(decode: () => CID): CID {
  try {
    return decode()
  } catch {
    // The decoder's own errors may be such as a host that gives out throws.
    throw new Error('it is no CID')
  }
}

/** A value as engines take it. */
export function toPlain(value: Value): PlainValue {
  return readValueOf<Link>(value, '', {
    link: object => {
      const cid = CID.asCID(object)
      return cid === null ? undefined : Object.freeze({ '/': cid.toString() })
    },
  })
}

/** A value as engines give it, with CIDs again. Throws a `Misfit` for a link that is none. */
export function fromPlain(value: PlainValue, field: string): Value {
  return readValueOf<CID>(value, field, {
    link: object => (Object.hasOwn(object, '/') ? decoded(() => CID.parse((object as Link)['/'])) : undefined),
  })
}
