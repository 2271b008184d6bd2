import type { Abortable } from '../interface.ts'
import { Fault, requireSignal } from './fault.ts'
import { onAbort } from './on-abort.ts'
import { fields, kindOf } from './usage.ts'

/** The conditions under which an operation is given up. */
export interface Deadline extends Abortable {
  /**
   * The time after which the operation ends with the fault `timeout`, in milliseconds. The time spent loading and
   * waiting in a queue counts. More than 0 and less than 2³¹. Default: no limit.
   */
  readonly timeoutMs?: number | undefined
}

/** The longest time that a timer of the platform can wait, in milliseconds: 24 days. */
const MAX_MS = 2_147_483_647

/** Signals that must not be collected, with those that they follow. A listener alone does not keep a signal alive. */
const awaited = new Set<readonly unknown[]>()

/**
 * Does work under a signal that fires when the given signal fires, or when the time has passed. The timer and the
 * listener are removed when the work ends, even if it throws.
 *
 * @throws Fault bad-limits for an invalid `timeoutMs`; any error of `work`
 */
export async function withDeadline<T>(
  options: Deadline,
  work: (signal: AbortSignal | undefined) => Promise<T>,
): Promise<T> {
  const { signal: given, timeoutMs } = fields(options, 'options')
  if (given === undefined && timeoutMs === undefined) return work(undefined)
  const { signal, clear } = deadline(given, timeoutMs)
  try {
    return await work(signal)
  } finally {
    clear()
  }
}

/**
 * Returns a signal that fires when another one fires, or with a TimeoutError when `ms` milliseconds have passed. The
 * given signal and the timer stay alive until `clear` is called.
 *
 * @throws Fault bad-limits for an invalid `ms`
 */
export function deadline(
  signal: AbortSignal | undefined,
  ms: number | undefined,
): { readonly signal: AbortSignal; clear(): void } {
  requireSignal(signal)
  checkTime(ms)
  const controller = new AbortController()
  const release = hold(signal)
  const giveUp = (): void => controller.abort(signal?.reason)
  const expire = (): void => controller.abort(new DOMException(`${ms! / 1000} s have passed`, 'TimeoutError'))
  const timer = ms === undefined ? undefined : setTimeout(expire, ms)
  if (signal?.aborted === true) giveUp()
  const leave = onAbort(signal, giveUp)
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      leave()
      release()
    },
  }
}

/** Throws Fault('bad-limits') unless a number of milliseconds is undefined, or above 0 and below 2³¹. */
export function checkTime(ms: number | undefined, name = 'timeoutMs'): void {
  if (ms === undefined || (typeof ms === 'number' && ms > 0 && ms <= MAX_MS)) return
  const message = `${name} must be a number of milliseconds above 0 and at most ${MAX_MS}, and it is ${kindOf(ms)}`
  throw new Fault('bad-limits', message, { [name]: ms })
}

/** Keeps a signal, and those that it follows, from being collected until the returned function is called. */
export function hold(signal: AbortSignal | undefined): () => void {
  const held = [signal, ...sourcesOf(signal)]
  awaited.add(held)
  return () => awaited.delete(held)
}

/**
 * The signals that a signal of `AbortSignal.any` follows. Node 20 collects them although the following signal has a
 * listener. So the timeout in `AbortSignal.any([signal, AbortSignal.timeout(ms)])` would be lost. A reference to them
 * prevents this. Other platforms have neither this problem nor this property.
 */
function sourcesOf(signal: AbortSignal | undefined): unknown[] {
  if (signal === undefined) return []
  const name = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kSourceSignals')
  if (name === undefined) return []
  try {
    // An iterable of weak references. They are not instances of the global `WeakRef`.
    const sources = (signal as unknown as Readonly<Record<symbol, Iterable<WeakRef<object>>>>)[name]!
    return Array.from(sources, source => WeakRef.prototype.deref.call(source))
  } catch {
    return []
  }
}
