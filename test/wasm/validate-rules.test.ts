/** Validation under the rules of other profiles: every feature and every limit. */
import { describe, expect, test } from 'vitest'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { EXTERNREF, FUNCREF, I32, V128 } from '../../src/wasm/types.ts'
import { body, list, name, oneBody, rulesOf, section, type, verdict, wasm, type Bytes } from './bytes.ts'
import { C, CODE, FUNCTION, FUNCTION_TABLE, NONE, TYPES, ZERO } from './cases.ts'

describe('the rules of another profile (PROFILE-2)', () => {
  const without = (feature: string): ReturnType<typeof rulesOf> =>
    rulesOf({ ...PROFILE_1, features: PROFILE_1.features.filter(f => f !== feature) })
  const rows: readonly (readonly [string, Bytes, string])[] = [
    ['mutable-globals', [list(6, [I32, 1, ZERO]), list(7, [name('g'), 3, 0])], '@19'],
    ['mutable-globals', list(2, [name(''), name(''), 3, I32, 1]), '@11'],
    ['sign-extension', oneBody([0x41, 0, 0xc0, 0x1a]).subarray(8), `@${C + 2}`],
    ['saturating-conversions', oneBody([0x43, 0, 0, 0, 0, 0xfc, 0, 0x1a]).subarray(8), `@${C + 5}`],
    ['multi-value', list(1, type([], [I32, I32])), '@11'],
    ['multi-value', oneBody([0x02, 0, 0x0b]).subarray(8), `@${C + 1}`],
    ['bulk-memory', section(12, 0), '@10'],
    ['bulk-memory', list(11, [1, 0]), '@11'],
    ['bulk-memory', list(9, [3, 0, 0]), '@11'],
    [
      'bulk-memory',
      [TYPES, FUNCTION, list(5, [0, 1]), list(10, body([0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0]))],
      `@${C + 5 + 6}`,
    ],
    ['reference-types', list(1, type([EXTERNREF], [])), '@13'],
    ['reference-types', list(6, [I32, 1, 0xd2, 0, 0x0b]), '@13'],
    ['reference-types', oneBody([0x41, 0, 0x41, 0, 0x41, 0, 0x1c, 1, I32, 0x1a]).subarray(8), `@${C + 6}`],
    ['reference-types', list(4, [FUNCREF, 0, 0], [FUNCREF, 0, 0]), '@14'],
    ['reference-types', [list(2, [name(''), name(''), 1, FUNCREF, 0, 0]), list(4, [FUNCREF, 0, 0])], '@20'],
    ['simd', list(1, type([V128], [])), '@13'],
    ['simd', list(6, [I32, 0, 0xfd, 0x0c]), '@13'],
    ['simd', oneBody([], [[1, V128]]).subarray(8), '@24'],
    ['tail-calls', oneBody([0x12, 0]).subarray(8), `@${C}`],
  ]
  test.each(rows)('without %s', (feature, sections, at) => {
    expect(verdict(wasm(sections), without(feature))).toBe(`feature ${feature} ${at}`)
  })

  test('a table of functions needs no reference types', () => {
    expect(verdict(wasm(FUNCTION_TABLE), without('reference-types'))).toBe('valid')
  })

  const limited: readonly (readonly [string, number, Bytes, string])[] = [
    ['moduleBytes', 8, TYPES, '@0'],
    ['types', 1, list(1, NONE, NONE), '@10'],
    ['imports', 0, [TYPES, list(2, [name(''), name(''), 0, 0])], '@16'],
    ['functions', 1, [TYPES, list(2, [name(''), name(''), 0, 0]), list(3, 0), list(10, body([]))], '@24'],
    ['functions', 1, [TYPES, list(2, [name(''), name(''), 0, 0], [name(''), name(''), 0, 0])], '@21'],
    ['tables', 1, list(4, [FUNCREF, 0, 0], [FUNCREF, 0, 0]), '@10'],
    ['tables', 0, list(2, [name(''), name(''), 1, FUNCREF, 0, 0]), '@11'],
    ['tables', 1, [list(2, [name(''), name(''), 1, FUNCREF, 0, 0]), list(4, [FUNCREF, 0, 0])], '@20'],
    ['globals', 0, list(6, [I32, 0, ZERO]), '@10'],
    ['globals', 0, list(2, [name(''), name(''), 3, I32, 0]), '@11'],
    ['globals', 1, [list(2, [name(''), name(''), 3, I32, 0]), list(6, [I32, 0, ZERO])], '@19'],
    ['exports', 0, [list(5, [0, 1]), list(7, [name('m'), 2, 0])], '@15'],
    ['nameBytes', 2, [list(5, [0, 1]), list(7, [name('ab'), 2, 0], [name('abc'), 2, 0])], '@21'],
    ['nameBytes', 2, list(2, [name('abc'), name(''), 2, 0, 1]), '@11'],
    ['elementSegments', 1, list(9, [3, 0, 0], [3, 0, 0]), '@10'],
    ['elements', 1, [TYPES, FUNCTION, list(9, [3, 0, 1, 0], [3, 0, 1, 0]), CODE], '@27'],
    ['dataSegments', 1, list(11, [1, 0], [1, 0]), '@10'],
    ['dataSegments', 1, section(12, 2), '@10'],
    ['bodyBytes', 2, oneBody([0x01]).subarray(8), '@21'],
    [
      'locals',
      1,
      oneBody(
        [],
        [
          [1, I32],
          [1, I32],
        ],
      ).subarray(8),
      '@25',
    ],
    ['locals', 1, [list(1, type([I32, I32], [])), FUNCTION, CODE], '@24'],
    ['totalLocalWords', 1, oneBody([], [[1, V128]]).subarray(8), '@22'],
    ['totalLocalWords', 1, [list(1, type([V128], [])), FUNCTION, CODE], '@21'],
    ['treeDepth', 7, oneBody([0x03, 0x40, 0x03, 0x40, 0x0b, 0x0b]).subarray(8), `@${C + 5}`],
    ['treeDepth', 9, oneBody([0x41, 0, 0x45, 0x45, 0x1a]).subarray(8), `@${C + 4}`],
    // Beyond one for each of the 13 bytes of the section's contents.
    ['keptValues', 66, oneBody([0x02, 0x40, 0x0b, 0x02, 0x40, 0x0b], [[40, I32]]).subarray(8), '@22'],
    [
      'parameterLoops',
      1,
      [
        list(1, type([], []), type([I32], [])),
        FUNCTION,
        list(10, body([0x41, 0, 0x03, 1, 0x1a, 0x0b, 0x41, 0, 0x03, 1, 0x1a, 0x0b])),
      ],
      '@35',
    ],
    [
      'exportedWords',
      2,
      [list(1, type([V128], [I32])), FUNCTION, list(7, [name('f'), 0, 0]), list(10, body([0x00]))],
      '@23',
    ],
    ['totalBytes', 10, section(0, name('a')), '@0'],
    ['operandHeight', 2, oneBody([0x41, 0, 0x41, 0, 0x41, 0, 0x1a, 0x1a, 0x1a]).subarray(8), `@${C + 4}`],
    ['operandHeight', 0, oneBody([0x41, 0, 0x1a]).subarray(8), `@${C}`],
    ['branchTargets', 2, oneBody([0x41, 0, 0x0e, 2, 0, 0, 0]).subarray(8), `@${C + 2}`],
    [
      'carriedValues',
      1,
      [
        list(1, type([], []), type([], [I32, I32, I32])),
        FUNCTION,
        list(10, body([0x02, 1, 0x00, 0x0b, 0x1a, 0x1a, 0x1a])),
      ],
      '@32',
    ],
    ['totalBranchTargets', 1, oneBody([0x41, 0, 0x0e, 0, 0, 0x41, 0, 0x0e, 0, 0]).subarray(8), '@22'],
  ]
  test.each(limited)('%s at most %i', (limit, most, sections, at) => {
    expect(verdict(wasm(sections), rulesOf(PROFILE_1, { [limit]: most }))).toBe(`limit ${limit} ${at}`)
    // One more is enough, or a few if one item counts as several.
    const enough = rulesOf(PROFILE_1, { [limit]: limit === 'moduleBytes' ? 14 : most + 3 })
    expect(verdict(wasm(sections), enough)).not.toMatch(/^limit/)
  })
})
