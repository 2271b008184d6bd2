/**
 * Tests every code at every place where a module has a code. The expected verdicts are written here by hand,
 * independently of the product's table: `own` is WebAssembly 2.0 with tail calls, and a name is a proposal. All other
 * codes are malformed.
 */
import { describe, expect, test } from 'vitest'
import { FOREIGN, PROPOSALS } from '../../src/wasm/foreign.ts'
import { EXTERNREF, FUNCREF, I32 } from '../../src/wasm/types.ts'
import {
  body,
  engineAccepts,
  HEADER,
  flat,
  list,
  name,
  section,
  sized,
  u32,
  verdict,
  wasm,
  type Bytes,
} from './bytes.ts'
import { C, FUNCTION, FUNCTION_TABLE, TYPES, ZERO } from './cases.ts'

/** Parses a text such as `00-05 own, 14 gc` to a function from codes to verdicts. */
function ranges(text: string): (code: number) => string {
  const rows = text
    .trim()
    .split(/,\s*/)
    .map(row => {
      const [span, what] = row.split(' ')
      const [first, last = first] = span!.split('-')
      return { first: parseInt(first!, 16), last: parseInt(last!, 16), what: what! }
    })
  return code => rows.find(({ first, last }) => code >= first && code <= last)?.what ?? 'malformed'
}

const TYPES_OF_VALUES = `
  6f-70 own, 7b-7f own, 61 stringref, 62 custom-descriptors, 63-64 function-references, 65 shared-everything-threads,
  66-67 stringref, 68 stack-switching, 69 exceptions, 6a-6e gc, 71-73 gc, 74 exceptions, 75 stack-switching`
const TYPES_OF_REFERENCES = TYPES_OF_VALUES.replace(' 7b-7f own,', '')
const TYPES_OF_BLOCKS = `${TYPES_OF_VALUES}, 00-40 own, 80-ff own`
const TYPES_OF_NULLS = `
  ${TYPES_OF_REFERENCES.replace(' 63-64 function-references,', '')}, 00-3f function-references, 80-ff function-references`
const FORMS = '60 own, 4c-4d custom-descriptors, 4e-50 gc, 5d stack-switching, 5e-5f gc, 65 shared-everything-threads'
const TABLE_LIMITS = '00-01 own, 02-03 shared-everything-threads, 04-07 memory64'
const MEMORY_LIMITS = '00-01 own, 02-03 threads, 04-07 memory64, 08-0f custom-page-sizes'
const MUTABILITY = '00-01 own, 02-03 shared-everything-threads'
const OPCODES = `
  00-05 own, 06-0a exceptions, 0b-13 own, 14-15 function-references, 18-19 exceptions, 1a-1c own, 1f exceptions, 20-26 own,
  28-c4 own, d0-d2 own, d3 gc, d4-d6 function-references, e0-e6 stack-switching`
const SUB_OPCODES: Readonly<Record<number, string>> = {
  0xfb: `
    00-1e gc, 1f shared-everything-threads, 20-26 custom-descriptors, 80-95 stringref, 98-9c stringref, a0-a4 stringref,
    a8-aa stringref, b0-b8 stringref`,
  0xfc: '00-11 own, 12 memory-control, 13-16 wide-arithmetic, 30-31 fp16',
  0xfd: `
    00-99 own, 9b-a1 own, a3-a4 own, a7-ae own, b1 own, b5-ba own, bc-c1 own, c3-c4 own, c7-ce own, d1 own, d5-e1 own,
    e3-ed own, ef-ff own, 100-113 relaxed-simd, 120-122 fp16, 130-14f fp16`,
  0xfe: '00-03 threads, 04 acquire-release-atomics, 10-4e threads, 4f-72 shared-everything-threads',
}

const PREFIXES = Object.entries(SUB_OPCODES).map(([prefix, expected]) => [Number(prefix), expected] as const)

const BYTES = Array.from({ length: 256 }, (_, byte) => byte)
const NUMBERS = [...Array.from({ length: 0x200 }, (_, i) => i), 0x200, 0x3fff, 0x4000, 2 ** 31, 2 ** 32 - 1]
const ZEROS = new Uint8Array(20)

interface Walk {
  /** Makes the module with these bytes at the place. */
  make(code: Bytes): Bytes
  /** The offset of a finding about the code. */
  readonly at: number
  readonly expected: string
  /** The permitted verdicts on a code of 2.0. */
  own?(code: number, at: number): RegExp
  /** Codes that V8 accepts although the standard does not (see `agreement.ts`). */
  readonly lenient?: readonly number[]
}

const NO_FEATURE = /^(?!feature)/

