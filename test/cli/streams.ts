/** Streams of this process that a test puts in the place of its own. */
import { Writable } from 'node:stream'

/** A stream that keeps what is written. */
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

/** Puts streams in the place of the process's own. Gives what puts these back. */
export function setStreams(streams: Readonly<Partial<Record<'stdin' | 'stdout' | 'stderr', object>>>): () => void {
  const before = Object.fromEntries(
    Object.keys(streams).map(name => [name, Object.getOwnPropertyDescriptor(process, name)!]),
  )
  for (const [name, value] of Object.entries(streams))
    Object.defineProperty(process, name, { configurable: true, value })
  return () => void Object.defineProperties(process, before)
}

/** Keeps what is written to stderr until `restore` is called. */
export function captureStderr(isTTY: boolean): { readonly text: () => string; readonly restore: () => void } {
  const stderr = new Captured(isTTY)
  return { text: () => stderr.text(), restore: setStreams({ stderr }) }
}
