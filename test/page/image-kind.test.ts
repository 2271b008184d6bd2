import { describe, expect, test } from 'vitest'
import { imageKind } from '../../examples/verify-page/src/image-kind.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

function bytes(length: number, ...parts: readonly (readonly [at: number, ...values: number[]])[]): Uint8Array {
  const made = new Uint8Array(length)
  for (const [at, ...values] of parts) made.set(values, at)
  return made
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const
const png = (width: number, height: number): Uint8Array => {
  const made = bytes(33, [0, ...PNG])
  new DataView(made.buffer).setUint32(16, width)
  new DataView(made.buffer).setUint32(20, height)
  return made
}
const jpeg = (width: number, height: number): Uint8Array =>
  bytes(
    24,
    [0, 0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0],
    [8, 0xff, 0xc2, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255],
  )
const webp = (name: string, ...parts: readonly (readonly [number, ...number[]])[]): Uint8Array =>
  bytes(30, [0, ...utf8('RIFF')], [8, ...utf8('WEBP')], [12, ...utf8(name)], ...parts)

describe('images by their first bytes', () => {
  test.each([
    ['PNG', png(640, 480), 'image/png'],
    ['JPEG', jpeg(640, 480), 'image/jpeg'],
    ['WebP, lossy', webp('VP8 ', [26, 16, 0, 16, 0]), 'image/webp'],
    ['WebP, lossless', webp('VP8L', [21, 15, 0, 0, 0]), 'image/webp'],
    ['WebP, extended', webp('VP8X', [24, 99, 0, 0, 49, 0, 0]), 'image/webp'],
    ['SVG', utf8('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
    ['SVG with a head', utf8('\ufeff<?xml version="1.0"?>\n<!-- a --><!DOCTYPE svg>\n<svg >'), 'image/svg+xml'],
  ])('%s', (_, content, type) => expect(imageKind(content)?.type).toBe(type))

  test('a drawing is shown on request alone', () => {
    expect(imageKind(utf8('<svg>'))?.onRequest).toBe(true)
    expect(imageKind(png(1, 1))?.onRequest).toBe(false)
  })

  test.each([
    ['nothing', new Uint8Array(0)],
    ['text', utf8('hello')],
    ['HTML', utf8('<html><svg></svg></html>')],
    ['another element', utf8('<svgx>')],
    ['a drawing with entities', utf8('<svg><!ENTITY a "b"></svg>')],
    ['a drawing whose head has entities', utf8('<!DOCTYPE svg [<!ENTITY a "b">]><svg>')],
    ['a long drawing', utf8(`<svg>${' '.repeat(300_000)}</svg>`)],
    ['no UTF-8', Uint8Array.of(0x3c, 0x73, 0x76, 0x67, 0x3e, 0xff)],
    ['a PNG that is cut', png(10, 10).subarray(0, 20)],
    ['a PNG without pixels', png(0, 10)],
    ['a PNG with too many pixels', png(100_000, 100_000)],
    ['a JPEG with too many pixels', jpeg(65_535, 65_535)],
    ['a JPEG without a frame', Uint8Array.of(0xff, 0xd8, 0xff, 0xd9)],
    ['a JPEG whose segment goes on', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0xff, 0xff, 0, 0, 0, 0, 0)],
    ['a JPEG of markers', new Uint8Array(1000).fill(0xff, 0).fill(0xd8, 1, 2)],
    ['a WebP of another form', webp('ABCD')],
    ['a WebP with too many pixels', webp('VP8X', [24, 255, 255, 255, 255, 255, 255])],
    ['another RIFF', bytes(40, [0, ...utf8('RIFF')], [8, ...utf8('WAVE')])],
  ])('%s is none', (_, content) => expect(imageKind(content)).toBeUndefined())

  test('bytes within a larger buffer', () => {
    const whole = new Uint8Array([1, 2, 3, ...png(640, 480)])
    expect(imageKind(whole.subarray(3))?.type).toBe('image/png')
  })
})
