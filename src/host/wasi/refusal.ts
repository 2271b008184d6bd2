import { ERRNO, type ErrnoName } from './constants.ts'

/**
 * The reason for refusing a call of WASI. A step throws it before it changes anything, and the call returns its errno.
 */
export class Refusal {
  readonly errno: number

  constructor(errno: number) {
    this.errno = errno
  }
}

// A refusal is not an Error, because recording a stack is slow. Programs may look for thousands of files that do not
// exist.
const REFUSALS = Object.fromEntries(
  Object.entries(ERRNO).map(([name, errno]) => [name, new Refusal(errno)]),
) as Readonly<Record<ErrnoName, Refusal>>

/** Refuses the current call with that errno. */
export function refuse(name: ErrnoName): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw REFUSALS[name]
}
