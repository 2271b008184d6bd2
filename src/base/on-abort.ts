/** Those who wait for a signal, and the one listener that tells them. */
interface Watch {
  readonly waiting: Set<() => void>
  readonly fire: () => void
}

const watches = new WeakMap<AbortSignal, Watch>()

/**
 * Calls `act` when a signal fires, unless what is returned was called before. However many wait for one signal, it has one
 * listener, and none when nobody waits: Node warns of a leak from eleven on, and callers share a signal between many tasks
 * and many blocks.
 */
export function onAbort(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => {}
  const { waiting, fire } = watches.get(signal) ?? watch(signal)
  // One entry for each call, also if two pass the same function.
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
