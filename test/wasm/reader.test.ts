import { describe, expect, test } from 'vitest'
import { Reader, Unreadable } from '../../src/wasm/reader.ts'
import { isUtf8 } from '../../src/base/utf8.ts'

type Read = (reader: Reader) => number | string | void

/** The value that was read and the number of its bytes, or the position of the error. */
function outcome(bytes: readonly number[], read: Read): unknown {
  // Bytes after the end must not be read.
  const reader = new Reader(Uint8Array.of(0xaa, ...bytes, 0x00, 0x00), 1, 1 + bytes.length)
  try {
    const value = read(reader)
    return [value, reader.pos - 1]
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error
    return `bad @${error.offset - 1}`
  }
}

function bytesOf(hex: string): number[] {
  return hex === '' ? [] : hex.split(' ').map(byte => Number.parseInt(byte, 16))
}

function table(read: Read, rows: readonly (readonly [hex: string, expected: unknown])[]): void {
  test.each(rows)('%s', (hex, expected) => {
    expect(outcome(bytesOf(hex), read)).toEqual(expected)
  })
}

describe('u32', () => {
  table(
    r => r.u32(),
    [
      ['00', [0, 1]],
      ['7f', [127, 1]],
      ['80 01', [128, 2]],
      ['ff 7f', [16383, 2]],
      ['80 80 01', [16384, 3]],
      ['ff ff ff 7f', [2 ** 28 - 1, 4]],
      ['80 80 80 80 01', [2 ** 28, 5]],
      ['ff ff ff ff 07', [2 ** 31 - 1, 5]],
      ['80 80 80 80 08', [2 ** 31, 5]],
      ['ff ff ff ff 0f', [2 ** 32 - 1, 5]],
      ['80 00', [0, 2]],
      ['80 80 80 80 00', [0, 5]],
      ['81 80 80 80 00', [1, 5]],
      ['05 ff', [5, 1]],
      ['80 80 80 80 10', 'bad @4'],
      ['ff ff ff ff 1f', 'bad @4'],
      ['80 80 80 80 70', 'bad @4'],
      ['80 80 80 80 80 00', 'bad @4'],
      ['80 80 80 80 8f', 'bad @4'],
      ['', 'bad @0'],
      ['80', 'bad @1'],
      ['80 80 80 80', 'bad @4'],
    ],
  )
})

describe('s32', () => {
  table(
    r => r.s32(),
    [
      ['00', [0, 1]],
      ['3f', [63, 1]],
      ['40', [-64, 1]],
      ['7f', [-1, 1]],
      ['c0 00', [64, 2]],
      ['bf 7f', [-65, 2]],
      ['ff 00', [127, 2]],
      ['80 7f', [-128, 2]],
      ['ff 7f', [-1, 2]],
      ['80 80 40', [-(2 ** 20), 3]],
      ['ff ff ff 3f', [2 ** 27 - 1, 4]],
      ['80 80 80 40', [-(2 ** 27), 4]],
      ['ff ff ff ff 07', [2 ** 31 - 1, 5]],
      ['80 80 80 80 78', [-(2 ** 31), 5]],
      ['ff ff ff ff 7f', [-1, 5]],
      ['80 80 80 80 00', [0, 5]],
      // The three bits beyond the sign must repeat it.
      ['80 80 80 80 08', 'bad @4'],
      ['ff ff ff ff 0f', 'bad @4'],
      ['80 80 80 80 70', 'bad @4'],
      ['ff ff ff ff 6f', 'bad @4'],
      ['ff ff ff ff 4f', 'bad @4'],
      ['80 80 80 80 80 00', 'bad @4'],
      ['ff ff ff ff ff 7f', 'bad @4'],
      ['', 'bad @0'],
      ['ff ff', 'bad @2'],
      ['80 80 80 80', 'bad @4'],
    ],
  )
})

describe('s33', () => {
  table(
    r => r.s33(),
    [
      ['00', [0, 1]],
      ['3f', [63, 1]],
      ['40', [-64, 1]],
      ['7f', [-1, 1]],
      ['6f', [-17, 1]],
      ['c0 00', [64, 2]],
      ['c0 7f', [-64, 2]],
      ['ff ff ff ff 07', [2 ** 31 - 1, 5]],
      ['80 80 80 80 08', [2 ** 31, 5]],
      ['ff ff ff ff 0f', [2 ** 32 - 1, 5]],
      ['80 80 80 80 70', [-(2 ** 32), 5]],
      ['ff ff ff ff 7f', [-1, 5]],
      ['80 80 80 80 10', 'bad @4'],
      ['ff ff ff ff 1f', 'bad @4'],
      ['80 80 80 80 60', 'bad @4'],
      ['80 80 80 80 50', 'bad @4'],
      ['ff ff ff ff 8f', 'bad @4'],
      ['', 'bad @0'],
      ['ff', 'bad @1'],
    ],
  )
})

describe('s64', () => {
  table(
    r => r.skipS64(),
    [
      ['00', [undefined, 1]],
      ['80 7f', [undefined, 2]],
      ['ff ff ff ff ff ff ff ff 7f', [undefined, 9]],
      ['ff ff ff ff ff ff ff ff ff 00', [undefined, 10]],
      ['80 80 80 80 80 80 80 80 80 7f', [undefined, 10]],
      ['80 80 80 80 80 80 80 80 80 00', [undefined, 10]],
      ['80 80 80 80 80 80 80 80 80 01', 'bad @9'],
      ['ff ff ff ff ff ff ff ff ff 7e', 'bad @9'],
      ['ff ff ff ff ff ff ff ff ff 3f', 'bad @9'],
      ['80 80 80 80 80 80 80 80 80 80 00', 'bad @9'],
      ['', 'bad @0'],
      ['80 80 80 80 80 80 80 80 80', 'bad @9'],
    ],
  )
})

