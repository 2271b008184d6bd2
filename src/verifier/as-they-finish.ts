import { throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'

/** The options of `asTheyFinish`. */
export interface AtOnce {
  /** The number of items that are worked on at once. */
  readonly concurrency: number
  /** If it fires, the iteration throws the fault for it. The work should observe the same signal. */
  readonly signal: AbortSignal
}

/** The result of the work on one item, or its error. */
type Ended<R> = { readonly value: R } | { readonly error: unknown }

/**
 * Works on several items of a source at once, and yields the results in the order in which they are ready. An item is
 * read from the source when there is room for it. So there are at most `concurrency` items at a time, including those
 * whose results wait to be taken.
 *
 * If the work on an item throws or the signal fires, the iteration throws at once. If the source throws, the iteration
 * first yields the results of the items that were read, and then throws. In all cases the source is closed at the end.
 * The iteration does not wait for that.
 */
export async function* asTheyFinish<T, R>(
  source: Iterable<T> | AsyncIterable<T>,
  work: (item: T, index: number) => Promise<R>,
  { concurrency, signal }: AtOnce,
): AsyncGenerator<R, void, undefined> {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  const ended: Ended<R>[] = []
  let held = 0
  let index = 0
  let reading = false
  let exhausted = false
  let closed = false
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}

  const start = (item: T): void => {
    held++
    work(item, index++)
      .then(
        value => void ended.push({ value }),
        (error: unknown) => void ended.push({ error }),
      )
      .finally(() => wake())
  }
  const hasRoom = (): boolean => !exhausted && !closed && held < concurrency
  const read = async (): Promise<void> => {
    if (reading) return
    reading = true
    try {
      while (hasRoom()) {
        const next = await iterator.next()
        if (next.done === true) exhausted = true
        else if (!closed) start(next.value)
      }
    } catch (error) {
      exhausted = true
      failure = { error }
    }
    reading = false
    wake()
  }

  const leave = onAbort(signal, () => wake())
  try {
    for (;;) {
      throwIfAborted(signal)
      void read()
      const one = ended.shift()
      if (one !== undefined) {
        held--
        if ('error' in one) throw one.error
        void read()
        yield one.value
      } else if (exhausted && held === 0) {
        if (failure !== undefined) throw failure.error
        return
      } else await new Promise<void>(resolve => (wake = resolve))
    }
  } finally {
    closed = true
    leave()
    if (!exhausted) void close(iterator)
  }
}

/**
 * Closes a source that is not at its end, such as a file. Its errors are ignored, since nobody uses the source any
 * more.
 */
async function close(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    return
  }
}
