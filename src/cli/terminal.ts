/**
 * The only file that writes to the terminal. All text for stdout and stderr passes through it, and its control characters are
 * replaced by visible escapes. So text from a module, a receipt, a gateway, a file's name or a library's message cannot move the
 * cursor, hide, reverse the direction of writing, or begin a new line. Styles are added after that. Bytes that the user asked for
 * are written as they are.
 */
import pc from 'picocolors'
import { visible, visibleJson } from '../base/visible.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Text with a style, which is used if the terminal has styles. */
export interface Styled {
  readonly style: Style
  readonly text: string
}

/** A part of a line. */
export type Piece = string | Styled

const inStyle =
  (style: Style) =>
  (text: string): Styled => ({ style, text })
export const bold = inStyle('bold')
export const dim = inStyle('dim')
export const red = inStyle('red')
export const green = inStyle('green')
export const yellow = inStyle('yellow')

/** True if a stream shows styles: it is a terminal, and the environment does not turn styles off (no-color.org). */
export function hasStyles({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv = process.env): boolean {
  return isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

/** The greatest width of help, in columns. */
const WIDEST = 100

const CLEAR = '\r\u001b[K'

/** One of the two streams of this process. */
export class Writer {
  readonly #of: () => NodeJS.WriteStream
  /** True if the reader has closed the stream, as `head` does. */
  #closed = false

  constructor(of: () => NodeJS.WriteStream) {
    this.#of = of
  }

  get isTerminal(): boolean {
    return this.#of().isTTY === true
  }

  /** The number of columns of a paragraph. */
  get columns(): number {
    return Math.min(WIDEST, this.#of().columns || WIDEST)
  }

  /** Ignores a reader that closes the stream: the command still does its work and returns its exit code. */
  watch(): void {
    this.#of().on('error', (error: NodeJS.ErrnoException) => {
      if (!isGone(error)) throw error
      this.#closed = true
    })
  }

  /** Writes one line. */
  line(...pieces: readonly Piece[]): void {
    const colors = pc.createColors(hasStyles(this.#of()))
    const parts = pieces.map(piece =>
      typeof piece === 'string' ? visible(piece) : colors[piece.style](visible(piece.text)),
    )
    this.#write(`${parts.join('')}\n`)
  }

  /** Writes text of our own, which may have several lines. */
  text(text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) this.line(line)
  }

  /** Writes a line of JSON. Escaping does not change its value. */
  json(line: string): void {
    this.#write(`${visibleJson(line)}\n`)
  }

  /** Writes a line that the next one replaces. On terminals only. */
  status(text: string): void {
    const most = Math.max(1, (this.#of().columns || 80) - 1)
    this.#write(CLEAR + [...visible(text)].slice(0, most).join(''))
  }

  clearStatus(): void {
    this.#write(CLEAR)
  }

  /** Writes bytes as they are. Resolves when they are written. */
  async bytes(bytes: Uint8Array): Promise<void> {
    if (this.#closed) return
    await new Promise<void>((resolve, reject) => {
      this.#of().write(bytes, error => (error && !isGone(error) ? reject(error) : resolve()))
    })
  }

  #write(text: string): void {
    if (!this.#closed) this.#of().write(text)
  }
}

export const stdout = new Writer(() => process.stdout)
export const stderr = new Writer(() => process.stderr)

function isGone(error: NodeJS.ErrnoException): boolean {
  return error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED'
}