/** The codes whose verdict is not the expected one. */
function wrong(
  { make, at, expected, own, lenient = [] }: Walk,
  codes: readonly number[],
  encode: (code: number) => Bytes,
): string[] {
  const meaning = ranges(expected)
  return codes.flatMap(code => {
    const bytes = wasm(make(encode(code)))
    const said = verdict(bytes)
    const what = meaning(code)
    const right =
      what === 'own'
        ? (own?.(code, at) ?? NO_FEATURE).test(said) && said !== `malformed @${at}`
        : said === (what === 'malformed' ? `malformed @${at}` : `feature ${what} @${at}`)
    // The engine must accept every module that we accept, and none that we call malformed or invalid.
    const engine =
      /^(feature|limit)/.test(said) || lenient.includes(code) || engineAccepts(bytes) === (said === 'valid')
    return right && engine
      ? []
      : [`0x${code.toString(16)}: ${said}, not ${what}${engine ? '' : '; the engine differs'}`]
  })
}

const inBody = (...code: Bytes[]): Bytes => [TYPES, FUNCTION, list(10, body(code))]
const importing = (...rest: Bytes[]): Bytes => list(2, [name('m'), name('n'), ...rest])

describe('every byte (PROFILE-2, PROFILE-3, PROFILE-6)', () => {
  const places: readonly (readonly [string, Walk])[] = [
    ['the type of a parameter', { make: b => list(1, [0x60, 1, b, 0]), at: 13, expected: TYPES_OF_VALUES }],
    ['the type of a result', { make: b => list(1, [0x60, 0, 1, b]), at: 14, expected: TYPES_OF_VALUES }],
    [
      'the type of a local',
      {
        make: b => [TYPES, FUNCTION, list(10, sized(1, 1, b, 0x0b))],
        at: C + 1,
        expected: TYPES_OF_VALUES,
      },
    ],
    [
      'the type of an empty list of locals',
      {
        make: b => [TYPES, FUNCTION, list(10, sized(1, 0, b, 0x0b))],
        at: C + 1,
        expected: TYPES_OF_VALUES,
      },
    ],
    ['the type of a global', { make: b => list(6, [b, 0, ZERO]), at: 11, expected: TYPES_OF_VALUES }],
    ['the type of an imported global', { make: b => importing(3, b, 0), at: 16, expected: TYPES_OF_VALUES }],
    ['the type of a block', { make: b => inBody(0x02, b, 0x00, 0x0b, 0x00), at: C + 1, expected: TYPES_OF_BLOCKS }],
    ['the type of an if', { make: b => inBody(0x00, 0x04, b, 0x00, 0x0b, 0x00), at: C + 2, expected: TYPES_OF_BLOCKS }],
    ['the type of a select', { make: b => inBody(0x00, 0x1c, 1, b, 0x1a), at: C + 3, expected: TYPES_OF_VALUES }],
    ['the type of a null in a body', { make: b => inBody(0xd0, b, 0x00, 0x1a), at: C + 1, expected: TYPES_OF_NULLS }],
    [
      'the type of a null in a constant',
      { make: b => list(6, [FUNCREF, 0, 0xd0, b, 0x0b]), at: 14, expected: TYPES_OF_NULLS },
    ],
    [
      'the type of a table',
      {
        make: b => list(4, [b, 0, 0]),
        at: 11,
        expected: `40 function-references, ${TYPES_OF_REFERENCES}`,
      },
    ],
    ['the type of an imported table', { make: b => importing(1, b, 0, 0), at: 16, expected: TYPES_OF_REFERENCES }],
    [
      'the type of an element segment',
      {
        make: b => list(9, [5, b, 0]),
        at: 12,
        expected: TYPES_OF_REFERENCES,
        lenient: [0x7b, 0x7c, 0x7d, 0x7e, 0x7f],
      },
    ],
    ['the kind of an element segment', { make: b => list(9, [1, b, 0]), at: 12, expected: '00 own' }],
    ['the form of a type', { make: b => list(1, [b, 0, 0]), at: 11, expected: FORMS }],
    ['the limits of a table', { make: b => list(4, [FUNCREF, b, 1, 1]), at: 12, expected: TABLE_LIMITS }],
    [
      'the limits of an imported table',
      { make: b => importing(1, EXTERNREF, b, 1, 1), at: 17, expected: TABLE_LIMITS },
    ],
    ['the limits of a memory', { make: b => list(5, [b, 1, 1]), at: 11, expected: MEMORY_LIMITS }],
    ['the limits of an imported memory', { make: b => importing(2, b, 1, 1), at: 16, expected: MEMORY_LIMITS }],
    ['the mutability of a global', { make: b => list(6, [I32, b, ZERO]), at: 12, expected: MUTABILITY }],
    ['the mutability of an imported global', { make: b => importing(3, I32, b), at: 17, expected: MUTABILITY }],
    [
      'the kind of an import',
      {
        make: b => importing(b, 0, 0),
        at: 15,
        expected: '00-03 own, 04 exceptions, 20 custom-descriptors',
      },
    ],
    [
      'the kind of an import without a name',
      {
        make: b => list(2, [name('m'), name(''), b, 0, 0]),
        at: 14,
        expected: '00-03 own, 04 exceptions, 20 custom-descriptors, 7e-7f compact-import-section',
      },
    ],
    [
      'the kind of an export',
      {
        make: b => [TYPES, FUNCTION, FUNCTION_TABLE, list(7, [name('e'), b, 0]), list(10, body([]))],
        at: 29,
        expected: '00-03 own, 04 exceptions',
      },
    ],
    ['the id of a section', { make: b => [b, 1, 0], at: 8, expected: '00-0c own, 0d exceptions, 0e stringref' }],
    [
      'the index of a memory',
      {
        make: b => [TYPES, FUNCTION, list(5, [0, 1]), list(10, body([0x3f, b, 0x00, 0x0b]))],
        at: C + 5,
        expected: '00 own, 01-ff multi-memory',
      },
    ],
    [
      'the index of a second memory',
      {
        make: b => [TYPES, FUNCTION, list(5, [0, 1]), list(10, body([0x00, 0xfc, 0x0a, 0, b, 0x00]))],
        at: C + 6,
        expected: '00 own, 01-ff multi-memory',
      },
    ],
    [
      'an opcode in a body',
      {
        make: b => inBody(0x00, b, ZEROS),
        at: C + 1,
        expected: `${OPCODES}, fb-fe own`,
        // The opcode of `ref.null` is 2.0's, the type 0 after it is not. The prefixes are walked below.
        own: code =>
          code === 0xd0 ? new RegExp(`^feature function-references @${C + 2}$`) : code >= 0xfb ? /./ : NO_FEATURE,
      },
    ],
  ]
  test.each(places)('%s', (title, walk) => {
    const codes = title === 'an opcode in a body' ? BYTES.filter(code => code !== 0x05) : BYTES
    expect(wrong(walk, codes, code => code)).toEqual([])
  })

  test('an else without an if', () => expect(verdict(wasm(inBody(0x00, 0x05, ZEROS)))).toBe(`malformed @${C + 1}`))

  test('the version', () => {
    const said = (...version: number[]): string => verdict(flat(HEADER.slice(0, 4), version))
    const component = 'feature component-model @4'
    for (const byte of BYTES) {
      expect([byte, said(0x0d, 0, byte, 0)]).toEqual([byte, byte === 1 ? component : 'malformed @4'])
      // Version 1 is wrong in its third byte only.
      expect([byte, said(byte, 0, 1, 0)]).toEqual([
        byte,
        byte === 0x0d ? component : `malformed @${byte === 1 ? 6 : 4}`,
      ])
    }
  })
})

