/**
 * Reads UTF-16 text, little-endian, from a guest's memory. The decoders of engines are not used: they fail at different
 * lengths, and their errors do not tell whether the text is wrong or the host is out of memory.
 */
import { isHigh, isLow } from '../base/text.ts'

/**
 * The number of code units that are converted at once. They are arguments of one call, so the stack must have room for
 * them.
 */
const CHUNK = 1024

/**
 * The length of the text in UTF-8, in bytes; undefined if it has a lone surrogate. Counting stops when it exceeds
 * `most`, so a greater return value only means that the text is too long.
 */
export function utf8LengthOf(units: DataView, most: number): number | undefined {
  let length = 0
  for (let at = 0; at < units.byteLength && length <= most; at += 2) {
    const unit = units.getUint16(at, true)
    if (unit < 0x80) length += 1
    else if (unit < 0x800) length += 2
    else if (isHigh(unit)) {
      at += 2
      if (at >= units.byteLength || !isLow(units.getUint16(at, true))) return undefined
      length += 4
    } else if (isLow(unit)) return undefined
    else length += 3
  }
  return length
}

/** The text that consists of these code units. Lone surrogates are kept. */
export function textOf(units: DataView): string {
  const chunk = new Uint16Array(CHUNK)
  const pieces: string[] = []
  for (let at = 0; at < units.byteLength; at += 2 * CHUNK) {
    const count = Math.min(CHUNK, (units.byteLength - at) / 2)
    for (let i = 0; i < count; i++) chunk[i] = units.getUint16(at + 2 * i, true)
    pieces.push(String.fromCharCode.apply(null, chunk.subarray(0, count) as unknown as number[]))
  }
  return pieces.join('')
}
