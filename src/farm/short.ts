/** Bounds texts that others have written, so that one of them cannot make a transcript larger than a document may be. */
import { LONE_SURROGATE } from '../base/text.ts'

/** The greatest number of characters of a text of a transcript, in UTF-16 code units. */
const MAX_TEXT = 1000

/** A text of at most `most` characters: a longer one is cut. A character that is cut in half becomes U+FFFD. */
export function short(text: string, most = MAX_TEXT): string {
  return text.slice(0, most).replaceAll(new RegExp(LONE_SURROGATE, 'gu'), '\u{fffd}')
}
