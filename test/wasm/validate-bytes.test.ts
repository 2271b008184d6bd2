/** Bodies byte by byte, for code that assemblers do not write; and the counts that validation computes. */
import { describe, expect, test } from 'vitest'
import type { Body } from '../../src/wasm/module.ts'
import { EXTERNREF, F64, I32, I64, V128 } from '../../src/wasm/types.ts'
import { validate } from '../../src/wasm/validate.ts'
import { body, list, oneBody, RULES, section, sized, type, verdict, wasm, type Bytes } from './bytes.ts'
import { C, cases, FUNCTION, TYPES, ZERO, type Case } from './cases.ts'

const code = (title: string, bytes: Bytes, expected: string): Case => [
  title,
  [TYPES, FUNCTION, list(10, body(bytes))],
  expected.replace(/\+(\d+)/, (_, n: string) => `@${C + Number(n)}`),
]

cases('bodies', [
  code('empty', [], 'valid'),
  ['without a byte', [TYPES, FUNCTION, list(10, 0)], 'malformed @22'],
  ['without an end', [TYPES, FUNCTION, list(10, sized(0, 0x01))], 'malformed @24'],
  ['longer than the section', [TYPES, FUNCTION, section(10, 1, 3, 0, 0x0b)], 'malformed @24'],
  ['fewer than counted', [TYPES, list(3, 0, 0), section(10, 2, body([]))], 'malformed @25'],
  code('with a block left open', [0x02, 0x40], 'malformed +3'),
  code('that end twice', 0x0b, 'malformed +1'),
  code('with an else of no if', 0x05, 'malformed +0'),
  code('with an else of a block', [0x02, 0x40, 0x05, 0x0b], 'malformed +2'),
  code('with an else of a loop', [0x03, 0x40, 0x05, 0x0b], 'malformed +2'),
  code('with an else of an else', [0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b], 'malformed +5'),
  code('with an else of a block with a result', [0x02, I32, 0x05, 0x41, 0, 0x0b, 0x1a], 'malformed +2'),
  code('with an else in dead code', [0x00, 0x05], 'malformed +1'),
  // PROFILE-3
  code('with an unknown opcode', 0xff, 'malformed +0'),
  code('with a gap of the opcodes', 0x16, 'malformed +0'),
  code('with an unknown bulk instruction', [0xfc, 0x17], 'malformed +0'),
  code('with an unknown vector instruction', [0xfd, 0x9a, 0x01], 'malformed +0'),
  code('with a prefix beyond all numbers', [0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f], 'malformed +0'),
  code('with a prefix of six bytes', [0xfc, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 'malformed +5'),
  code('with a prefix of redundant bytes', [0x43, 0, 0, 0, 0, 0xfc, 0x80, 0x80, 0x00, 0x1a], 'valid'),
  code('cut in a number', [0x41, 0x80], 'malformed +3'),
  code('cut in a float', [0x44, 0, 0, 0], 'malformed +5'),
  code('with a block of a type of the module', [0x02, 0x00, 0x0b], 'valid'),
  code('with a block of a type that is not there', [0x02, 0x01, 0x0b], 'invalid +0'),
  code('with a block of a type far beyond', [0x02, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b], 'invalid +0'),
  code('with a block of a type of redundant bytes', [0x02, 0x80, 0x80, 0x00, 0x0b], 'valid'),
  code('with a block of an unknown type', [0x02, 0x41, 0x0b], 'malformed +1'),
  code('with a null of an unknown type', [0xd0, 0x41, 0x1a], 'malformed +1'),
  code('with a null of a number', [0xd0, I32, 0x1a], 'malformed +1'),
  code('with a null of a type of the module', [0xd0, 0x00, 0x1a], 'feature function-references +1'),
  code('with a select of no type', [0x41, 0, 0x41, 0, 0x41, 0, 0x1c, 0x00, 0x1a], 'invalid +6'),
  code('with a select of an unknown type', [0x41, 0, 0x41, 0, 0x41, 0, 0x1c, 0x01, 0x40, 0x1a], 'malformed +8'),
  code('with a select whose count is long', [0x41, 0, 0x41, 0, 0x41, 0, 0x1c, 0x81, 0x00, I32, 0x1a], 'valid'),
  code('with a memory access and no memory', [0x41, 0, 0x28, 2, 0, 0x1a], 'invalid +2'),
  code('with a memory access of many memories', [0x41, 0, 0x28, 0x42, 0, 0, 0x1a], 'feature multi-memory +2'),
  code('with alignment beyond all bounds', [0x41, 0, 0x28, 0x80, 0x01, 0, 0x1a], 'malformed +2'),
  code('with alignment beyond what two bytes of flags may say', [0x41, 0, 0x28, 0x30, 0, 0x1a], 'malformed +2'),
  code('with alignment of 2³¹', [0x41, 0, 0x28, 0x1f, 0, 0x1a], 'invalid +2'),
  code('with memory.size of another memory', [0x3f, 1, 0x1a], 'feature multi-memory +0'),
  code('with memory.size of a long zero', [0x3f, 0x80, 0x00, 0x1a], 'feature multi-memory +0'),
  code('with memory.size of no number', [0x3f, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x1a], 'malformed +5'),
  code('with memory.size and no memory', [0x3f, 0, 0x1a], 'invalid +0'),
  code('with memory.fill and no memory', [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0], 'invalid +6'),
  code('with a call through no table', [0x41, 0, 0x11, 0, 0], 'invalid +2'),
  code('with a structure', [0xfb, 0x00, 0x00], 'feature gc +0'),
  code('with wide arithmetic', [0xfc, 0x13], 'feature wide-arithmetic +0'),
  code('with a call of a reference', [0x14, 0x00], 'feature function-references +0'),
  code('with a table of exceptions', [0x1f, 0x40, 0x00, 0x0b], 'feature exceptions +0'),
  code('with a continuation', [0xe0, 0x00], 'feature stack-switching +0'),
])

describe('the standard is stricter than V8 (PROFILE-5)', () => {
  const rows: readonly (readonly [string, Bytes, string])[] = [
    ['the type of a block is one byte', oneBody([0x02, 0xc0, 0x7f, 0x0b]).subarray(8), `malformed @${C + 1}`],
    ['a block type of four bytes', oneBody([0x02, 0xc0, 0xff, 0xff, 0x7f, 0x0b]).subarray(8), `malformed @${C + 1}`],
    ['an i32 type of two bytes', oneBody([0x02, 0xff, 0x7f, 0x41, 0, 0x0b, 0x1a]).subarray(8), `malformed @${C + 1}`],
    ['the type of a null is one byte', oneBody([0xd0, 0xf0, 0x7f, 0x1a]).subarray(8), `malformed @${C + 1}`],
    [
      'a select has one type, and not 257',
      oneBody([0x41, 0, 0x41, 0, 0x41, 0, 0x1c, 0x81, 0x02, I32, 0x1a]).subarray(8),
      `invalid @${C + 6}`,
    ],
    ['passive elements are references', list(9, [5, I32, 0]), 'malformed @12'],
    ['passive elements of numbers', list(9, [5, I32, 1, ZERO]), 'malformed @12'],
    ['declared elements of numbers', list(9, [7, V128, 0]), 'malformed @12'],
  ]
  test.each(rows)('%s', (_, sections, expected) => {
    expect(verdict(wasm(sections))).toBe(expected)
  })
})

cases('locals', [
  [
    'in groups',
    [
      TYPES,
      FUNCTION,
      list(
        10,
        body(
          [0x20, 3, 0x1a],
          [
            [2, I32],
            [0, F64],
            [2, EXTERNREF],
          ],
        ),
      ),
    ],
    'valid',
  ],
  [
    'beyond the groups',
    [
      TYPES,
      FUNCTION,
      list(
        10,
        body(
          [0x20, 4, 0x1a],
          [
            [2, I32],
            [0, F64],
            [2, EXTERNREF],
          ],
        ),
      ),
    ],
    'invalid @29',
  ],
  ['of an unknown type', [TYPES, FUNCTION, list(10, body([], [[1, 0x40]]))], 'malformed @24'],
  ['none of an unknown type', [TYPES, FUNCTION, list(10, body([], [[0, 0x40]]))], 'malformed @24'],
  ['10 000', [TYPES, FUNCTION, list(10, body([], [[10_000, I32]]))], 'valid'],
  [
    '10 001',
    [
      TYPES,
      FUNCTION,
      list(
        10,
        body(
          [],
          [
            [9_999, I32],
            [2, I64],
          ],
        ),
      ),
    ],
    'limit locals @26',
  ],
  ['10 001 of an unknown type', [TYPES, FUNCTION, list(10, body([], [[10_001, 0x40]]))], 'limit locals @23'],
  [
    '2³² − 1 twice',
    [
      TYPES,
      FUNCTION,
      list(
        10,
        body(
          [],
          [
            [2 ** 32 - 1, I32],
            [2 ** 32 - 1, I64],
          ],
        ),
      ),
    ],
    'limit locals @23',
  ],
])

describe('counts of a body', () => {
  const facts = (bytes: Bytes, groups: [number, number][] = []): Partial<Body> => {
    const { module } = validate(oneBody(bytes, groups), RULES)
    const { heightWords, localWords, branchTargets, hasDeadCode, carriedValues, keptValues, treeDepth } =
      module!.bodies[0]!
    return { heightWords, localWords, branchTargets, hasDeadCode, carriedValues, keptValues, treeDepth }
  }
  const nothing = {
    heightWords: 0,
    localWords: 0,
    branchTargets: 0,
    hasDeadCode: false,
    carriedValues: 0,
    keptValues: 0,
    treeDepth: 0,
  }
  const vector = [0xfd, 0x0c, new Uint8Array(16)]

  test('an empty body', () => expect(facts([])).toEqual(nothing))
  test('height counts vectors twice', () => {
    expect(facts([0x41, 0, vector, vector, 0x1a, 0x1a, 0x1a])).toMatchObject({ heightWords: 5 })
  })
  test('locals count vectors twice', () =>
    expect(
      facts(
        [],
        [
          [3, I32],
          [2, V128],
        ],
      ),
    ).toMatchObject({ localWords: 7 }))
  test('height begins anew after control leaves', () => {
    expect(facts([vector, vector, 0x00, vector, 0x1a])).toMatchObject({ heightWords: 4 })
    expect(facts([0x02, 0x40, vector, vector, 0x0c, 0, 0x0b, vector, 0x1a])).toMatchObject({ heightWords: 4 })
  })
  test('code after a branch is unreachable', () => {
    for (const code of [[0x00], [0x0c, 0], [0x0f], [0x41, 0, 0x0e, 0, 0]]) {
      expect(facts(code).hasDeadCode).toBe(false)
      expect(facts([...code, 0x01]).hasDeadCode).toBe(true)
      expect(facts([0x41, 0, 0x04, 0x40, ...code, 0x05, 0x0b, 0x01]).hasDeadCode).toBe(false)
      expect(facts([0x02, 0x40, ...code, 0x41, 0, 0x1a, 0x0b, 0x01]).hasDeadCode).toBe(true)
    }
  })
  test('targets include the defaults', () => {
    expect(facts([0x41, 0, 0x0e, 3, 0, 0, 0, 0, 0x41, 0, 0x0e, 0, 0])).toMatchObject({ branchTargets: 5 })
  })
  test('single values are not carried, and of a list all but one are', () => {
    const carried = (...code: Bytes[]): number =>
      validate(
        wasm(
          list(1, type([], []), type([I32, I32], [I32, I32, I32]), type([], [I32, I32, I32])),
          list(3, 0, 2),
          list(10, body(code), body([0x00])),
        ),
        RULES,
      ).module!.bodies[0]!.carriedValues
    const [two, drops] = [
      [0x41, 0, 0x41, 0],
      [0x1a, 0x1a, 0x1a],
    ]
    expect(carried(two, 0x02, 1, 0x41, 0, 0x0b, drops)).toBe(1 + 2)
    expect(carried(two, 0x41, 0, 0x04, 1, 0x41, 0, 0x05, 0x41, 0, 0x0b, drops)).toBe(1 + 1 + 2)
    expect(carried(0x10, 1, drops)).toBe(2)
    expect(carried(two, 0x03, 1, 0x41, 0, 0x0d, 0, 0x41, 0, 0x0b, drops)).toBe(1 + 1 + 2)
    expect(carried(0x02, 2, 0x10, 1, 0x41, 0, 0x0e, 2, 0, 0, 0, 0x0b, drops)).toBe(2 + 3 * 2 + 2)
    expect(carried(0x02, 0x7f, 0x41, 0, 0x41, 0, 0x0d, 0, 0x0b, 0x1a)).toBe(0)
  })
})
