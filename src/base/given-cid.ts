import { CID } from 'multiformats/cid'
import { badUsage } from './usage.ts'

/** Returns an argument that is a CID, from any copy of `multiformats`. Throws Fault('bad-usage') if it is none. */
export function givenCid(value: CID, name: string): CID {
  const cid = CID.asCID(value)
  if (cid === null)
    throw badUsage(name, typeof value === 'string' ? 'a CID (parseCid makes one of text)' : 'a CID', value)
  return cid
}
