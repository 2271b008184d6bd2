/** Makes a body of pieces that are computed as they are sent (docs/spec/gateway.md, SERVE-11 and SERVE-12). */
import { onAbort } from '../base/on-abort.ts'
import { throwIfAborted } from '../base/fault.ts'

/** What a stream depends on, and whom it tells of its end. */
export interface StreamOptions {
  readonly signal: AbortSignal
  /** Called if the pieces fail before the signal has fired. */
  readonly onError: (error: unknown) => void
  /** Called at the end, however it comes. Further calls change nothing. */
  readonly onEnd: () => void
}

/**
 * A stream of the pieces. It asks for a piece when the one before was taken. If the pieces fail or the signal fires, the stream
 * fails, so that nobody takes what was sent for all of it.
 */
export function streamOf(
  pieces: AsyncGenerator<Uint8Array>,
  { signal, onError, onEnd }: StreamOptions,
): ReadableStream<Uint8Array> {
  let leave = (): void => {}
  const end = (): void => {
    leave()
    // The generator may be waiting for a store that hangs, so this is not awaited.
    void pieces.return(undefined).catch(() => {})
    onEnd()
  }
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        leave = onAbort(signal, () => {
          end()
          try {
            throwIfAborted(signal)
          } catch (fault) {
            controller.error(fault)
          }
        })
      },
      async pull(controller) {
        try {
          const next = await pieces.next()
          if (signal.aborted) return
          if (!next.done) return controller.enqueue(next.value)
          end()
          controller.close()
        } catch (error) {
          end()
          if (signal.aborted) return
          controller.error(error)
          onError(error)
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  )
}
