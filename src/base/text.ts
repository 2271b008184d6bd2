/**
 * Computes the length and order of texts in UTF-8. A codec of the engine may fail when the host is short of memory, so
 * it must not decide an outcome.
 */

/** Finds a lone surrogate. Text with one has no UTF-8 form. */
export const LONE_SURROGATE = /\p{Surrogate}/u

/** The length of a text in UTF-8, in bytes. A lone surrogate has no UTF-8 form, and counts three, as U+FFFD does. */
export function utf8Length(text: string): number {
  let length = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (isHigh(unit) && i + 1 < text.length && isLow(text.charCodeAt(i + 1))) {
      // A pair of two code units takes four bytes.
      length += 2
      i++
    } else {
      length += 2
    }
  }
  return length
}

/** True if a code unit of UTF-16 is a high surrogate, the first half of a pair. */
export function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}

/** True if a code unit of UTF-16 is a low surrogate, the second half of a pair. */
export function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}

/** Orders texts by the bytes of their UTF-8 forms, which is the order of their code points. For `Array.sort`. */
export function byBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)]
    // A surrogate belongs to a code point beyond U+FFFF, which follows every code point that is one unit.
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return isHigh(unit) || isLow(unit)
}
