/** The callbacks that wait for a signal, and the one listener that calls them. */
interface Watch {
  readonly waiting: Set<() => void>
  readonly fire: () => void
}

const watches = new WeakMap<AbortSignal, Watch>()

/**
 * Calls `act` when a signal fires. The returned function cancels this. All callbacks of a signal share one listener,
 * which is removed with the last of them. Callers use one signal for many tasks and blocks, and Node warns of a leak
 * from eleven listeners on.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {}
  const { waiting, fire } = watches.get(signal) ?? watch(signal)
  // Each call has an entry of its own, even if two calls pass the same function.
  const entry = (): void => act()
  waiting.add(entry)
  return () => {
    if (!waiting.delete(entry) || waiting.size > 0) return
    signal.removeEventListener('abort', fire)
    watches.delete(signal)
  }
}

function watch(signal: AbortSignal): Watch {
  const waiting = new Set<() => void>()
  const fire = (): void => {
    watches.delete(signal)
    for (const tell of waiting) tell()
  }
  const made = { waiting, fire }
  watches.set(signal, made)
  signal.addEventListener('abort', fire, { once: true })
  return made
}
