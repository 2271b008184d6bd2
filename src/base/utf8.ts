/**
 * True if the bytes from `start` up to, not including, `end` are well-formed UTF-8: no overlong encoding, no surrogate,
 * nothing beyond U+10FFFF. This check is our own, because a rejection must not depend on the host's decoder or on its
 * memory.
 *
 * Source: core spec 5.2.4; Unicode 16, table 3-7
 */
export function isUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end;) {
    const lead = bytes[at++]!
    if (lead < 0x80) continue
    const more = lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1
    if (more < 0 || more > end - at) return false
    const lowest = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
    const highest = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    if (bytes[at]! < lowest || bytes[at]! > highest) return false
    for (let i = 1; i < more; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return false
    at += more
  }
  return true
}
