/**
 * Modules of hostile or unusual shapes, written byte by byte. Unless stated otherwise, each exports a function `f`
 * without parameters. Modules that are to be run are within the limits of profile 1.
 */
import { body, flat, list, name, repeat, s33, section, type, u32, wasm, type Bytes } from '../wasm/bytes.ts'

export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b

const EMPTY = 0x40
const CALL = 0x10
const DROP = 0x1a
const END = 0x0b

export const VOID = type([], [])
export const GIVES_I32 = type([], [I32])
export const GIVES_TWO = type([], [I32, I32])

export interface Parts {
  /** The types. Default: only `() → ()`. */
  readonly types?: readonly Uint8Array[]
  /** The type of each function. Default: 0 for all. */
  readonly functions?: readonly number[]
  /** The bodies, made by `body`. */
  readonly bodies: readonly Uint8Array[]
  /** The initial pages of the memory. */
  readonly pages?: number
  /** The slots of a table of functions. The first slot refers to function 0. */
  readonly slots?: number
}

/** A module whose function 0 is exported as `f`. */
export function moduleOf({ types = [VOID], functions, bodies, pages, slots }: Parts): Uint8Array {
  return wasm(
    list(1, ...types),
    vector(
      3,
      (functions ?? bodies.map(() => 0)).map(index => u32(index)),
    ),
    slots === undefined ? [] : list(4, [0x70, 0x00, u32(slots)]),
    pages === undefined ? [] : list(5, [0x00, u32(pages)]),
    list(7, [name('f'), 0x00, 0x00]),
    slots === undefined ? [] : list(9, [0x00, 0x41, 0x00, END, 0x01, 0x00]),
    vector(10, bodies),
  )
}

/** Like `list`, for more entries than a call can have arguments. */
function vector(id: number, entries: readonly Bytes[]): Uint8Array {
  return section(id, u32(entries.length), entries)
}

/** A module of one function `() → ()`. */
export function only(
  code: Bytes,
  locals: readonly (readonly [count: number, type: number])[] = [],
  rest: Omit<Parts, 'bodies'> = {},
): Uint8Array {
  return moduleOf({ ...rest, bodies: [body(code, locals)] })
}

export function constant(value: number): Bytes {
  return [0x41, s33(value)]
}

// ── Endless ─────────────────────────────────────────────────────────────────────────────────────────────────────

export const infiniteLoop = (): Uint8Array => only([0x03, EMPTY, 0x0c, 0x00, END])

export const growLoop = (): Uint8Array =>
  only([0x03, EMPTY, 0x41, 0x01, 0x40, 0x00, DROP, 0x0c, 0x00, END], [], { pages: 0 })

/** A loop that only permutes 4 000 locals. */
export function permutingLoop(): Uint8Array {
  const moves = Array.from({ length: 8000 }, (_, i) => [0x20, u32((i * 7) % 4000), 0x21, u32((i * 13 + 5) % 4000)])
  return only([0x03, EMPTY, moves, 0x0c, 0x00, END], [[4000, I32]])
}