describe('every number (PROFILE-3)', () => {
  const forms: readonly (readonly [string, (code: number) => number[]])[] = [
    ['short', code => u32(code)],
    ['of five bytes', code => u32(code, 5)],
  ]
  const places: readonly (readonly [string, Walk])[] = [
    [
      'the flags of an element segment',
      {
        make: n => [TYPES, FUNCTION, FUNCTION_TABLE, list(9, [n, ZEROS]), list(10, body([]))],
        at: 27,
        expected: '00-07 own, 08-0f shared-everything-threads',
      },
    ],
    [
      'the flags of a data segment',
      {
        make: n => [list(5, [0, 1]), list(11, [n, ZERO, 0])],
        at: 16,
        expected: '00-02 own, 08-0a shared-everything-threads',
      },
    ],
    [
      'the flags of a load',
      {
        make: n => [TYPES, FUNCTION, list(5, [0, 1]), list(10, body([0x00, 0x28, n, 0, 0x1a]))],
        at: C + 6,
        expected: '00-1f own, 20-2f multibyte-array-access, 40-7f multi-memory',
        own: (code, at) => (code <= 2 ? /^valid$/ : new RegExp(`^invalid @${at}$`)),
      },
    ],
    [
      'the flags of a load into a lane',
      {
        make: n => [TYPES, FUNCTION, list(5, [0, 1]), list(10, body([0x00, 0xfd, 0x57, n, 0, 0, 0x1a]))],
        at: C + 6,
        expected: '00-1f own, 20-2f multibyte-array-access, 40-7f multi-memory',
        own: (code, at) => (code <= 3 ? /^valid$/ : new RegExp(`^invalid @${at}$`)),
      },
    ],
    ...PREFIXES.map(([prefix, expected]): readonly [string, Walk] => [
      `the sub-opcodes of 0x${prefix.toString(16)} in a body`,
      {
        make: n => [TYPES, FUNCTION, section(12, 0), list(10, body([0x00, prefix, n, ZEROS]))],
        at: C + 4,
        expected,
      },
    ]),
  ]
  describe.each(forms)('%s', (_, encode) => {
    test.each(places)('%s', (_, walk) => expect(wrong(walk, NUMBERS, encode)).toEqual([]))
  })
})

