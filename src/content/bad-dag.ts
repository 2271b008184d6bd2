import type { CID } from 'multiformats/cid'
import { Fault } from '../base/fault.ts'

/** The fault for a block that is not what stands in its place. `root` is the file that it is part of, if it is part of one. */
export function badDag(cid: CID, what: string, root: CID = cid, cause?: unknown): Fault {
  const message = root.equals(cid) ? `${cid} ${what}` : `${cid}, within ${root}, ${what}`
  return new Fault('bad-dag', message, { cid, root }, cause)
}
