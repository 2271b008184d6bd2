/**
 * Turns exceptions of the host into faults. Engines have no common class or message for a stack overflow or for memory
 * that ran out, so their messages are read. A message only decides between faults, never an outcome.
 */
import { Fault } from './fault.ts'

/** Messages of V8, SpiderMonkey and JavaScriptCore for a stack overflow. */
const STACK = /call stack|recursion/i

/**
 * Messages for memory that ran out. Buffers, strings and arrays that are too long count, too: all limits of this
 * project are far lower.
 */
const MEMORY =
  /(?:out of|enough|insufficient|enlarge) memory|\boom\b|allocat|invalid (?:typed array|array buffer|array|string) length|create a string longer/i

/**
 * The fault for an exception that reports a stack overflow or memory that ran out; undefined for any other exception.
 */
export function shortageOf(error: unknown): Fault | undefined {
  const text = String(error)
  if (STACK.test(text))
    return new Fault(
      'host-stack',
      "this host's stack is too small for the module; engines on threads and processes have more",
      {},
      error,
    )
  return MEMORY.test(text)
    ? new Fault('host-memory', 'this host has no memory left for the guest', {}, error)
    : undefined
}

/** The fault for an exception that is not a trap of the guest. A fault is returned unchanged. */
export function hostFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  return shortageOf(error) ?? new Fault('engine-failed', `the engine failed: ${String(error)}`, {}, error)
}
