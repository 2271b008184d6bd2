/** The measures of bodies and exports, besides plain counts, that the validator computes for limits and prices. */
import { describe, expect, test } from 'vitest'
import type { Body } from '../../src/wasm/module.ts'
import { EXTERNREF, F64, FUNCREF, I32, V128 } from '../../src/wasm/types.ts'
import { validate } from '../../src/wasm/validate.ts'
import { body, list, name, oneBody, repeat, RULES, section, type, wasm, type Bytes } from './bytes.ts'
import { FUNCTION } from './cases.ts'

const facts = (code: Bytes, groups: [number, number][] = [], types: readonly Uint8Array[] = []): Body =>
  validate(wasm(list(1, type([], []), ...types), FUNCTION, list(10, body(code, groups))), RULES).module!.bodies[0]!

/** Two instructions, one the operand of the other. */
const INSIDE = [0x41, 0, 0x1a]

describe('the depth of the tree (PROFILE-10)', () => {
  const depth = (...code: Bytes[]): number => facts(code, [], [type([I32], []), type([I32], [I32])]).treeDepth

  test('an instruction adds levels to its deepest operand', () => {
    expect(depth(INSIDE)).toBe(3 + 3)
    expect(depth(0x41, 0, 0x41, 0, 0x6a, 0x41, 0, 0x6a, 0x1a)).toBe(4 * 3)
    expect(depth(0x41, 0, 0x41, 0, 0x41, 0, 0x6a, 0x6a, 0x1a)).toBe(4 * 3)
  })

  test('an instruction that traps, makes NaNs or calls adds more', () => {
    expect(depth(0x41, 0, 0x41, 0, 0x6d, 0x1a)).toBe(3 + 8 + 3)
    expect(depth(0x44, repeat(8, 0), 0x9f, 0x1a)).toBe(3 + 8 + 3)
    expect(depth(0x44, repeat(8, 0), 0x9a, 0x1a)).toBe(3 + 3 + 3)
    expect(depth(0x10, 0)).toBe(8)
  })

  test('a block adds levels to its contents', () => {
    expect(depth(INSIDE, 0x02, 0x40, INSIDE, 0x0b)).toBe(6 + 4)
    expect(depth(INSIDE, 0x02, 0x40, INSIDE, 0x41, 0, 0x0d, 0, 0x0b)).toBe(6 + 4)
    expect(depth(INSIDE, 0x02, 0x40, INSIDE, 0x41, 0, 0x0e, 1, 0, 0, 0x0b)).toBe(6 + 4)
    expect(depth(0x41, 0, 0x04, 0x40, INSIDE, 0x05, 0x0b)).toBe(6 + 4)
    expect(depth(0x41, 0, 0x04, 0x40, 0x41, 0, 0x0d, 0, 0x05, INSIDE, 0x0b)).toBe(6 + 4)
    expect(depth(0x03, 0x40, INSIDE, 0x0b)).toBe(6 + 4)
    expect(depth(0x03, 0x40, INSIDE, 0x41, 0, 0x0d, 0, 0x0b)).toBe(6 + 4)
  })

  test('a block with parameters or results adds more, and a loop with parameters the most', () => {
    expect(depth(0x02, I32, 0x41, 0, 0x0b, 0x1a)).toBe(3 + 6 + 3)
    expect(depth(0x41, 0, 0x02, 1, 0x1a, 0x0b)).toBe(3 + 3 + 6)
    expect(depth(0x41, 0, 0x03, 1, 0x1a, 0x0b)).toBe(3 + 3 + 12)
  })

  test('blocks without parameters and results that begin a block add nothing', () => {
    expect(depth(repeat(5_000, 0x02, 0x40), INSIDE, repeat(5_000, 0x0b))).toBe(6)
    expect(depth(0x03, 0x40, 0x02, 0x40, INSIDE, 0x0b, 0x0b)).toBe(6 + 4)
    expect(depth(0x02, 0x40, 0x01, 0x02, 0x40, INSIDE, 0x0b, 0x0b)).toBe(6 + 4)
    expect(depth(0x41, 0, 0x04, 0x40, 0x05, 0x02, 0x40, INSIDE, 0x0b, 0x0b)).toBe(6 + 4)
    expect(depth(0x41, 0, 0x02, 0x40, INSIDE, 0x0b, 0x1a)).toBe(6 + 4)
    expect(depth(0x41, 0, 0x02, 2, 0x02, 0x40, INSIDE, 0x0b, 0x0b, 0x1a)).toBe(6 + 4 + 6 + 3)
  })
})

