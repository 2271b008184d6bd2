import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { visible, visibleJson } from '../../src/base/visible.ts'

describe('visible text', () => {
  test.each([
    ['an escape', '\u001b[31mred', '\\x1b[31mred'],
    ['a title', '\u001b]0;title\u0007', '\\x1b]0;title\\x07'],
    ['C1', '\u009b2J\u0085', '\\x9b2J\\x85'],
    ['DEL', '\u007f', '\\x7f'],
    ['ends of lines', 'a\r\nb', 'a\\r\\nb'],
    ['separators', '\u2028\u2029', '\\u2028\\u2029'],
    ['bidi', '\u202e\u2066\u200f\u061c', '\\u202e\\u2066\\u200f\\u061c'],
    ['zero-width', 'a\u200b\u200c\u200db\u2060', 'a\\u200b\\u200c\\u200db\\u2060'],
    ['a byte order mark', '\ufeff', '\\ufeff'],
    ['lone surrogates', '\ud800a\udc00', '\\ud800a\\udc00'],
    ['tags', '\u{e0041}', '\\u{e0041}'],
    ['fillers', '\u3164\u115f\uffa0\u00ad\u034f', '\\u3164\\u115f\\uffa0\\xad\\u034f'],
    ['a private character', '\ue000', '\\ue000'],
  ])('%s', (_, foreign, shown) => expect(visible(foreign)).toBe(shown))

  test.each(['', 'plain', 'C:\\x1b', 'Zoë, 東京, عربى', 'tab\tbed', 'e\u0301', '👩‍🚀', '👩🏽‍🚀', '❤️', '👩‍❤️‍👨'])(
    '%j is shown as it is',
    text => expect(visible(text)).toBe(text),
  )

  test('a joiner between letters is not part of an emoji', () => {
    expect(visible('a\u200db\ufe0f')).toBe('a\\u200db\\ufe0f')
    expect(visible('👩\u200dadmin')).toBe('👩\\u200dadmin')
  })

  test('the output for any text has only visible characters, and does not change again', () => {
    const unit = fc.oneof(
      fc.integer({ min: 0, max: 0xffff }).map(code => String.fromCharCode(code)),
      fc.constantFrom('\u001b', '\u200d', '👩', '\ufe0f'),
    )
    const hostile = fc.array(unit).map(units => units.join(''))
    fc.assert(
      fc.property(hostile, text => {
        const shown = visible(text)
        expect(shown).not.toMatch(
          /(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200b\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u,
        )
        expect(visible(shown)).toBe(shown)
      }),
    )
  })
})

test('JSON keeps its value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const line = visibleJson(JSON.stringify(value))
      expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)))
      expect(visible(line)).toBe(line)
    }),
  )
  expect(visibleJson(JSON.stringify({ '\u009b\u{e0041}': '\u202e' }))).toBe('{"\\u009b\\udb40\\udc41":"\\u202e"}')
})