/** Endless recursion with frames of many shapes: `f` calls itself, directly or indirectly. */
export const RECURSIONS: Readonly<Record<string, () => Uint8Array>> = {
  'no locals': () => only([CALL, 0x00]),
  'a thousand locals': () => only([CALL, 0x00], [[1000, I64]]),
  '9 999 vectors': () => only([CALL, 0x00], [[9999, V128]]),
  '255 parameters': () =>
    moduleOf({
      types: [
        VOID,
        type(
          Array.from({ length: 255 }, () => I64),
          [],
        ),
      ],
      functions: [0, 1],
      bodies: [
        body([repeat(255, 0x42, 0x01), CALL, 0x01]),
        body([Array.from({ length: 255 }, (_, i) => [0x20, u32(i)]), CALL, 0x01]),
      ],
    }),
  '990 operands': () => only([repeat(990, 0x41, 0x00), CALL, 0x00, repeat(990, DROP)]),
  '990 vectors under the call': () => only([repeat(990, 0x41, 0x00, 0xfd, 0x0f), CALL, 0x00, repeat(990, DROP)]),
  'several results': () =>
    moduleOf({
      types: [
        type(
          [],
          Array.from({ length: 100 }, (_, i) => [I32, I64, F32, F64, V128][i % 5]!),
        ),
        VOID,
      ],
      functions: [1, 0],
      bodies: [body([CALL, 0x01, repeat(100, DROP)]), body([CALL, 0x01])],
    }),
  mutual: () =>
    moduleOf({ bodies: [body([CALL, 0x01]), body([CALL, 0x02], [[20, F64]]), body([CALL, 0x00], [[3, I32]])] }),
  'through a table': () => only([0x41, 0x00, 0x11, 0x00, 0x00], [], { slots: 1 }),
  'under nested blocks': () => only([repeat(500, 0x02, EMPTY), CALL, 0x00, repeat(500, END)]),
  'in an operand': () =>
    moduleOf({
      types: [type([], [F64])],
      bodies: [body([0x44, repeat(8, 0), CALL, 0x00, 0xa0, CALL, 0x00, 0xa2], [[5, F64]])],
    }),
}

/**
 * Recursion after `count` calls with four results, all of different types. Binaryen has separate locals for the results
 * of each type, and no pass of ours can merge these.
 */
export function manyResultTypes(count: number): Uint8Array {
  const kinds = [I32, I64, F32, F64, V128]
  const zeros = [
    [0x41, 0],
    [0x42, 0],
    [0x43, repeat(4, 0)],
    [0x44, repeat(8, 0)],
    [0xfd, 0x0c, repeat(16, 0)],
  ]
  const digits = Array.from({ length: count }, (_, i) => [
    i % 5,
    Math.floor(i / 5) % 5,
    Math.floor(i / 25) % 5,
    Math.floor(i / 125) % 5,
  ])
  return moduleOf({
    types: [
      VOID,
      ...digits.map(list =>
        type(
          [],
          list.map(digit => kinds[digit]!),
        ),
      ),
    ],
    functions: [0, ...digits.map((_, i) => i + 1)],
    bodies: [
      body([digits.map((_, i) => [CALL, u32(i + 1), repeat(4, DROP)]), CALL, 0x00]),
      ...digits.map(list => body(list.map(digit => zeros[digit]!))),
    ],
  })
}

/** Recursion inside `count` loops with a parameter. */
export const recursionInLoops = (count: number): Uint8Array =>
  moduleOf({
    types: [VOID, type([I32], [I32])],
    bodies: [
      body([0x41, 0x01, repeat(count, 0x03, 0x01, 0x41, 0x00, 0x0d, 0x00), CALL, 0x00, repeat(count, END), DROP]),
    ],
  })

// ── Large modules that end ────────────────────────────────────────────────────────────────────────────────────────

export const fills = (count: number): Uint8Array =>
  only(repeat(count, 0x41, 0x00, 0x41, 0x00, 0x41, 0x07, 0xfc, 0x0b, 0x00), [], { pages: 1 })

export const multiplications = (count: number): Uint8Array => only([0x41, 0x03, repeat(count, 0x41, 0x03, 0x6c), DROP])

export const nested = (opening: Bytes, count: number, inner: Bytes = []): Uint8Array =>
  only([repeat(count, opening), inner, repeat(count, END)])

/** `count` nested blocks that begin at the same place. Code after each ends with a branch, as in a compiled switch. */
export const row = (count: number): Uint8Array =>
  only([repeat(count, 0x02, EMPTY), repeat(count, 0x41, 0x00, 0x0d, 0x00, END)])

/** `count` nested loops with a parameter and a result. */
export const nestedLoopsWithParams = (count: number): Uint8Array =>
  moduleOf({
    types: [VOID, type([I32], [I32])],
    bodies: [body([0x41, 0x01, repeat(count, 0x03, 0x01, 0x41, 0x00, 0x0d, 0x00), repeat(count, END), DROP])],
  })

