import { hold } from '../base/deadline.ts'
import { throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'

/**
 * The result of `start()`, or the fault of the signal as soon as it fires. Work that does not listen to the signal is
 * abandoned: nobody waits for it, and its later result is dropped.
 *
 * @throws Fault aborted, timeout, and the errors of `start`
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
    // Work that listens to the signal fails with an error of its own. The signal's fault is reported instead.
    throwIfAborted(signal)
    throw error
  } finally {
    leave()
    letGo()
  }
}
