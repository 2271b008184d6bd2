/** The permitted differences from Wasmtime, which docs/spec/wasi.md lists. */
import { ERRNO } from '../../src/host/wasi/constants.ts'
import type { Seen } from './ours.ts'
import type { Call } from './session.ts'

type Theirs = Seen | { readonly trap: string }

/**
 * Returns true if a session cannot be compared after a call: Wasmtime may have had effects before it found a bad
 * pointer.
 */
export function endsComparison(_: Call, { errno }: Seen): boolean {
  return errno === ERRNO.fault
}

/**
 * Returns `go on` or `end` if a difference is permitted, depending on whether the session can continue; else undefined.
 */
export function isException({ name, params }: Call, ours: Seen, theirs: Theirs): 'go on' | 'end' | undefined {
  // A bad pointer is EFAULT here. In Wasmtime it is a trap, unless it is not used.
  if (ours.errno === ERRNO.fault) return 'end'
  // Wasmtime checks the pointers of empty ranges.
  if ('trap' in theirs && /out of bounds.*len: 0\b/.test(theirs.trap)) return 'end'
  // Sockets are not supported here, whatever the parameters are.
  if (name.startsWith('sock_') && ours.errno === ERRNO.notsup)
    return 'trap' in theirs ? 'end' : theirs.errno === ERRNO.success ? undefined : 'go on'
  // Wasmtime does not accept unaligned pointers.
  if ('trap' in theirs) return /not aligned|alignment/i.test(theirs.trap) ? 'end' : undefined
  // Linux does not resolve the path if no time is set.
  if (name === 'path_filestat_set_times' && params[6] === 0 && theirs.errno === ERRNO.success) return 'go on'
  // We refuse paths that are too long before all other checks.
  if (ours.errno === ERRNO.nametoolong && theirs.errno !== ERRNO.success) return 'go on'
  // We find a NUL in a path before we resolve it.
  if (name.startsWith('path_') && ours.errno === ERRNO.inval && theirs.errno !== ERRNO.success) return 'go on'
  // Reading at the end of the standard input, or reading no bytes, succeeds here.
  if (/^fd_p?read$/.test(name) && ours.errno === ERRNO.success && theirs.errno === EINTR) return 'go on'
  // In Wasmtime timers fire and files become readable a little later than what is ready at once, which is then reported alone.
  if (name === 'poll_oneoff' && ours.errno === ERRNO.success && theirs.errno === ERRNO.success)
    return ours.memory === theirs.memory && isEarlier(eventsOf(theirs), eventsOf(ours)) ? 'go on' : undefined
  return undefined
}

/** The fields of events. Padding is left out, since it belongs to the place of an event in memory. */
function eventsOf({ note }: Seen): readonly string[] {
  return (note as { readonly events: readonly string[] }).events.map(hex => hex.slice(0, 22) + hex.slice(32, 52))
}

/** Returns true if some events are others without clocks and reading, in the same order, and are at least one. */
function isEarlier(some: readonly string[], others: readonly string[]): boolean {
  let at = 0
  for (const event of others)
    if (event === some[at]) at++
    else if (event.slice(20, 22) === '02') return false
  return at > 0 && at === some.length
}

const EINTR = 27
