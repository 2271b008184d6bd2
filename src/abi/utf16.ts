/**
 * Text that stands in a guest's memory as UTF-16, little-endian. It is checked and read by code of ours: the decoders of engines
 * give up at lengths of their own, and cannot say whether the text or the host was at fault.
 */
import { isHigh, isLow } from '../base/text.ts'

/** Code units that become a piece of text at once: few enough for the stack of any host. */
const CHUNK = 1024

/**
 * Bytes that the text takes as UTF-8; undefined if a surrogate stands alone, for which UTF-8 has no form. Counting ends
 * beyond `most`: of a text that is longer it is known that it is.
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

/** The text of code units, whatever they are. */
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
