/**
 * Exceptions by which a host gives out, as faults. Engines agree on no class and no message for them, so messages are read; they
 * choose among faults alone, and never an outcome.
 */
import { Fault } from './fault.ts'

/** Stacks that overflow, in the words of V8, SpiderMonkey and JavaScriptCore. */
const STACK = /call stack|recursion/i

/** Memory that is not there: for buffers, strings and arrays that are too long as well, since no limit of ours lies that high. */
const MEMORY =
  /(?:out of|enough|insufficient|enlarge) memory|\boom\b|allocat|invalid (?:typed array|array buffer|array|string) length|create a string longer/i

/** The fault of a stack or of a memory that gave out, if an exception says so. */
export function shortageOf(error: unknown): Fault | undefined {
  const text = String(error)
  if (STACK.test(text))
    return new Fault(
      'host-stack',
      "this host's stack is too small for the module; an engine on threads has more",
      {},
      error,
    )
  return MEMORY.test(text)
    ? new Fault('host-memory', 'this host has no memory left for the guest', {}, error)
    : undefined
}

/** Every exception but a trap, by what went wrong with the host. A fault stays as it is. */
export function hostFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  return shortageOf(error) ?? new Fault('engine-failed', `the engine failed: ${String(error)}`, {}, error)
}
