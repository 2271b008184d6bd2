import { isUtf8 } from '../base/utf8.ts'

/** `ignoreBOM` keeps a byte order mark as a character. The decoder has no state between names. */
const UTF8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads primitive values of the binary format (core spec 5.2) from a range of bytes. Every read is bounds-checked. Integers are
 * checked for their length and their unused bits.
 */
export class Reader {
  readonly bytes: Uint8Array
  pos: number
  end: number

  /** Reads `bytes` from `pos` up to, not including, `end`. */
  constructor(bytes: Uint8Array, pos = 0, end = bytes.length) {
    this.bytes = bytes
    this.pos = pos
    this.end = end
  }

  get done(): boolean {
    return this.pos >= this.end
  }

  u8(): number {
    if (this.pos >= this.end) throw new Unreadable(this.pos, 'unexpected end')
    return this.bytes[this.pos++]!
  }

  /** Unsigned LEB128 of 32 bits: at most five bytes, the last one below 16. */
  u32(): number {
    const first = this.u8()
    if (first < 0x80) return first
    let result = first & 0x7f
    for (let shift = 7; ; shift += 7) {
      const byte = this.u8()
      if (shift === 28 && byte > 0x0f) throw new Unreadable(this.pos - 1, 'integer too long or too large')
      result |= (byte & 0x7f) << shift
      if (byte < 0x80) return result >>> 0
    }
  }

  /** Signed LEB128 of 32 bits. */
  s32(): number {
    let result = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8()
      result |= (byte & 0x7f) << shift
      if (shift === 28) {
        if (byte >= 0x80 || !sameBits(byte & 0x78, 0x78))
          throw new Unreadable(this.pos - 1, 'integer too long or too large')
        return result
      }
      if (byte < 0x80) return (result << (25 - shift)) >> (25 - shift)
    }
  }

  /** Signed LEB128 of 33 bits, for block types. The caller rejects numbers that are no block type. */
  s33(): number {
    let result = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.u8()
      result += (byte & 0x7f) * 2 ** shift
      if (shift === 28) {
        if (byte >= 0x80 || !sameBits(byte & 0x70, 0x70))
          throw new Unreadable(this.pos - 1, 'integer too long or too large')
        return (byte & 0x40) !== 0 ? result - 2 ** 35 : result
      }
      if (byte < 0x80) return (byte & 0x40) !== 0 ? result - 2 ** (shift + 7) : result
    }
  }

  /** Checks and skips a signed LEB128 of 64 bits. */
  skipS64(): void {
    for (let i = 0; i < 9; i++) if (this.u8() < 0x80) return
    const last = this.u8()
    if (last !== 0 && last !== 0x7f) throw new Unreadable(this.pos - 1, 'integer too long or too large')
  }

  skip(count: number): void {
    if (count > this.end - this.pos) throw new Unreadable(this.end, 'unexpected end')
    this.pos += count
  }

  /**
   * A name: its length in bytes, and well-formed UTF-8 (core spec 5.2.4). `checkLength` gets the length before the bytes are
   * read, and may throw.
   */
  name(checkLength?: (bytes: number) => void): string {
    const length = this.skipName(checkLength)
    // These bytes are UTF-8. If the decoder throws all the same, memory is short, which is no finding against the module.
    return UTF8.decode(this.bytes.subarray(this.pos - length, this.pos))
  }

  /** Checks a name as `name` does, without decoding it. Returns its length in bytes. */
  skipName(checkLength?: (bytes: number) => void): number {
    const length = this.u32()
    checkLength?.(length)
    const start = this.pos
    this.skip(length)
    if (!isUtf8(this.bytes, start, this.pos)) throw new Unreadable(start, 'name is not UTF-8')
    return length
  }
}

/** The bytes at `offset` are not allowed by the binary format. Caught by the readers of sections; users never see it. */
export class Unreadable extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

/** True if the bits under the mask are all clear or all set, as the unused bits of a signed LEB128 must be. */
function sameBits(bits: number, mask: number): boolean {
  return bits === 0 || bits === mask
}
