/** Bytes as text for people, or as hexadecimal if they are no text. */
import { unseenIn } from '../base/visible.ts'

/** The bounds on how much of a long value is shown. */
export interface ShownBound {
  /** The greatest number of lines. Default 16. */
  readonly lines?: number
  /** The greatest number of characters of a text, in code units of UTF-16. Default 800. */
  readonly characters?: number
}

/** The default bound on lines. */
export const MAX_LINES = 16
const MAX_CHARACTERS = 800

/** The number of bytes in a line of hexadecimal. */
const ROW = 16

/** The text of bytes in UTF-8; undefined if they are not UTF-8. */
function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** The text of bytes in UTF-8; undefined if a terminal cannot show all of it unchanged. */
export function printable(bytes: Uint8Array): string | undefined {
  const text = decoded(bytes)
  return text === undefined || unseenIn(text) > 0 || /\r(?!\n)/.test(text) ? undefined : text
}

/** A text is shown as text if at most one in this many characters is invisible, such as the escapes of a coloured log. */
const UNSEEN_ONE_IN = 4

/** The text of bytes in UTF-8; undefined if too many of its characters would be shown as escapes. */
export function readable(bytes: Uint8Array): string | undefined {
  const text = decoded(bytes)
  if (text === undefined || text.includes('\0')) return undefined
  return unseenIn(text) * UNSEEN_ONE_IN > text.length ? undefined : text
}

/** Text as lines. The last one says how much was omitted. */
export function textLines(text: string, bound: ShownBound = {}): string[] {
  const { lines: most = MAX_LINES, characters = MAX_CHARACTERS } = bound
  const shown = text.slice(0, characters).replace(/[\uD800-\uDBFF]$/, '')
  const lines = shown.replace(/\r?\n$/, '').split(/\r?\n/)
  const kept = lines.slice(0, most)
  const complete = kept.length === lines.length && shown.length === text.length
  return complete ? kept : [...kept, `… (${text.length} characters in all)`]
}

/**
 * Bytes as lines of hexadecimal: the offset, 16 bytes, and the same bytes as characters of ASCII, with a dot for any
 * other. The last line says how much was omitted.
 */
export function hexLines(bytes: Uint8Array, bound: Pick<ShownBound, 'lines'> = {}): string[] {
  const { lines: most = MAX_LINES } = bound
  const lines: string[] = []
  for (let at = 0; at < bytes.length && lines.length < most; at += ROW) {
    const row = bytes.subarray(at, at + ROW)
    const hex = Array.from(row, byte => byte.toString(16).padStart(2, '0')).join(' ')
    const text = Array.from(row, byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * ROW - 1)}  ${text}`)
  }
  return bytes.length > ROW * most ? [...lines, `… (${bytes.length} bytes in all)`] : lines
}

/** Bytes as lines of text, or in hexadecimal if they are no readable text. The last line says how much was omitted. */
export function preview(bytes: Uint8Array): string[] {
  const text = readable(bytes)
  return text === undefined ? hexLines(bytes) : textLines(text)
}
