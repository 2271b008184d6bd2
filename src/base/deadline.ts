import type { Abortable } from '../interface.ts'
import { Fault, requireSignal } from './fault.ts'
import { onAbort } from './on-abort.ts'
import { fields, kindOf } from './usage.ts'

/** When to give up. */
export interface Deadline extends Abortable {
  /**
   * Milliseconds from the call on until it is given up, which is the fault `timeout`; loading and waiting for a turn count.
   * More than 0 and less than 2³¹. Default: no such limit.
   */
  readonly timeoutMs?: number | undefined
}

/** Longest time that a timer of the platform can wait, in ms: 24 days. */
const MAX_MS = 2_147_483_647

/** The signals that somebody waits for, with those that they follow. A signal that is only listened to may be collected. */
const awaited = new Set<readonly unknown[]>()

/**
 * Does work under a signal that fires with the given one, or when the time has passed. When the work has ended, however it
 * ended, neither a timer nor a listener is left.
 *
 * @throws Fault bad-limits for a time that cannot be waited for, and whatever `work` throws
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
 * A signal that fires with another one, or with a TimeoutError when `ms` milliseconds have passed. `clear` lets go of both;
 * until then they are kept alive.
 *
 * @throws Fault bad-limits for a time that cannot be waited for
 */
export function deadline(
  signal: AbortSignal | undefined,
  ms: number | undefined,
): { readonly signal: AbortSignal; clear(): void } {
  requireSignal(signal)
  checkTime(ms)
  const controller = new AbortController()
  const letGo = hold(signal)
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
      letGo()
    },
  }
}

/** Throws Fault('bad-limits') for a number of milliseconds that cannot be waited for. What is absent may stay so. */
export function checkTime(ms: number | undefined, name = 'timeoutMs'): void {
  if (ms === undefined || (typeof ms === 'number' && ms > 0 && ms <= MAX_MS)) return
  const message = `${name} must be a number of milliseconds above 0 and at most ${MAX_MS}, and it is ${kindOf(ms)}`
  throw new Fault('bad-limits', message, { [name]: ms })
}

/** Keeps a signal, and what it follows, alive for as long as somebody waits for it. */
export function hold(signal: AbortSignal | undefined): () => void {
  const held = [signal, ...sourcesOf(signal)]
  awaited.add(held)
  return () => awaited.delete(held)
}

/**
 * The signals that a signal of `AbortSignal.any` follows. Node 20 lets go of them although somebody listens to the one that
 * follows, and so loses the timeout in `AbortSignal.any([signal, AbortSignal.timeout(ms)])`. They live on while they are in
 * somebody's hands. Other platforms have no such property, and need none.
 */
function sourcesOf(signal: AbortSignal | undefined): unknown[] {
  if (signal === undefined) return []
  const name = Object.getOwnPropertySymbols(signal).find(({ description }) => description === 'kSourceSignals')
  if (name === undefined) return []
  try {
    // A set of weak references, neither of which is an instance of the class that one knows.
    const sources = (signal as unknown as Readonly<Record<symbol, Iterable<WeakRef<object>>>>)[name]!
    return Array.from(sources, source => WeakRef.prototype.deref.call(source))
  } catch {
    return []
  }
}
