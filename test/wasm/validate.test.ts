/** Modules byte by byte, section by section: each is accepted, or refused with one code at one offset. */
import { describe, expect, test } from 'vitest'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, V128 } from '../../src/wasm/types.ts'
import { validate } from '../../src/wasm/validate.ts'
import {
  body,
  engineAccepts,
  flat,
  HEADER,
  list,
  name,
  RULES,
  section,
  sized,
  type,
  u32,
  verdict,
  wasm,
  type Bytes,
} from './bytes.ts'
import { cases, CODE, FUNCTION, FUNCTION_TABLE, NONE, TYPES, ZERO } from './cases.ts'

const i32s = (count: number): number[] => Array.from({ length: count }, () => I32)

describe('the header', () => {
  const rows: readonly (readonly [string, Bytes, string])[] = [
    ['no byte', [], 'malformed @0'],
    ['half of the magic', [0, 0x61], 'malformed @2'],
    ['the magic alone', HEADER.slice(0, 4), 'malformed @4'],
    ['another magic', [0, 0x61, 0x73, 0x6e, 1, 0, 0, 0], 'malformed @3'],
    ['another version', [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0], 'malformed @4'],
    ['another high version', [0, 0x61, 0x73, 0x6d, 1, 0, 0, 1], 'malformed @7'],
    ['a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0], 'feature component-model @4'],
    ['a header similar to a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 2, 0], 'malformed @4'],
    ['the beginning of a component', [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1], 'malformed @4'],
    ['the header alone', HEADER, 'valid'],
  ]
  test.each(rows)('%s', (_, bytes, expected) => {
    expect(verdict(flat(bytes))).toBe(expected)
    expect(engineAccepts(flat(bytes))).toBe(expected === 'valid')
  })
})

cases('sections', [
  ['in order', [TYPES, FUNCTION, CODE], 'valid'],
  ['twice', [TYPES, TYPES], 'malformed @14'],
  ['out of order', [FUNCTION, TYPES], 'invalid @11'],
  ['out of order and empty', [list(3), TYPES], 'malformed @11'],
  ['data count after code', [TYPES, FUNCTION, CODE, section(12, 0)], 'malformed @24'],
  ['data count before code', [TYPES, FUNCTION, section(12, 0), CODE], 'valid'],
  ['data count before elements', [section(12, 0), list(9)], 'malformed @11'],
  ["an id that is nobody's", section(15), 'malformed @8'],
  ['a tag section', section(13, 0), 'feature exceptions @8'],
  ['a tag section without a length', 13, 'feature exceptions @8'],
  ['out of order and too long', [FUNCTION_TABLE, 1, 9], 'malformed @14'],
  ['longer than the rest', [1, 5, 1, 0x60, 0, 0], 'malformed @14'],
  ['longer than its contents', section(1, 1, NONE, 0), 'malformed @14'],
  ['shorter than its contents', [1, 3, 1, 0x60, 0, 0], 'malformed @13'],
  ['of length 2³² − 1', [1, 0xff, 0xff, 0xff, 0xff, 0x0f], 'malformed @14'],
  ['without a length', [1], 'malformed @9'],
  ['with a length of six bytes', [1, 0x84, 0x80, 0x80, 0x80, 0x80, 0, 1, NONE], 'malformed @13'],
  ['with a length of five bytes', [1, 0x84, 0x80, 0x80, 0x80, 0, 1, NONE], 'valid'],
  ['without a count', section(1), 'malformed @10'],
])

cases('custom sections', [
  ['empty name', section(0, name('')), 'valid'],
  [
    'many, at any position',
    [
      section(0, name('a')),
      TYPES,
      section(0, name('a')),
      FUNCTION,
      section(0, name('b'), 1, 2),
      CODE,
      section(0, name('name'), 9),
    ],
    'valid',
  ],
  ['with contents that are wrong for their name', section(0, name('name'), 0xff, 0xff), 'valid'],
  ['without a byte', section(0), 'malformed @10'],
  ['with a name beyond its end', section(0, 5, 0x61), 'malformed @12'],
  ['with a name that is not UTF-8', section(0, 1, 0xff), 'malformed @11'],
  ['longer than the rest', [0, 9, 1, 0x61], 'malformed @12'],
])

test('custom sections are not listed', () => {
  const { module } = validate(wasm(section(0, name('a')), TYPES, section(0, name('b'))), RULES)
  expect(module!.sections).toEqual([{ id: 1, start: 12, end: 18 }])
})

cases('types', [
  ['of each kind', list(1, type([I32, I64, F32, F64, V128, FUNCREF, EXTERNREF], [I32, EXTERNREF])), 'valid'],
  ['of another form', list(1, [0x61, 0, 0]), 'malformed @11'],
  ['that are continuations', list(1, [0x5d, 0]), 'feature stack-switching @11'],
  ['that are structures', list(1, [0x5f, 0]), 'feature gc @11'],
  ['of an unknown parameter', list(1, type([0x40], [])), 'malformed @13'],
  ['of a typed reference', list(1, [0x60, 1, 0x63, 0x70, 0]), 'feature function-references @13'],
  ['of 255 parameters', list(1, type(i32s(255), [])), 'valid'],
  ['of 256 parameters', list(1, type(i32s(256), [])), 'limit params @13'],
  ['of 256 results', list(1, type([], i32s(256))), 'limit results @14'],
  ['fewer than counted', section(1, 2, NONE), 'malformed @14'],
])

cases('imports', [
  [
    'of each kind',
    [
      TYPES,
      list(
        2,
        [name('m'), name('f'), 0, 0],
        [name('m'), name('t'), 1, FUNCREF, 0, 1],
        [name('m'), name('m'), 2, 0, 1],
        [name('m'), name('g'), 3, I32, 1],
      ),
    ],
    'valid',
  ],
  ['of an unknown kind', list(2, [name('m'), name('f'), 5, 0]), 'malformed @15'],
  ['of a tag', list(2, [name('m'), name('f'), 4, 0, 0]), 'feature exceptions @15'],
  ['of an unknown type index', [TYPES, list(2, [name('m'), name('f'), 0, 1])], 'invalid @17'],
  ['of a name that is not UTF-8', list(2, [1, 0xff, 1, 0x61, 0, 0]), 'malformed @12'],
  [
    'of two memories',
    list(2, [name(''), name(''), 2, 0, 1], [name(''), name(''), 2, 0, 1]),
    'feature multi-memory @16',
  ],
  [
    'of two memories, the second of which is malformed',
    list(2, [name(''), name(''), 2, 0, 1], [name(''), name(''), 2, 0x10]),
    'feature multi-memory @16',
  ],
  ['of a memory beside one', [list(2, [name(''), name(''), 2, 0, 1]), list(5, [0, 1])], 'feature multi-memory @18'],
  ['of a shared memory', list(2, [name(''), name(''), 2, 3, 1, 1]), 'feature threads @14'],
  ['of a global that is neither constant nor mutable', list(2, [name(''), name(''), 3, I32, 4]), 'malformed @15'],
])

cases('functions', [
  ['without code', [TYPES, FUNCTION], 'malformed @18'],
  ['no functions and no code', [list(3), list(10)], 'valid'],
  ['code without functions', [TYPES, CODE], 'malformed @16'],
  ['more functions than code', [TYPES, list(3, 0, 0), CODE], 'malformed @21'],
  ['of an unknown type index', [TYPES, list(3, 1), CODE], 'invalid @17'],
])

cases('tables and memories', [
  ['table of functions', FUNCTION_TABLE, 'valid'],
  ['table of externals with a greatest size', list(4, [EXTERNREF, 1, 0, 0]), 'valid'],
  ['table of numbers', list(4, [I32, 0, 0]), 'malformed @11'],
  ['table with unknown bounds', list(4, [FUNCREF, 0x10, 0]), 'malformed @12'],
  ['table with a page size', list(4, [FUNCREF, 8, 0]), 'malformed @12'],
  ['table that is shared', list(4, [FUNCREF, 3, 0, 1]), 'feature shared-everything-threads @12'],
  ['table with 64 bits', list(4, [FUNCREF, 4, 0]), 'feature memory64 @12'],
  ['table that shrinks', list(4, [FUNCREF, 1, 2, 1]), 'invalid @11'],
  ['table that shrinks and is imported', list(2, [name(''), name(''), 1, FUNCREF, 1, 2, 1]), 'invalid @11'],
  [
    'table with a first value',
    list(4, [0x40, 0, FUNCREF, 0, 0, 0xd0, FUNCREF, 0x0b]),
    'feature function-references @11',
  ],
  ['table that is cut off before another section', [section(4, 1), 0x40], 'malformed @11'],
  ['table of a million slots', list(4, [FUNCREF, 0, u32(1_000_000)]), 'valid'],
  ['table of a million and one', list(4, [FUNCREF, 0, u32(1_000_001)]), 'limit tableSlots @13'],
  ['table that may grow beyond', list(4, [FUNCREF, 1, 0, u32(2 ** 32 - 1)]), 'valid'],
  ['memory', list(5, [0, 1]), 'valid'],
  ['memory of 65 536 pages', list(5, [1, u32(65536), u32(65536)]), 'valid'],
  ['memory of 65 537 pages', list(5, [0, u32(65537)]), 'invalid @11'],
  ['memory that may grow to 65 537 pages', list(5, [1, 0, u32(65537)]), 'invalid @11'],
  ['memory that shrinks', list(5, [1, 2, 1]), 'invalid @11'],
  ['memory that is shared', list(5, [3, 1, 2]), 'feature threads @11'],
  ['memory with 64 bits', list(5, [4, 1]), 'feature memory64 @11'],
  ['memory with pages of its own size', list(5, [8, 1, 0]), 'feature custom-page-sizes @11'],
  ['two memories', list(5, [0, 1], [0, 1]), 'feature multi-memory @10'],
])

const REFERRING = [TYPES, FUNCTION]

cases('globals and constant expressions (PROFILE-4)', [
  [
    'of each type',
    [
      REFERRING,
      list(
        6,
        [I32, 0, 0x41, 0x7f, 0x0b],
        [I64, 1, 0x42, 0x7f, 0x0b],
        [F32, 0, 0x43, 0, 0, 0, 0, 0x0b],
        [F64, 0, 0x44, new Uint8Array(8), 0x0b],
        [V128, 0, 0xfd, 0x0c, new Uint8Array(16), 0x0b],
        [FUNCREF, 0, 0xd0, FUNCREF, 0x0b],
        [EXTERNREF, 1, 0xd0, EXTERNREF, 0x0b],
        [FUNCREF, 0, 0xd2, 0, 0x0b],
      ),
      CODE,
    ],
    'valid',
  ],
  ['of another type than their value', list(6, [I64, 0, ZERO]), 'invalid @13'],
  ['of another reference than their value', list(6, [FUNCREF, 0, 0xd0, EXTERNREF, 0x0b]), 'invalid @13'],
  ['without a value', list(6, [I32, 0, 0x0b]), 'invalid @13'],
  ['without an end', list(6, [I32, 0, 0x41, 0]), 'malformed @15'],
  ['with two values', list(6, [I32, 0, 0x41, 0, 0x41, 0, 0x0b]), 'feature extended-const @15'],
  [
    'with a value and a global',
    list(6, [I32, 0, 0x41, 0, 0x0b], [I32, 0, 0x41, 0, 0x23, 0, 0x0b]),
    'feature extended-const @20',
  ],
  ['with two values of other types', list(6, [I32, 0, 0x41, 0, 0x43, 0, 0, 0, 0, 0x0b]), 'feature extended-const @15'],
  [
    'with a value and a vector',
    list(6, [I32, 0, 0x41, 0, 0xfd, 0x0c, new Uint8Array(16), 0x0b]),
    'feature extended-const @15',
  ],
  ['with a value and a null', list(6, [I32, 0, 0x41, 0, 0xd0, FUNCREF, 0x0b]), 'feature extended-const @15'],
  ['with a sum of nothing', list(6, [I32, 0, 0x6a, 0x0b]), 'feature extended-const @13'],
  ['with an else', list(6, [I32, 0, 0x05, 0x41, 0, 0x0b]), 'malformed @13'],
  ["with an opcode that is nobody's", list(6, [I32, 0, 0xf3, 0, 0x0b]), 'malformed @13'],
  ["with one that is nobody's in second place", list(6, [I32, 0, 0x41, 0, 0xf3, 0x0b]), 'malformed @15'],
  ['with a relaxed instruction', list(6, [V128, 0, 0xfd, 0x80, 0x02, 0x0b]), 'feature relaxed-simd @13'],
  [
    'with a relaxed instruction of redundant bytes',
    list(6, [V128, 0, 0xfd, 0x80, 0x82, 0x00, 0x0b]),
    'feature relaxed-simd @13',
  ],
  ['with a vector of redundant bytes', list(6, [V128, 0, 0xfd, 0x8c, 0x80, 0x00, new Uint8Array(16), 0x0b]), 'valid'],
  [
    'with a number after its prefix that is too long',
    list(6, [V128, 0, 0xfd, 0x8c, 0x80, 0x80, 0x80, 0x80, 0x00]),
    'malformed @18',
  ],
  ['with a prefix and no more', list(6, [I32, 0, 0xfb]), 'malformed @14'],
  ['with a sum', list(6, [I32, 0, 0x41, 0, 0x41, 0, 0x6a, 0x0b]), 'feature extended-const @15'],
  ['with an instruction that is not constant', list(6, [I32, 0, 0x41, 0, 0x45, 0x0b]), 'invalid @15'],
  ['with nop', list(6, [I32, 0, 0x01, 0x41, 0, 0x0b]), 'invalid @13'],
  ['with a vector instruction that is not constant', list(6, [V128, 0, 0xfd, 0x0e, 0x0b]), 'invalid @13'],
  ['with a structure', list(6, [I32, 0, 0xfb, 0, 0, 0x0b]), 'feature gc @13'],
  ['with an unknown function', [REFERRING, list(6, [FUNCREF, 0, 0xd2, 1, 0x0b]), CODE], 'invalid @23'],
  ['with a null of a number', list(6, [FUNCREF, 0, 0xd0, I32, 0x0b]), 'malformed @14'],
  [
    'with a null of a type of the module',
    [TYPES, list(6, [FUNCREF, 0, 0xd0, 0, 0x0b])],
    'feature function-references @20',
  ],
  ['with a null of an unknown type', list(6, [FUNCREF, 0, 0xd0, 0x41, 0x0b]), 'malformed @14'],
  ['with an unknown global', list(6, [I32, 0, 0x23, 0, 0x0b]), 'invalid @13'],
  ['with a global of the module', list(6, [I32, 0, ZERO], [I32, 0, 0x23, 0, 0x0b]), 'feature gc @18'],
  ['with a mutable global of the module', list(6, [I32, 1, ZERO], [I32, 0, 0x23, 0, 0x0b]), 'invalid @18'],
  ['with an imported global', [list(2, [name(''), name(''), 3, I32, 0]), list(6, [I32, 1, 0x23, 0, 0x0b])], 'valid'],
  [
    'with an imported global of another type',
    [list(2, [name(''), name(''), 3, I64, 0]), list(6, [I32, 1, 0x23, 0, 0x0b])],
    'invalid @21',
  ],
  [
    'with an imported mutable global',
    [list(2, [name(''), name(''), 3, I32, 1]), list(6, [I32, 1, 0x23, 0, 0x0b])],
    'invalid @21',
  ],
  ['shared', list(6, [I32, 2, ZERO]), 'feature shared-everything-threads @12'],
  ['with an i32 of too many bits', list(6, [I32, 0, 0x41, 0xff, 0xff, 0xff, 0xff, 0x4f, 0x0b]), 'malformed @18'],
  [
    'with an i64 of too many bits',
    list(6, [I64, 0, 0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x0b]),
    'malformed @23',
  ],
])

cases('exports', [
  [
    'of each kind',
    [
      TYPES,
      FUNCTION,
      FUNCTION_TABLE,
      list(5, [0, 0]),
      list(6, [I32, 1, ZERO]),
      list(7, [name('a'), 0, 0], [name('b'), 1, 0], [name('c'), 2, 0], [name(''), 3, 0]),
      CODE,
    ],
    'valid',
  ],
  ['one definition with two names', [TYPES, FUNCTION, list(7, [name('a'), 0, 0], [name('b'), 0, 0]), CODE], 'valid'],
  [
    'the same name twice',
    [TYPES, FUNCTION, list(7, [name('a'), 0, 0], [name('b'), 0, 0], [name('a'), 0, 0]), CODE],
    'invalid @29',
  ],
  [
    'the same name for two kinds',
    [list(5, [0, 0]), list(6, [I32, 1, ZERO]), list(7, [name('a'), 2, 0], [name('a'), 3, 0])],
    'invalid @28',
  ],
  [
    'names that differ only in Unicode normalisation',
    [list(5, [0, 0]), list(7, [name('\u00e9'), 2, 0], [name('e\u0301'), 2, 0])],
    'valid',
  ],
  ['an unknown function', [TYPES, FUNCTION, list(7, [name('a'), 0, 1]), CODE], 'invalid @21'],
  ['an unknown table', list(7, [name('a'), 1, 0]), 'invalid @11'],
  ['an unknown memory', list(7, [name('a'), 2, 0]), 'invalid @11'],
  ['an unknown global', list(7, [name('a'), 3, 0]), 'invalid @11'],
  ['of an unknown kind', list(7, [name('a'), 5, 0]), 'malformed @13'],
])

cases('start', [
  ['has no parameters and results', [TYPES, FUNCTION, section(8, 0), CODE], 'valid'],
  ['does not exist', [TYPES, FUNCTION, section(8, 1), CODE], 'invalid @20'],
  ['has a parameter', [list(1, type([I32], [])), FUNCTION, section(8, 0), CODE], 'invalid @21'],
  ['has a result', [list(1, type([], [I32])), FUNCTION, section(8, 0), list(10, body([0x41, 0]))], 'invalid @21'],
  ['does not declare a reference', [TYPES, FUNCTION, section(8, 0), list(10, body([0xd2, 0, 0x1a]))], 'invalid @26'],
])

/** Bytes before an element segment: header, types, functions, a table of functions and one of externals. */
const E = 8 + 6 + 4 + 9
const TABLES = list(4, [FUNCREF, 0, 9], [EXTERNREF, 0, 9])
const elements = (...segments: Bytes[]): Bytes => [TYPES, FUNCTION, TABLES, list(9, ...segments), CODE]
const FUNCTION_EXPRESSION = [0xd2, 0, 0x0b]

cases('element segments', [
  ['0: active, functions', elements([0, ZERO, 2, 0, 0]), 'valid'],
  ['1: passive, functions', elements([1, 0, 1, 0]), 'valid'],
  ['2: active on a table, functions', elements([2, 0, ZERO, 0, 1, 0]), 'valid'],
  ['3: declared, functions', elements([3, 0, 1, 0]), 'valid'],
  ['4: active, expressions', elements([4, ZERO, 2, FUNCTION_EXPRESSION, 0xd0, FUNCREF, 0x0b]), 'valid'],
  ['5: passive, expressions', elements([5, EXTERNREF, 1, 0xd0, EXTERNREF, 0x0b]), 'valid'],
  ['6: active on a table, expressions', elements([6, 1, ZERO, EXTERNREF, 1, 0xd0, EXTERNREF, 0x0b]), 'valid'],
  ['7: declared, expressions', elements([7, FUNCREF, 1, FUNCTION_EXPRESSION]), 'valid'],
  ['8: shared', elements([8, ZERO, 0]), `feature shared-everything-threads @${E + 3}`],
  ['16: unknown', elements([16, ZERO, 0]), `malformed @${E + 3}`],
  ['0 without a table', [list(9, [0, ZERO, 0])], 'invalid @11'],
  ['0 on a table of externals', [list(4, [EXTERNREF, 0, 9]), list(9, [0, ZERO, 0])], 'invalid @17'],
  ['0 with an unknown function', elements([0, ZERO, 2, 0, 1]), `invalid @${E + 3}`],
  ['0 at an offset of 64 bits', elements([0, 0x42, 0, 0x0b, 0]), `invalid @${E + 4}`],
  ['0 longer than the rest', elements([0, ZERO, 9, 0]), `malformed @${E + 9}`],
  ['1 of an unknown kind', elements([1, 1, 1, 0]), `malformed @${E + 4}`],
  ['1 with a type for a kind', elements([1, FUNCREF, 1, 0]), `malformed @${E + 4}`],
  ['2 on an unknown table', elements([2, 2, ZERO, 0, 0]), `invalid @${E + 3}`],
  ['2 on an unknown table, with a malformed offset', elements([2, 2, 0xff, 0, 0]), `invalid @${E + 3}`],
  ['2 on a table of externals', elements([2, 1, ZERO, 0, 0]), `invalid @${E + 3}`],
  ['5 with an expression of another type', elements([5, FUNCREF, 1, 0xd0, EXTERNREF, 0x0b]), `invalid @${E + 6}`],
  ['6 of another type than its table', elements([6, 1, ZERO, FUNCREF, 0]), `invalid @${E + 3}`],
  ['7 with a number', elements([7, FUNCREF, 1, ZERO]), `invalid @${E + 6}`],
  ['7 with an unknown function', elements([7, FUNCREF, 1, 0xd2, 1, 0x0b]), `invalid @${E + 6}`],
])

test.each([0, 1, 2, 3, 4, 5, 6, 7])('an element segment of kind %i declares its functions for ref.func', kind => {
  const expressions = kind >= 4
  const of = expressions ? FUNCREF : 0
  const head = [kind, (kind & 3) === 2 ? 0 : [], (kind & 1) === 0 ? ZERO : [], (kind & 3) === 0 ? [] : of]
  const referring = list(10, body([0xd2, 0, 0x1a]))
  const reference = expressions ? FUNCTION_EXPRESSION : 0
  const declared = wasm(TYPES, FUNCTION, FUNCTION_TABLE, list(9, [head, 1, reference]), referring)
  const empty = wasm(TYPES, FUNCTION, FUNCTION_TABLE, list(9, [head, 0]), referring)
  expect([verdict(declared), engineAccepts(declared)]).toEqual(['valid', true])
  expect([verdict(empty).split(' ')[0], engineAccepts(empty)]).toEqual(['invalid', false])
})

const data = (...segments: Bytes[]): Bytes => [list(5, [0, 1]), list(11, ...segments)]

cases('data segments', [
  ['0: active', data([0, ZERO, sized(1, 2, 3)]), 'valid'],
  ['1: passive', data([1, sized(1, 2, 3)]), 'valid'],
  ['2: active on a memory', data([2, 0, ZERO, sized(1, 2, 3)]), 'valid'],
  ['3: unknown', data([3, sized()]), 'malformed @16'],
  ['0 without a memory', list(11, [0, ZERO, 0]), 'invalid @11'],
  ['1 without a memory', list(11, [1, sized(1)]), 'valid'],
  ['2 on an unknown memory', data([2, 1, ZERO, 0]), 'invalid @16'],
  ['0 at an offset of 64 bits', data([0, 0x42, 0, 0x0b, 0]), 'invalid @17'],
  ['0 longer than the rest', data([0, ZERO, 4, 1, 2, 3]), 'malformed @24'],
  ['as many as counted', [list(5, [0, 1]), section(12, 1), list(11, [1, 0])], 'valid'],
  ['fewer than counted', [section(12, 2), list(11, [1, 0])], 'malformed @13'],
  ['more than counted', [section(12, 1), list(11, [1, 0], [1, 0])], 'malformed @13'],
  ['none, and none counted', section(12, 0), 'valid'],
  ['none, and one counted', section(12, 1), 'malformed @11'],
  [
    'used without a count',
    [TYPES, FUNCTION, list(5, [0, 1]), list(10, body([0xfc, 9, 0])), list(11, [1, 0])],
    'malformed @28',
  ],
  [
    'used with a count',
    [TYPES, FUNCTION, list(5, [0, 1]), section(12, 1), list(10, body([0xfc, 9, 0])), list(11, [1, 0])],
    'valid',
  ],
])