/** `count` calls of a function with two results, each followed by `after`. `before` comes before the first. */
export const twoResults = (count: number, after: Bytes, rest: Bytes = [], before: Bytes = []): Uint8Array =>
  moduleOf({
    types: [VOID, GIVES_TWO],
    functions: [0, 1],
    bodies: [body([before, repeat(count, CALL, 0x01, after), rest]), body([0x41, 0x01, 0x41, 0x02])],
  })

/** A `br_table` with `targets` targets besides the default. All lead to the block around it. */
export const branchTable = (targets: number): Uint8Array =>
  only([0x02, EMPTY, 0x41, 0x00, 0x0e, u32(targets), new Uint8Array(targets), 0x00, END])

export const roots = (chains: number, length: number): Uint8Array =>
  only(repeat(chains, 0x44, repeat(8, 0), repeat(length, 0x9f), DROP))

export const calls = (count: number): Uint8Array => moduleOf({ bodies: [body(repeat(count, CALL, 0x01)), body([])] })

/** Values below the operands of a chain of calls. Binaryen has a local for each. */
export const heldUnderCalls = (count: number): Uint8Array =>
  moduleOf({
    bodies: [body([repeat(count, 0x41, 0x00, CALL, 0x01), repeat(count, DROP)]), body([])],
  })

/** Deep nesting of several kinds: operands below nested ifs that branch, around more operands and a chain of loads. */
export const deepEverywhere = (): Uint8Array =>
  only(
    [
      repeat(600, 0x41, 0x00),
      repeat(200, 0x41, 0x01, 0x04, EMPTY, 0x41, 0x00, 0x0d, 0x00),
      repeat(390, 0x41, 0x00),
      0x41,
      0x03,
      repeat(198, 0x28, 0x00, 0x00),
      DROP,
      repeat(390, DROP),
      repeat(200, END),
      repeat(600, DROP),
    ],
    [],
    { pages: 1 },
  )

/** Nested ifs with results, each the operand of a load. */
export const ifsInOperands = (): Uint8Array =>
  only(
    [
      repeat(165, 0x41, 0x01, 0x04, I32, 0x41, 0x01, 0x41, 0x00, 0x0d, 0x00, DROP),
      0x41,
      0x03,
      repeat(165, 0x05, 0x41, 0x02, END, 0x28, 0x00, 0x00),
      DROP,
    ],
    [],
    { pages: 1 },
  )

export const emptyFunctions = (count: number): Uint8Array =>
  moduleOf({ bodies: Array<Uint8Array>(count).fill(body([])) })

// ── Modules that cannot run ──────────────────────────────────────────────────────────────────────────────────────────

/** A body that declares a hundred million locals, in 31 bytes. */
export const manyLocals = (): Uint8Array =>
  wasm(list(1, VOID), list(3, 0), section(10, 0x01, 0x07, 0x01, u32(100_000_000), I32, END))

/** An active data segment that begins after the end of the memory. */
export const dataOutside = (): Uint8Array =>
  wasm(
    list(1, VOID),
    list(3, 0),
    list(5, [0x00, 0x01]),
    list(7, [name('f'), 0x00, 0x00]),
    list(10, body([])),
    list(11, [0x00, constant(65536), END, 0x01, 0x2a]),
  )

/** An active element segment and a data segment that both exceed their table or memory. */
export const elementsOutside = (): Uint8Array =>
  wasm(
    list(1, VOID),
    list(3, 0),
    list(4, [0x70, 0x00, 0x01]),
    list(5, [0x00, 0x00]),
    list(7, [name('f'), 0x00, 0x00]),
    list(9, [0x00, 0x41, 0x01, END, 0x01, 0x00]),
    list(10, body([])),
    list(11, [0x00, constant(1), END, 0x00]),
  )

/** A module that exports functions under any names. The n-th function returns n. */
export const namedExports = (names: readonly string[]): Uint8Array =>
  flat(
    wasm(
      list(1, GIVES_I32),
      list(3, ...names.map(() => 0)),
      list(7, ...names.map((text, i) => [name(text), 0x00, u32(i)])),
      list(10, ...names.map((_, i) => body(constant(i)))),
    ),
  )
