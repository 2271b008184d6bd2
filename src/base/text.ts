/**
 * The UTF-8 form of text, by computation. What an engine's own decoder makes of bytes may depend on the memory that the host
 * has left, so it never decides whether something is text, nor how long it is.
 */

/** Half a character: text that has it has no UTF-8 form. */
export const LONE_SURROGATE = /\p{Surrogate}/u

/** Bytes of the UTF-8 form of a text. A lone surrogate has no such form and counts three: those of the replacement character. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (isHigh(unit) && i + 1 < text.length && isLow(text.charCodeAt(i + 1))) {
      // Two code units, four bytes.
      length += 2
      i++
    } else {
      length += 2
    }
  }
  return length
}

/** The first half of a character that takes two code units of UTF-16. */
export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** The second half. */
export function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** Orders texts by the bytes of their UTF-8 forms, which is the order of their characters' numbers. */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    // Halves of characters beyond U+FFFF stand for more than any unit that is a character itself.
    if (x !== y) return isHalf(x) === isHalf(y) ? x - y : isHalf(x) ? 1 : -1
  }
  return a.length - b.length
}

function isHalf(unit: number): boolean {
  return isHigh(unit) || isLow(unit)
}
