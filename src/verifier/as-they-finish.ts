import { throwIfAborted } from '../base/fault.ts'
import { onAbort } from '../base/on-abort.ts'

/** How work is done: how much of it at once, and what ends it. */
export interface AtOnce {
  /** The number of items that are worked on at once. */
  readonly concurrency: number
  /** When it fires, the iteration throws the fault that it stands for. The work listens to it, too. */
  readonly signal: AbortSignal
}

/** What has become of one item. */
type Ended<R> = { readonly value: R } | { readonly error: unknown }

/**
 * Works on the items of a source, several at once, and yields the results in the order in which the work ends. An item is read
 * when there is room for it. So no more than `concurrency` items are held, those included whose results wait to be taken.
 *
 * If the work on an item throws, or the signal fires, then the iteration throws at once. If the source throws, it does so after
 * the results of the items that were read. At the end, however it comes, the source is closed. It is not awaited for that.
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

/** Closes a source that is not at its end, such as a file. What it throws for that concerns nobody any more. */
async function close(iterator: Iterator<unknown> | AsyncIterator<unknown>): Promise<void> {
  try {
    await iterator.return?.()
  } catch {
    return
  }
}
