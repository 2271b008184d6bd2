/** Turns errors into a message for people, and a code for tests and support. */
import { describe, Fault } from 'ipvm-wasm'

/** An error as it is shown. */
export interface Problem {
  /** The code of the fault; `internal` for anything else, which is a bug of this page. */
  readonly code: string
  readonly message: string
}

export function problemOf(error: unknown): Problem {
  if (error instanceof Fault) return { code: error.code, message: describe(error) }
  const message = error instanceof Error ? error.message : String(error)
  return { code: 'internal', message: `This page has failed: ${message}. Reload it, and try again.` }
}

/** True for the end of something that the user has given up, or replaced by something else. */
export function isAborted(error: unknown): boolean {
  return error instanceof Fault && error.code === 'aborted'
}
