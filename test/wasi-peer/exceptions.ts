/** Where Wasmtime may differ from us: docs/spec/wasi.md lists it. */
import { ERRNO } from '../../src/host/wasi/constants.ts'
import type { Seen } from './ours.ts'
import type { Call } from './session.ts'

type Theirs = Seen | { readonly trap: string }

/** Whether nothing can be compared after a call of ours: Wasmtime may have done something before it met the bad pointer. */
export function endsComparison(_: Call, { errno }: Seen): boolean {
  return errno === ERRNO.fault
}

/** Whether a difference is one of the exceptions, and whether the session can go on after it. */
export function isException({ name, params }: Call, ours: Seen, theirs: Theirs): 'go on' | 'end' | undefined {
  // A bad pointer is EFAULT here and a trap there, if it is looked at.
  if (ours.errno === ERRNO.fault) return 'end'
  // It looks at the pointers of ranges of no bytes.
  if ('trap' in theirs && /out of bounds.*len: 0\b/.test(theirs.trap)) return 'end'
  // Nor does Wasmtime take pointers that are not aligned.
  if ('trap' in theirs) return /not aligned|alignment/i.test(theirs.trap) ? 'end' : undefined
  // Linux does not look at a path whose times it is told to leave.
  if (name === 'path_filestat_set_times' && params[6] === 0 && theirs.errno === ERRNO.success) return 'go on'
  // Paths that are too long are refused before anything else is looked at.
  if (ours.errno === ERRNO.nametoolong && theirs.errno !== ERRNO.success) return 'go on'
  // A NUL in a path is found before directories on the way are looked for.
  if (name.startsWith('path_') && ours.errno === ERRNO.inval && theirs.errno !== ERRNO.success) return 'go on'
  // The end of the standard input is no interruption, and reading no bytes succeeds.
  if (/^fd_p?read$/.test(name) && ours.errno === ERRNO.success && theirs.errno === EINTR) return 'go on'
  // The resolution of clocks is the host's.
  if (name === 'clock_res_get' && ours.errno === theirs.errno) return 'go on'
  return undefined
}

const EINTR = 27
