import { CID } from 'multiformats/cid'
import { badUsage } from './usage.ts'

/** A CID that is given to the library, of whatever copy of the one that makes them. Throws Fault('bad-usage'). */
export function givenCid(value: CID, name: string): CID {
  const cid = CID.asCID(value)
  if (cid === null)
    throw badUsage(name, typeof value === 'string' ? 'a CID (parseCid makes one of text)' : 'a CID', value)
  return cid
}
