/** Foreign text in a form that cannot deceive whoever reads it. */

/**
 * What a reader does not see, or what moves other text about: control and format characters (bidi, zero-width, BOM), lone
 * surrogates, line and paragraph separators, unassigned and private characters, fillers. Tabs are seen well enough.
 */
const UNSEEN = /[^\P{C}\t]|[\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu

const NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r' }

/**
 * Text from outside as one line in which every character is seen: the others are written as `\x1b`, `\u202e`, `\u{e0041}`,
 * `\n`. The joiners and selectors of emoji stay. Backslashes stay as they are, too, so this is for reading, not for parsing;
 * to apply it twice changes nothing more.
 */
export function visible(foreign: string): string {
  return foreign.replace(UNSEEN, (found, at: number) => (isOfEmoji(foreign, found, at) ? found : escaped(found)))
}

/** A line of JSON with the same value, in which every character is seen. */
export function visibleJson(line: string): string {
  return line.replace(UNSEEN, found =>
    Array.from({ length: found.length }, (_, i) => `\\u${hex(found.charCodeAt(i), 4)}`).join(''),
  )
}

/** How many characters of a text `visible` writes as escapes, those that end lines not counted. */
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

/** True if it joins two emoji, or says in which style one is shown. */
function isOfEmoji(text: string, found: string, at: number): boolean {
  if (found !== '\u200d' && found !== '\ufe0f') return false
  const before = text.slice(Math.max(0, at - 4), at)
  if (found === '\ufe0f') return /\p{Extended_Pictographic}$/u.test(before)
  return (
    /\p{Extended_Pictographic}(?:\p{Emoji_Modifier}|\ufe0f)?$/u.test(before) &&
    /^\p{Extended_Pictographic}/u.test(text.slice(at + 1, at + 3))
  )
}
