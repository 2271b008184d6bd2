import { hold } from '../base/deadline.ts'
import { throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'

/**
 * The result of `start()`, or the fault of the signal as soon as it fires. Work that does not listen to the signal is
 * abandoned, not waited for; whatever it comes to later is dropped.
 *
 * @throws Fault aborted, timeout, and whatever `start` throws
 */
export async function raceAbort<T>(start: () => T | PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  throwIfAborted(signal)
  if (signal === undefined) return start()
  const letGo = hold(signal)
  let leave = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    leave = onAbort(signal, () => {
      try {
        throwIfAborted(signal)
      } catch (fault) {
        reject(fault)
      }
    })
  })
  try {
    return await Promise.race([start(), aborted])
  } catch (error) {
    // Work that does listen fails with an error of its own; the signal's fault is the one to report.
    throwIfAborted(signal)
    throw error
  } finally {
    leave()
    letGo()
  }
}
