/** Asks the inspecting worker what admission says about a module. */
import { Fault, type Callable, type Profile } from 'ipvm-wasm'
import { type Inspection } from 'ipvm-wasm/words'
import type { InspectAnswer, InspectRequest } from './inspect-module.ts'

/** What admission says, and for an admitted module the part against which calls are checked. */
export interface Inspected {
  readonly inspection: Inspection
  readonly callable: Callable | undefined
}

/** The time after which an inspection is given up, in milliseconds. It is linear in the module. */
const MOST_MS = 30_000

/**
 * Inspects a module in a worker of its own, which is ended afterwards.
 *
 * @throws Fault aborted, timeout, engine-failed
 */
export function inspect(bytes: Uint8Array, profile: Profile, signal?: AbortSignal): Promise<Inspected> {
  const worker = new Worker(new URL('./inspect-worker.ts', import.meta.url), { type: 'module' })
  let timer: ReturnType<typeof setTimeout> | undefined
  return new Promise<Inspected>((resolve, end: (fault: Fault) => void) => {
    timer = setTimeout(() => end(new Fault('timeout', 'the module took too long to inspect')), MOST_MS)
    signal?.addEventListener('abort', () => end(new Fault('aborted', 'given up on request')), { once: true })
    if (signal?.aborted === true) end(new Fault('aborted', 'given up on request'))
    worker.addEventListener('message', ({ data }: MessageEvent<InspectAnswer>) => {
      if ('error' in data) end(new Fault('engine-failed', `the module cannot be inspected: ${data.error}`))
      else resolve(data)
    })
    worker.addEventListener('error', event => {
      event.preventDefault()
      end(new Fault('engine-failed', 'the worker that inspects modules has ended: the module may be too large for it'))
    })
    worker.postMessage({ bytes, profile: profile.id } satisfies InspectRequest)
  }).finally(() => {
    clearTimeout(timer)
    worker.terminate()
  })
}
