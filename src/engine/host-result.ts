/** The result with which a host function ends a run, as it is given. */
import { Fault } from '../base/fault.ts'
import { shortageOf } from '../base/host-fault.ts'
import { TooLarge } from '../base/misfit.ts'
import { isBytes, messageOf } from '../base/realms.ts'
import { plainLink, readValueOf } from '../base/value.ts'
import type { Link, PlainValue, Result } from '../interface.ts'

/** The result that a host function gives, its bytes not copied; undefined if it has more levels or parts than any value. */
export function readResult(result: Result | PlainValue): PlainValue | undefined {
  try {
    return readValueOf<Link>(result, 'the result', { link: linkOfResult })
  } catch (error) {
    if (error instanceof TooLarge) return undefined
    const shortage = error instanceof RangeError ? shortageOf(error) : undefined
    if (shortage !== undefined) throw shortage
    throw new Fault(
      'host-function-failed',
      `a host function ended the run with no value: ${messageOf(error)}`,
      {},
      error,
    )
  }
}

/** Results name blocks by CIDs of version 1, in base 32. A CID, of whichever library, tells its text itself. */
function linkOfResult(object: object): Link | undefined {
  const { '/': mark, bytes } = object as { readonly '/'?: unknown; readonly bytes?: unknown }
  const link = isBytes(mark) && mark === bytes ? { '/': String(object) } : plainLink(object)
  if (link !== undefined && !/^b[a-z2-7]+$/.test(link['/'])) throw new Error('its link is no CIDv1 in base 32')
  return link
}
