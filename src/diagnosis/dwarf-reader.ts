/** The length at which a text is cut, in bytes. */
const MAX_TEXT = 4096

/** Reads the primitive forms of DWARF: little-endian integers, LEB128, strings that end with a zero byte. */
export class DwarfReader {
  readonly bytes: Uint8Array
  pos: number

  constructor(bytes: Uint8Array, pos = 0) {
    this.bytes = bytes
    this.pos = pos
  }

  get done(): boolean {
    return this.pos >= this.bytes.length
  }

  /** An unsigned integer of 1 to 8 bytes. Beyond 2⁵³ it is rounded, but no offset or address is that large. */
  uint(size: number): number {
    let value = 0
    for (let i = 0, unit = 1; i < size; i++, unit *= 256) value += this.#byte() * unit
    return value
  }

  uleb(): number {
    for (let value = 0, unit = 1; ; unit *= 128) {
      const byte = this.#byte()
      value += (byte & 0x7f) * unit
      if (byte < 0x80) return value
    }
  }

  sleb(): number {
    for (let value = 0, unit = 1; ;) {
      const byte = this.#byte()
      value += (byte & 0x7f) * unit
      unit *= 128
      if (byte < 0x80) return byte >= 0x40 ? value - unit : value
    }
  }

  /** The initial length of a unit, in bytes. `wide` is true if offsets in the unit have 8 bytes. */
  initialLength(): { readonly length: number; readonly wide: boolean } {
    const length = this.uint(4)
    return length === 0xffffffff ? { length: this.uint(8), wide: true } : { length, wide: false }
  }

  /** Text up to a zero byte, cut at 4 096 bytes. Invalid UTF-8 is replaced by U+FFFD. */
  text(): string {
    const begin = this.pos
    const end = this.skipText()
    return new TextDecoder().decode(this.bytes.subarray(begin, Math.min(end, begin + MAX_TEXT)))
  }

  /**
   * Skips text up to a zero byte. Returns the position of that byte, which is the position before the call if the text
   * is empty.
   */
  skipText(): number {
    const end = this.bytes.indexOf(0, this.pos)
    if (end < 0) throw new RangeError('a string without a zero byte at its end')
    this.pos = end + 1
    return end
  }

  /** Skips bytes. Throws at the end of the section, so that its size bounds the time of a loop with a large count. */
  skip(count: number): void {
    this.pos += count
    if (!(this.pos <= this.bytes.length)) throw new RangeError('unexpected end')
  }

  #byte(): number {
    const byte = this.bytes[this.pos++]
    if (byte === undefined) throw new RangeError('unexpected end')
    return byte
  }
}
