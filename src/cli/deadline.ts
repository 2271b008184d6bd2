/** A signal that fires with another one, or when so many seconds have passed. `clear` lets go of the timer. */
export function deadline(signal: AbortSignal, seconds: number): { readonly signal: AbortSignal; clear(): void } {
  const controller = new AbortController()
  const giveUp = (): void => controller.abort(signal.reason)
  const timer = setTimeout(
    () => controller.abort(new DOMException(`${seconds} s have passed`, 'TimeoutError')),
    seconds * 1000,
  )
  if (signal.aborted) giveUp()
  signal.addEventListener('abort', giveUp, { once: true })
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
    },
  }
}