describe('every opcode in a constant expression (PROFILE-4)', () => {
  /** Constants of 2.0, and the arithmetic that only extended-const has there. */
  const CONSTANTS = [0x23, 0x41, 0x42, 0x43, 0x44, 0xd0, 0xd2]
  const ARITHMETIC = [0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e]
  const V128_CONST = 0x0c
  const TABLE = [TYPES, FUNCTION, FUNCTION_TABLE]
  const places: readonly (readonly [string, (code: Bytes) => Bytes, number])[] = [
    ['a global', code => list(6, [I32, 0, code]), 13],
    ['the offset of an element segment', code => [TABLE, list(9, [0, code])], 28],
    ['an element', code => [TABLE, list(9, [5, FUNCREF, 1, code])], 30],
    ['the offset of a data segment', code => [list(5, [0, 1]), list(11, [0, code])], 17],
  ]
  describe.each(places)('%s', (_, make, at) => {
    describe.each([
      ['first', [] as number[]],
      ['second', [0x41, 0]],
    ])('in the %s place', (place, before) => {
      const first = place === 'first'
      const here = at + before.length
      const own = (constant: boolean, arithmetic: boolean, misplaced: boolean): RegExp => {
        if (misplaced) return new RegExp(`^malformed @${here}$`)
        if (constant && first) return NO_FEATURE
        return new RegExp(constant || arithmetic ? `^feature extended-const @${here}$` : `^invalid @${here}$`)
      }

      test('constants of one byte', () => {
        const codes = BYTES.filter(byte => (byte < 0xfb || byte === 0xff) && byte !== 0x05 && (first || byte !== 0x0b))
        const walk: Walk = {
          make: b => make([before, b, ZEROS]),
          at: here,
          expected: OPCODES,
          own: code => own(CONSTANTS.includes(code), ARITHMETIC.includes(code), false),
        }
        // `ref.null 0` is another proposal's at its type, which stands after the opcode.
        const nulls = (code: number): boolean => first && code === 0xd0
        expect(
          wrong(
            walk,
            codes.filter(code => !nulls(code)),
            code => code,
          ),
        ).toEqual([])
        expect(verdict(wasm(make([before, 0x05, ZEROS])))).toBe(`malformed @${here}`)
        if (first) expect(verdict(wasm(make([0xd0, ZEROS])))).toBe(`feature function-references @${here + 1}`)
      })

      test.each(PREFIXES)('prefix %i', (prefix, expected) => {
        const walk: Walk = {
          make: n => make([before, prefix, n, ZEROS]),
          at: here,
          expected,
          own: code => own(prefix === 0xfd && code === V128_CONST, false, false),
        }
        for (const length of [1, 5]) expect(wrong(walk, NUMBERS, code => u32(code, length))).toEqual([])
      })

      test('a prefix with an unreadable number', () => {
        for (const prefix of [0xfb, 0xfc, 0xfd, 0xfe]) {
          const tooLarge = [0x80, 0x80, 0x80, 0x80, 0x10]
          expect(verdict(wasm(make([before, prefix, tooLarge])))).toBe(`malformed @${here + 5}`)
          expect(verdict(wasm(make([before, prefix])))).toBe(`malformed @${here + 1}`)
        }
      })
    })
  })
})

describe('the table', () => {
  test('has only known proposals, each code of a place once, and no code of 2.0', () => {
    for (const { place, first, last, proposal } of FOREIGN) {
      expect(Object.keys(PROPOSALS)).toContain(proposal)
      expect(first).toBeLessThanOrEqual(last)
      const rivals = FOREIGN.filter(other => other.place === place && other.first <= last && other.last >= first)
      expect([place, rivals.length]).toEqual([place, 1])
    }
  })

  test('has every proposal except the one without a code', () => {
    const named = new Set(FOREIGN.map(({ proposal }) => proposal))
    expect(Object.keys(PROPOSALS).filter(proposal => !named.has(proposal as never))).toEqual(['extended-const'])
  })
})