describe('values that blocks keep (PROFILE-23)', () => {
  const kept = (code: Bytes, groups: [number, number][]): number => facts(code, groups).keptValues

  test('are parameters, locals and operands, for each block', () => {
    expect(
      kept(
        [0x02, 0x40, 0x0b, 0x03, 0x40, 0x0b],
        [
          [5, I32],
          [2, V128],
        ],
      ),
    ).toBe((1 + 4) * 7)
    expect(kept([0x41, 0, 0x04, 0x40, 0x05, 0x0b], [[7, I32]])).toBe(2 * (7 + 1))
    expect(kept([0x00, 0x02, 0x40, 0x0b], [[7, I32]])).toBe(7)
    // Instructions that may trap count a thirty-second.
    const divisions = (count: number): Uint8Array => repeat(count, 0x41, 0, 0x41, 0, 0x6d, 0x1a)
    expect([31, 32, 33].map(count => kept([divisions(count)], [[98, I32]]))).toEqual([96, 100, 103])
  })

  test('count together, and one for each byte of code is free', () => {
    const ten = repeat(10, 0x02, 0x40, 0x0b)
    const code = list(10, body(ten, [[30, I32]]), body(ten, [[40, I32]]))
    const bytes = wasm(list(1, type([], [])), list(3, 0, 0), code)
    // Without the section's id and size.
    const free = code.length - 2
    const verdict = (keptValues: number): string | undefined =>
      validate(bytes, { ...RULES, limits: { ...RULES.limits, keptValues } }).findings.sorted()[0]?.subject
    expect([verdict(700 - free), verdict(700 - free - 1)]).toEqual([undefined, 'keptValues'])
  })

  test('are kept for each instruction on a range', () => {
    const ranges = [0xfc, 8, 0, 0, 0xfc, 10, 0, 0, 0xfc, 11, 0, 0xfc, 12, 0, 0, 0xfc, 14, 0, 0, 0xfc, 17, 0]
    const { module } = validate(
      wasm(
        list(1, type([F64], [])),
        FUNCTION,
        list(4, [FUNCREF, 0, 1]),
        list(5, [0, 1]),
        list(9, [1, 0, 0]),
        section(12, 1),
        list(10, body([0x00, ranges])),
        list(11, [1, 0]),
      ),
      RULES,
    )
    expect(module!.bodies[0]!.keptValues).toBe(6 * 1)
  })
})

describe('held words (PROFILE-10)', () => {
  const three = type([], [I32, F64, V128])
  const block = (index: number): Bytes => [0x02, index, 0x00, 0x0b, 0x1a, 0x1a, 0x1a]
  const held = (code: Bytes): number => facts(code, [], [three, three, type([], [V128, F64, I32])]).heightWords - 4

  test('count the result lists of blocks, each once', () => {
    expect(held(block(1))).toBe(4)
    expect(held([block(1), block(1), block(2)])).toBe(4)
    expect(held([block(1), block(3)])).toBe(8)
  })

  test('count the parameters of blocks, and the operands of br_if', () => {
    const pair = type([I32, I32], [])
    const two = [0x41, 0, 0x41, 0]
    expect(facts([two, 0x02, 1, 0x1a, 0x1a, 0x0b], [], [pair]).heightWords).toBe(2 + 2)
    const given = validate(
      wasm(list(1, type([], [I32, I32])), FUNCTION, list(10, body([two, 0x41, 0, 0x0d, 0]))),
      RULES,
    )
    expect(given.module!.bodies[0]!.heightWords).toBe(3 + 2)
  })
})

describe('words of exports (PROFILE-24)', () => {
  const types = [type([I32, V128], [F64]), type([EXTERNREF], [I32]), type([], [FUNCREF]), type([], [])]
  const words = (exports: readonly (readonly [string, number])[]): number =>
    validate(
      wasm(
        list(1, ...types),
        list(3, ...types.map((_, i) => i)),
        list(7, ...exports.map(([text, index]) => [name(text), 0, index])),
        list(10, ...types.map(() => body([0x00]))),
      ),
      RULES,
    ).module!.exportedWords

  test('are those of parameters and results', () => expect(words([['a', 0]])).toBe(4))
  test('count once for each function', () =>
    expect(
      words([
        ['a', 0],
        ['b', 0],
        ['c', 3],
      ]),
    ).toBe(4))
  test('are 0 for functions whose types have references', () =>
    expect(
      words([
        ['a', 1],
        ['b', 2],
      ]),
    ).toBe(0))
})

test('custom sections only count in totalBytes (PROFILE-9)', () => {
  const bytes = wasm(section(0, name('x'), new Uint8Array(1_000)), list(1, type([], [])), section(0, name('y')))
  const verdict = (limits: Partial<typeof RULES.limits>): string | undefined =>
    validate(bytes, { ...RULES, limits: { ...RULES.limits, ...limits } }).findings.sorted()[0]?.subject
  const plain = 8 + 2 + 4
  expect([verdict({ moduleBytes: plain }), verdict({ moduleBytes: plain - 1 })]).toEqual([undefined, 'moduleBytes'])
  expect([verdict({ totalBytes: bytes.length }), verdict({ totalBytes: bytes.length - 1 })]).toEqual([
    undefined,
    'totalBytes',
  ])
})

test('an empty body has counts of 0', () => {
  expect(validate(oneBody([]), RULES).module!.bodies[0]).toMatchObject({ keptValues: 0, treeDepth: 0, heightWords: 0 })
})

test('carried values of all bodies count together (PROFILE-10)', () => {
  const block = [0x02, 1, 0x00, 0x0b, 0x1a, 0x1a, 0x1a]
  const bytes = wasm(
    list(1, type([], []), type([], [I32, I32, I32])),
    list(3, 0, 0),
    list(10, body(block), body(block)),
  )
  const most = (carriedValues: number): string | undefined =>
    validate(bytes, { ...RULES, limits: { ...RULES.limits, carriedValues } }).findings.sorted()[0]?.subject
  expect([most(4), most(3)]).toEqual([undefined, 'carriedValues'])
})
