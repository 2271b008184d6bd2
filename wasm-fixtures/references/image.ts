/** The filters pixel by pixel, each step rounded to f32 by Math.fround. */
import type { Expected } from '../expected.ts'
import { bytesCall, fileCall, input, noise, utf8 } from './common.ts'

interface Picture {
  readonly width: number
  readonly height: number
  readonly pixels: Uint8Array
}

type At = (dx: number, dy: number) => number

const r = Math.fround

function blurred(at: At): number {
  const corners = r(r(at(-1, -1) + at(1, -1)) + r(at(-1, 1) + at(1, 1)))
  const sides = r(r(at(0, -1) + at(0, 1)) + r(at(-1, 0) + at(1, 0)))
  const smooth = r(r(r(corners * 0.0625) + r(sides * 0.125)) + r(at(0, 0) * 0.25))
  return r(r(smooth * r(0.9)) + r(at(0, 0) * r(0.1)))
}

function gradient(at: At): number {
  const across = at(1, -1) + 2 * at(1, 0) + at(1, 1) - at(-1, -1) - 2 * at(-1, 0) - at(-1, 1)
  const down = at(-1, 1) + 2 * at(0, 1) + at(1, 1) - at(-1, -1) - 2 * at(0, -1) - at(1, -1)
  return r(Math.sqrt(across * across + down * down))
}

function filter({ width, height, pixels }: Picture, kernel: (at: At) => number): Uint8Array {
  const clamp = (value: number, size: number): number => Math.min(Math.max(value, 0), size - 1)
  const out = pixels.map((_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    const value = kernel((dx, dy) => pixels[clamp(y + dy, height) * width + clamp(x + dx, width)]!)
    return value > 255 ? 255 : Math.floor(r(value + 0.5))
  })
  return write({ width, height, pixels: out })
}

function write({ width, height, pixels }: Picture): Uint8Array {
  return Uint8Array.from([...utf8(`P5\n${width} ${height}\n255\n`), ...pixels])
}

function picture(width: number, height: number): Picture {
  return { width, height, pixels: noise(width * height, width) }
}

export function image(): Expected {
  const pictures = [picture(1, 1), picture(5, 1), picture(7, 9), picture(32, 16)]
  const hills = input('hills.pgm')
  const scene = { width: 240, height: 180, pixels: hills.subarray(hills.length - 240 * 180) }
  return {
    abi: 'bytes',
    calls: [
      ...pictures.map(p => bytesCall('blur', [write(p)], filter(p, blurred))),
      ...pictures.map(p => bytesCall('edges', [write(p)], filter(p, gradient))),
      bytesCall('blur', [utf8('P5\n2 2\n255\nabc')], utf8('')),
      bytesCall('edges', [utf8('P6\n1 1\n255\na')], utf8('')),
    ],
    files: [
      fileCall('blur', 'hills.pgm', filter(scene, blurred)),
      fileCall('edges', 'hills.pgm', filter(scene, gradient)),
    ],
  }
}
