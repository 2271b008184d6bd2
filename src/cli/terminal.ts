/**
 * The one door to the terminal: all text for stdout and stderr passes here, and its control characters become visible. So
 * text from a module, a receipt, a gateway, a file's name or a library's message cannot move the cursor, hide, run from
 * right to left or begin a line. Styles are added to text that has passed. Raw bytes go out where they were asked for.
 */
import pc from 'picocolors'
import { visible, visibleJson } from '../base/visible.ts'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Text in a style, if the terminal has styles. */
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

/** True if a stream shows styles: only on a terminal, and not where they are asked away (no-color.org). */
export function hasStyles({ isTTY }: Pick<NodeJS.WriteStream, 'isTTY'>, env: NodeJS.ProcessEnv = process.env): boolean {
  return isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb'
}

/** Widest that help is written, in columns. */
const WIDEST = 100

const CLEAR = '\r\u001b[K'

/** One of the two streams of this process. */
export class Writer {
  readonly #of: () => NodeJS.WriteStream
  /** True if the reader has gone, as `head` does when it has enough. */
  #closed = false

  constructor(of: () => NodeJS.WriteStream) {
    this.#of = of
  }

  get isTerminal(): boolean {
    return this.#of().isTTY === true
  }

  /** Columns that a paragraph may take. */
  get columns(): number {
    return Math.min(WIDEST, this.#of().columns || WIDEST)
  }

  /** Goes on quietly if the reader goes away: what was asked for is still done, and its exit code given. */
  watch(): void {
    this.#of().on('error', (error: NodeJS.ErrnoException) => {
      if (!isGone(error)) throw error
      this.#closed = true
    })
  }

  /** One line. */
  line(...pieces: readonly Piece[]): void {
    const colors = pc.createColors(hasStyles(this.#of()))
    const parts = pieces.map(piece =>
      typeof piece === 'string' ? visible(piece) : colors[piece.style](visible(piece.text)),
    )
    this.#write(`${parts.join('')}\n`)
  }

  /** Our own text of several lines. */
  text(text: string): void {
    for (const line of text.replace(/\n$/, '').split('\n')) this.line(line)
  }

  /** A line of JSON, whose value is not changed. */
  json(line: string): void {
    this.#write(`${visibleJson(line)}\n`)
  }

  /** A line that the next one takes the place of, on a terminal. */
  status(text: string): void {
    const most = Math.max(1, (this.#of().columns || 80) - 1)
    this.#write(CLEAR + [...visible(text)].slice(0, most).join(''))
  }

  clearStatus(): void {
    this.#write(CLEAR)
  }

  /** Bytes as they are; returns when they are passed on. */
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
