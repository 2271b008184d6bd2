/** Compares the computed length in UTF-8 with the encoder of the engine that runs this test. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { textOf, utf8LengthOf } from '../../src/abi/utf16.ts'
import { utf8Length } from '../../src/base/text.ts'

const LONE = /\p{Surrogate}/u
/** Any code units, with lone surrogates among them. */
const codeUnits = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 0xffff }),
      fc.integer({ min: 0xd800, max: 0xdfff }),
      fc.integer({ min: 0, max: 0x80 }),
    ),
    { maxLength: 40 },
  )
  .map(units => String.fromCharCode(...units))

function viewOf(text: string): DataView {
  const view = new DataView(new ArrayBuffer(2 * text.length))
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), true)
  return view
}

describe('UTF-16 in memory (RECEIPT-21)', () => {
  test('its UTF-8 length is that of an encoder, unless it has a lone surrogate', () => {
    fc.assert(
      fc.property(codeUnits, text => {
        expect(utf8LengthOf(viewOf(text), Infinity)).toBe(
          LONE.test(text) ? undefined : new TextEncoder().encode(text).length,
        )
        expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length)
        expect(textOf(viewOf(text))).toBe(text)
      }),
      { seed: 1, numRuns: 5000 },
    )
  })

  test.each([1022, 1023, 1024, 1025, 2047, 2048, 5000])(
    'a surrogate pair across two pieces, after %i units',
    before => {
      const text = `${'é'.repeat(before)}💩${'.'.repeat(before)}`
      expect(textOf(viewOf(text))).toBe(text)
      expect(utf8LengthOf(viewOf(text), Infinity)).toBe(3 * before + 4)
    },
  )

  test('counting stops beyond the limit', () => {
    expect(utf8LengthOf(viewOf('abcdef'), 3)).toBe(4)
    expect(utf8LengthOf(viewOf('世世'), 2)).toBe(3)
    expect(utf8LengthOf(viewOf('abc'), 3)).toBe(3)
  })
})
