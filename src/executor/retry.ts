import { abortFault, Fault, throwIfAborted, type FaultCode } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'
import { messageOf } from '../base/realms.ts'
import { count, fields, kindOf } from '../base/usage.ts'

/**
 * A policy that decides whether a run is repeated after a fault. `attempt` is the number of attempts so far, so it is 1
 * after the first one. The policy returns the milliseconds until the next attempt, from 0 to 2³¹ − 1, or undefined for
 * no further attempt. It must be a pure function.
 */
export type RetryPolicy = (fault: Fault, attempt: number) => number | undefined

/** Options of the built-in policy. */
export interface RetryOptions {
  /** The greatest number of attempts, at least 1. */
  readonly attempts: number
  /** Milliseconds before the second attempt. Each further wait is twice as long. Default: 100. */
  readonly delayMs?: number | undefined
  /** The longest wait, in milliseconds. Default: 10 000. */
  readonly maxDelayMs?: number | undefined
}

/** The longest time that a timer of the platform can wait, in milliseconds. */
const MAX_MS = 2_147_483_647

/**
 * The codes of faults that are never repeated, although they are retryable. With them, a call is given up or refused.
 */
const GIVEN_UP: readonly FaultCode[] = ['aborted', 'timeout', 'busy']

/**
 * The built-in policy. It repeats all retryable faults except for `aborted`, `timeout` and `busy`, and each wait is
 * twice as long as the one before. For example, `{ attempts: 3, delayMs: 100 }` waits 100 ms, then 200 ms, and then
 * gives up.
 *
 * @throws Fault bad-usage
 */
export function backoff(options: RetryOptions): RetryPolicy {
  const { attempts, delayMs = 100, maxDelayMs = 10_000 } = fields(options, 'retry')
  if (attempts === undefined) throw new Fault('bad-usage', 'retry.attempts must be given', { argument: 'retry' })
  count(attempts, 'retry.attempts', 1)
  count(delayMs, 'retry.delayMs')
  count(maxDelayMs, 'retry.maxDelayMs')
  return (fault, attempt) => {
    if (!fault.retryable || GIVEN_UP.includes(fault.code) || attempt >= attempts) return undefined
    return Math.min(delayMs * 2 ** (attempt - 1), maxDelayMs, MAX_MS)
  }
}

/**
 * Returns the policy for the option `retry`: a function as it is, and options as the built-in policy. Without the
 * option, nothing is repeated.
 */
export function givenPolicy(retry: RetryPolicy | RetryOptions | undefined): RetryPolicy {
  if (retry === undefined) return () => undefined
  return typeof retry === 'function' ? retry : backoff(retry)
}

/** The policy of repeating some work, and callbacks that observe it. */
export interface Attempts {
  readonly policy: RetryPolicy
  readonly signal: AbortSignal
  /** Called before each wait. */
  readonly onRetry: (fault: Fault, attempt: number, delayMs: number) => void
  /** Called when a wait begins. The returned function is called when the wait ends. */
  readonly onWait: () => () => void
}

/**
 * Does some work, and repeats it after a fault until it succeeds or the policy ends it.
 *
 * @throws Fault aborted, timeout while it waits, or the last fault of the work
 */
export async function withRetries<T>(
  work: () => Promise<T>,
  { policy, signal, onRetry, onWait }: Attempts,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof Fault) || signal.aborted) throw error
      const delayMs = delayAfter(policy, error, attempt)
      if (delayMs === undefined) throw error
      onRetry(error, attempt, delayMs)
      const end = onWait()
      await delay(delayMs, signal).finally(end)
    }
  }
}

/** What the policy says. Throws Fault('bad-usage') if it throws or returns anything else than a delay. */
function delayAfter(policy: RetryPolicy, fault: Fault, attempt: number): number | undefined {
  const refuse = (what: string, cause: unknown): Fault => {
    const message = `retry must return milliseconds from 0 to ${MAX_MS} or undefined, and it has ${what}`
    return new Fault(
      'bad-usage',
      `${message}; the fault that it was asked about: ${fault.message}`,
      { argument: 'retry' },
      cause,
    )
  }
  let ms: unknown
  try {
    ms = policy(fault, attempt)
  } catch (error) {
    throw refuse(`thrown: ${messageOf(error)}`, error)
  }
  if (ms === undefined || (typeof ms === 'number' && ms >= 0 && ms <= MAX_MS)) return ms
  // The promise of an asynchronous policy may reject, and nobody waits for it.
  if (ms instanceof Promise) ms.catch(() => {})
  throw refuse(`returned ${kindOf(ms)}`, fault)
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    throwIfAborted(signal)
    const leave = onAbort(signal, () => {
      clearTimeout(timer)
      reject(abortFault(signal))
    })
    const timer = setTimeout(() => {
      leave()
      resolve()
    }, ms)
  })
}
