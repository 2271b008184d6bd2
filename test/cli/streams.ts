/** Replaces the standard streams of this process in tests. */
import { Writable } from 'node:stream'

/** A stream that keeps the written bytes. */
export class Captured extends Writable {
  readonly isTTY: boolean
  readonly #pieces: Buffer[] = []

  constructor(isTTY: boolean) {
    super()
    this.isTTY = isTTY
  }

  override _write(piece: Buffer, _: BufferEncoding, done: () => void): void {
    this.#pieces.push(Buffer.from(piece))
    done()
  }

  text(): string {
    return Buffer.concat(this.#pieces).toString()
  }
}

/** Replaces standard streams of the process. Returns a function that restores them. */
export function setStreams(streams: Readonly<Partial<Record<'stdin' | 'stdout' | 'stderr', object>>>): () => void {
  const before = Object.fromEntries(
    Object.keys(streams).map(name => [name, Object.getOwnPropertyDescriptor(process, name)!]),
  )
  for (const [name, value] of Object.entries(streams))
    Object.defineProperty(process, name, { configurable: true, value })
  return () => void Object.defineProperties(process, before)
}

/** Captures stderr until `restore` is called. */
export function captureStderr(isTTY: boolean): { readonly text: () => string; readonly restore: () => void } {
  const stderr = new Captured(isTTY)
  return { text: () => stderr.text(), restore: setStreams({ stderr }) }
}
