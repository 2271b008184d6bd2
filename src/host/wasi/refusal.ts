import { ERRNO, type ErrnoName } from './constants.ts'

/** Why a call is refused. It is thrown by a step before the step has changed anything, and becomes the call's errno. */
export class Refusal {
  readonly errno: number

  constructor(errno: number) {
    this.errno = errno
  }
}

// Programs look for files that are not there by the thousand: a refusal is no Error, which would record its stack.
const REFUSALS = Object.fromEntries(
  Object.entries(ERRNO).map(([name, errno]) => [name, new Refusal(errno)]),
) as Readonly<Record<ErrnoName, Refusal>>

/** Refuses the call that is being made. */
export function refuse(name: ErrnoName): never {
  // oxlint-disable-next-line typescript/only-throw-error
  throw REFUSALS[name]
}
