/** Most bytes of a text that are shown. */
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

  /** An unsigned integer of 1 to 8 bytes. Beyond 2⁵³ it is rounded; no offset or address is that large. */
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

  /** The length that a unit begins with, and whether its offsets have 8 bytes. */
  initialLength(): { readonly length: number; readonly wide: boolean } {
    const length = this.uint(4)
    return length === 0xffffffff ? { length: this.uint(8), wide: true } : { length, wide: false }
  }

  /** Text up to a zero byte, at most 4 096 bytes of it; what is no UTF-8 is replaced. */
  text(): string {
    const begin = this.pos
    const end = this.skipText()
    return new TextDecoder().decode(this.bytes.subarray(begin, Math.min(end, begin + MAX_TEXT)))
  }

  /** Skips text; gives where it ends, which is where it begins if there is none. */
  skipText(): number {
    const end = this.bytes.indexOf(0, this.pos)
    if (end < 0) throw new RangeError('a string without end')
    this.pos = end + 1
    return end
  }

  /** Throws beyond the end: a count of things that are skipped is then bounded by what is there. */
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
