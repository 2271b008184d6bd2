// A picture as a file that browsers show: a PNG of the Mandelbrot set. Built with `--use abort=`: a module without imports.

export const Uint8Array_ID = idof<Uint8Array>()

/** The bytes of a PNG before its first chunk. */
const SIGNATURE: u64 = 0x0a1a0a0d474e5089

/** The greatest number of bytes in a stored block of DEFLATE. */
const STORED = 65535

/** Writes the parts of a file, one after the other. */
class Writer {
  at: i32 = 0
  constructor(public bytes: Uint8Array) {}

  u8(value: u32): void {
    this.bytes[this.at++] = <u8>value
  }

  /** Big-endian, as PNG has it. */
  u32(value: u32): void {
    for (let shift = 24; shift >= 0; shift -= 8) this.u8(value >> shift)
  }

  /** Begins a chunk. Returns the position of its name, from which its check goes. */
  begin(length: u32, name: u32): i32 {
    this.u32(length)
    const from = this.at
    this.u32(name)
    return from
  }

  end(from: i32): void {
    this.u32(crc32(this.bytes, from, this.at))
  }
}

/** CRC-32 of a range, bit by bit (RFC 1952). */
function crc32(bytes: Uint8Array, from: i32, to: i32): u32 {
  let crc: u32 = 0xffffffff
  for (let i = from; i < to; i++) {
    crc ^= bytes[i]
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) * 0xedb88320)
  }
  return ~crc
}

/** Steps until |z| > 2 under z² + c, at most `most`. */
function escape(re: f64, im: f64, most: i32): i32 {
  let x: f64 = 0
  let y: f64 = 0
  for (let i = 0; i < most; i++) {
    const xx = x * x
    const yy = y * y
    if (xx + yy > 4) return i
    y = 2 * x * y + im
    x = xx - yy + re
  }
  return most
}

/** The index of a colour: 0 inside of the set, and else 1 to 255 by the number of steps. */
function colour(steps: i32, most: i32): u32 {
  return steps == most ? 0 : 1 + (steps * 7) % 255
}

/** A colour between two, by a weight from 0 to 255. */
function between(a: u32, b: u32, weight: u32): u32 {
  return (a * (255 - weight) + b * weight) / 255
}

/**
 * The rectangle from −2 − i to 1 + i as a PNG with 256 colours. The pixels are stored, not compressed. Sizes are 1 to 1024, and
 * others give nothing.
 */
export function png(width: i32, height: i32, iterations: i32): Uint8Array {
  if (width < 1 || width > 1024 || height < 1 || height > 1024 || iterations < 1) return new Uint8Array(0)
  const raw = new Uint8Array((width + 1) * height)
  for (let row = 0; row < height; row++) {
    const im = -1 + (2 * (<f64>row + 0.5)) / <f64>height
    for (let column = 0; column < width; column++) {
      const re = -2 + (3 * (<f64>column + 0.5)) / <f64>width
      raw[row * (width + 1) + 1 + column] = <u8>colour(escape(re, im, iterations), iterations)
    }
  }
  const blocks = (raw.length + STORED - 1) / STORED
  const data = 2 + 5 * blocks + raw.length + 4
  const out = new Writer(new Uint8Array(8 + 12 + 13 + 12 + 768 + 12 + data + 12))
  for (let i = 0; i < 8; i++) out.u8(<u32>(SIGNATURE >> (8 * i)))

  let chunk = out.begin(13, 0x49484452) // IHDR
  out.u32(width)
  out.u32(height)
  out.u8(8)
  out.u8(3)
  out.u8(0)
  out.u8(0)
  out.u8(0)
  out.end(chunk)

  chunk = out.begin(768, 0x504c5445) // PLTE
  for (let i: u32 = 0; i < 256; i++) {
    const w = i == 0 ? 0 : 255 - (255 - i) * (255 - i) / 255
    out.u8(i == 0 ? 9 : between(22, 250, w * w / 255))
    out.u8(i == 0 ? 20 : between(60, 244, w))
    out.u8(i == 0 ? 24 : between(58, 214, w))
  }
  out.end(chunk)

  chunk = out.begin(data, 0x49444154) // IDAT
  out.u8(0x78)
  out.u8(0x01)
  let a: u32 = 1
  let b: u32 = 0
  for (let from = 0; from < raw.length; from += STORED) {
    const length = min(STORED, raw.length - from)
    out.u8(from + length == raw.length ? 1 : 0)
    out.u8(length)
    out.u8(length >> 8)
    out.u8(~length)
    out.u8(~length >> 8)
    for (let i = from; i < from + length; i++) {
      out.u8(raw[i])
      a = (a + raw[i]) % 65521
      b = (b + a) % 65521
    }
  }
  out.u32((b << 16) | a)
  out.end(chunk)

  out.end(out.begin(0, 0x49454e44)) // IEND
  return out.bytes
}