describe('name', () => {
  table(
    r => r.name(),
    [
      ['00', ['', 1]],
      ['01 61', ['a', 2]],
      ['81 00 61', ['a', 3]],
      ['02 61 62', ['ab', 3]],
      ['01 00', ['\0', 2]],
      ['02 c3 a9', ['é', 3]],
      ['03 e2 82 ac', ['€', 4]],
      ['04 f0 9f 98 80', ['😀', 5]],
      ['04 f4 8f bf bf', ['\u{10ffff}', 5]],
      ['03 ed 9f bf', ['\ud7ff', 4]],
      ['03 ee 80 80', ['\ue000', 4]],
      ['03 ef bf bf', ['\uffff', 4]],
      // A byte order mark is a character of the name like any other.
      ['03 ef bb bf', ['\ufeff', 4]],
      ['06 ef bb bf ef bb bf', ['\ufeff\ufeff', 7]],
      ['04 ef bb bf 61', ['\ufeffa', 5]],
      ['03 ed a0 80', 'bad @1'],
      ['03 ed bf bf', 'bad @1'],
      ['06 ed a0 bd ed b8 80', 'bad @1'],
      ['02 c0 80', 'bad @1'],
      ['02 c1 bf', 'bad @1'],
      ['03 e0 80 af', 'bad @1'],
      ['04 f0 80 80 af', 'bad @1'],
      ['04 f4 90 80 80', 'bad @1'],
      ['04 f8 88 80 80', 'bad @1'],
      ['01 80', 'bad @1'],
      ['01 ff', 'bad @1'],
      ['02 c3 28', 'bad @1'],
      ['01 c3', 'bad @1'],
      ['03 61 e2 82', 'bad @1'],
      ['02 61', 'bad @2'],
      ['ff ff ff ff 0f 61', 'bad @6'],
      ['', 'bad @0'],
    ],
  )

  test('an error in one name does not affect the next one', () => {
    const reader = new Reader(Uint8Array.of(2, 0x61, 0xc3, 2, 0xa9, 0x62, 4, 0xef, 0xbb, 0xbf, 0x63))
    expect(() => reader.name()).toThrow(Unreadable)
    expect(() => reader.name()).toThrow(Unreadable)
    expect(reader.name()).toBe('\ufeffc')
  })

  test('its length is checked before its bytes', () => {
    const seen: number[] = []
    const reader = new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x61))
    const check = (bytes: number): never => {
      seen.push(bytes)
      throw new Error('too long')
    }
    expect(() => reader.name(check)).toThrow('too long')
    expect(seen).toEqual([2 ** 32 - 1])
  })
})

describe('whether bytes are UTF-8', () => {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decodes = (bytes: Uint8Array): boolean => {
    try {
      decoder.decode(bytes)
      return true
    } catch {
      return false
    }
  }
  /** Bytes at and beside every bound of the table. */
  const EDGES = [
    0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0,
    0xf1, 0xf3, 0xf4, 0xf5, 0xff,
  ]
  const ALL = Array.from({ length: 256 }, (_, i) => i)
  const sequences = (length: number, of: readonly number[]): number[][] =>
    length === 0 ? [[]] : sequences(length - 1, of).flatMap(rest => of.map(byte => [byte, ...rest]))

  test.each([
    [1, ALL],
    [2, ALL],
    [3, EDGES],
    [4, EDGES.slice(2)],
  ])('is the same as that of a decoder, %i of them', (length, of) => {
    const all = sequences(length, of).map(bytes => Uint8Array.from(bytes))
    expect(all.filter(bytes => isUtf8(bytes, 0, length) !== decodes(bytes))).toEqual([])
  })

  test('is a property of a range, without the bytes after it', () => {
    const bytes = Uint8Array.of(0xff, 0x61, 0xc3, 0xa9, 0xff)
    const said = [
      [1, 4],
      [1, 3],
      [0, 4],
      [1, 5],
      [2, 2],
    ].map(([start, end]) => isUtf8(bytes, start!, end!))
    expect(said).toEqual([true, false, false, false, true])
  })

  test('a skipped name is checked, too', () => {
    const skipped = new Reader(Uint8Array.of(3, 0x61, 0xc3, 0xa9, 9))
    expect([skipped.skipName(), skipped.pos]).toEqual([3, 4])
    expect(() => new Reader(Uint8Array.of(1, 0xff)).skipName()).toThrow(expect.objectContaining({ offset: 1 }))
    expect(() => new Reader(Uint8Array.of(2, 0x61)).skipName()).toThrow(expect.objectContaining({ offset: 2 }))
  })
})

test('bytes are read and skipped up to the end', () => {
  const reader = new Reader(Uint8Array.of(1, 2, 3, 4), 1, 3)
  expect(reader.done).toBe(false)
  expect(reader.u8()).toBe(2)
  expect(() => reader.skip(2)).toThrow(expect.objectContaining({ offset: 3 }))
  expect(() => reader.skip(2 ** 32 - 1)).toThrow(expect.objectContaining({ offset: 3 }))
  reader.skip(1)
  expect(reader.done).toBe(true)
  expect(() => reader.u8()).toThrow(expect.objectContaining({ offset: 3 }))
})
