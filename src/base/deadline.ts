import { requireSignal } from './fault.ts'

/** Longest time that a timer of the platform can wait, in ms: 24 days. */
export const MOST_MS = 2_147_483_647

/**
 * A signal that fires with another one, or with a TimeoutError when `ms` milliseconds have passed. `clear` lets go of the
 * timer, which until then keeps the signal alive.
 */
export function deadline(signal: AbortSignal | undefined, ms: number): { readonly signal: AbortSignal; clear(): void } {
  requireSignal(signal)
  const controller = new AbortController()
  const giveUp = (): void => controller.abort(signal?.reason)
  const timer = setTimeout(() => controller.abort(new DOMException(`${ms / 1000} s have passed`, 'TimeoutError')), ms)
  if (signal?.aborted === true) giveUp()
  signal?.addEventListener('abort', giveUp, { once: true })
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    },
  }
}
