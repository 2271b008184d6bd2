import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { parseFloat, parseVector } from '../../src/words/literals.ts'
import { counted, grouped } from '../../src/cli/output.ts'
import { hasStyles } from '../../src/cli/terminal.ts'
import { preview, printable } from '../../src/words/bytes.ts'
import { outline, resultBytes, showNumber } from '../../src/words/values.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('numbers', () => {
  test.each([
    ['0.1', 32, '0.1 (f32 0x3dcccccd)'],
    ['-0', 32, '-0 (f32 0x80000000)'],
    ['16777216', 32, '16777216 (f32 0x4b800000)'],
    ['0x1p-149', 32, '1e-45 (f32 0x00000001)'],
    ['0x1.fffffep127', 32, '3.4028235e+38 (f32 0x7f7fffff)'],
    ['-inf', 32, '-inf (f32 0xff800000)'],
    ['nan', 32, 'nan (f32 0x7fc00000)'],
    ['-nan:0x1', 32, '-nan:0x1 (f32 0xff800001)'],
    ['0.1', 64, '0.1 (f64 0x3fb999999999999a)'],
    ['-1e300', 64, '-1e+300 (f64 0xfe37e43c8800759c)'],
    ['nan:0x123', 64, 'nan:0x123 (f64 0x7ff0000000000123)'],
    ['inf', 64, 'inf (f64 0x7ff0000000000000)'],
  ] as const)('%s as f%i', (word, bits, shown) => {
    const value = parseFloat(word, bits)
    expect(showNumber(value)).toBe(shown)
    expect(parseFloat(shown.split(' ')[0]!, bits)).toEqual(value)
  })

  test('a vector is shown in the form in which it can be typed', () => {
    expect(showNumber(parseVector('i32x4:1,-2,3,4'))).toBe('i32x4:1,-2,3,4 (v128 0x0000000400000003fffffffe00000001)')
    expect(showNumber(-5n)).toBe('-5')
  })
})

describe('bytes', () => {
  test.each([
    ['plain', 'plain'],
    ['tabs\tand\nlines\r\n', 'tabs\tand\nlines\r\n'],
    ['Zoë 👩‍🚀', 'Zoë 👩‍🚀'],
    ['', ''],
  ])('%j is text', (text, shown) => expect(printable(utf8(text))).toBe(shown))

  test.each([
    ['an escape', utf8('\u001b[31m')],
    ['a lone return', utf8('over\rwritten')],
    ['right to left', utf8('a\u202eb')],
    ['NUL', utf8('a\0')],
    ['no UTF-8', Uint8Array.of(0xff)],
    ['a line separator', utf8('a\u2028b')],
  ])('%s is not shown as text', (_, bytes) => expect(printable(bytes)).toBeUndefined())

  test('hex is shown with the characters', () => {
    expect(preview(Uint8Array.of(0, 97, 115, 109, 255))).toEqual([
      '00000000  00 61 73 6d ff                                   .asm.',
    ])
    const lines = preview(new Uint8Array(1000))
    expect(lines).toHaveLength(17)
    expect(lines.at(-1)).toBe('… (1000 bytes in all)')
  })

  test('a log with a few escapes is text, and bytes that are mostly escapes are not', () => {
    expect(preview(utf8('\u001b[31merror\u001b[0m: no\nnext\n'))).toEqual(['\u001b[31merror\u001b[0m: no', 'next'])
    expect(preview(Uint8Array.of(1))).toEqual(['00000000  01                                               .'])
    expect(preview(utf8('a text with a NUL\0'))[0]).toMatch(/^00000000 /)
  })

  test('long text is cut, with a note', () => {
    expect(preview(utf8('one\ntwo\n'))).toEqual(['one', 'two'])
    expect(preview(utf8('line\n'.repeat(100))).at(-1)).toBe('… (500 characters in all)')
    expect(preview(utf8('x'.repeat(5000)))).toEqual(['x'.repeat(800), '… (5000 characters in all)'])
  })
})

test('documents are shown as lines', () => {
  const cid = CID.parse('bafkqaaa')
  const document = { a: 1n, b: [cid, 'x\n', { c: [] }], d: {}, e: Uint8Array.of(1, 2), f: null, g: utf8('hi') }
  expect(outline(document)).toEqual([
    'a: 1',
    'b:',
    '  - bafkqaaa',
    '  - "x\\n"',
    '  - c: none',
    'd: {}',
    'e: 2 bytes 0x0102',
    'f: null',
    'g: 2 bytes "hi"',
  ])
})

test('arguments become values', () => {
  expect([grouped(0), grouped(999), grouped(1000n), grouped(12345678n)]).toEqual(['0', '999', '1_000', '12_345_678'])
  expect([counted(1, 'page'), counted(1024, 'page')]).toEqual(['1 page', '1_024 pages'])
})

test('only terminals get colours', () => {
  const coloured = (isTTY: boolean, env: Record<string, string>): boolean => hasStyles({ isTTY }, env)
  expect(coloured(true, {})).toBe(true)
  expect(coloured(false, { CI: 'true' })).toBe(false)
  expect(coloured(true, { NO_COLOR: '1' })).toBe(false)
  expect(coloured(true, { TERM: 'dumb' })).toBe(false)
})

describe('the bytes of a result', () => {
  const cid = CID.parse('bafkqaaa')
  test.each([
    ['bytes', Uint8Array.of(0, 255), Uint8Array.of(0, 255)],
    ['text', 'Zoë', utf8('Zoë')],
    ['nothing', null, utf8('')],
    ['an integer', -7n, utf8('-7\n')],
    ['numbers', [1n, Uint8Array.of(0, 0, 0xc0, 0x3f), parseVector('i32x4:1,2,3,-4')], utf8('1\n1.5\ni32x4:1,2,3,-4\n')],
    ['no numbers', [], utf8('')],
    ['a link', cid, utf8('linked')],
  ])('%s', async (_, result, bytes) => {
    expect(await resultBytes(result, async asked => utf8(asked.equals(cid) ? 'linked' : 'another'))).toEqual(bytes)
  })
})
