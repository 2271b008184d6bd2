/** Escapes invisible characters of foreign text, so that it cannot deceive a reader. */

/**
 * Characters that are invisible, or that reorder other text: control and format characters (bidi, zero-width, BOM),
 * lone surrogates, line and paragraph separators, unassigned and private characters, and fillers. Tabs are not among
 * them.
 */
const UNSEEN = /[^\P{C}\t]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' }

/**
 * Writes foreign text as one line in which every character is visible. Invisible characters become escapes such as
 * `\x1b`, `\u202e`, `\u{e0041}` or `\n`, except for joiners and variation selectors in emoji. Backslashes stay as they
 * are, so the output is for people and cannot be parsed. Applying this twice has no further effect.
 */
export function visible(foreign: string): string {
  return foreign.replace(UNSEEN, (found, at: number) => (isOfEmoji(foreign, found, at) ? found : escaped(found)))
}

/** Writes a line of JSON with the same value in which every character is visible. */
export function visibleJson(line: string): string {
  return line.replace(UNSEEN, found =>
    Array.from({ length: found.length }, (_, i) => `\\u${hex(found.charCodeAt(i), 4)}`).join(''),
  )
}

/** The number of characters that `visible` would escape, not counting line ends. */
export function unseenIn(text: string): number {
  let count = 0
  for (const { 0: found, index } of text.matchAll(UNSEEN))
    if (found !== '\n' && found !== '\r' && !isOfEmoji(text, found, index)) count++
  return count
}

function escaped(character: string): string {
  const code = character.codePointAt(0)!
  if (code < 0x100) return NAMES[character] ?? `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 5)}}`
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0')
}

/** True if a character joins two emoji, or selects the style of one. */
function isOfEmoji(text: string, found: string, at: number): boolean {
  if (found !== '\u200d' && found !== '\ufe0f') return false
  const before = text.slice(Math.max(0, at - 4), at)
  if (found === '\ufe0f') return /\p{Extended_Pictographic}$/u.test(before)
  return (
    /\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?$/u.test(before) &&
    /^\p{Extended_Pictographic}/u.test(text.slice(at + 1, at + 3))
  )
}
