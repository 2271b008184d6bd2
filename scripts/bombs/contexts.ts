/** The contexts of units: modules with one body or many, each near another limit. */
import { flat, repeat, s33, u32, type Bytes } from '../../test/wasm/bytes.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { Draft, KINDS, NUMBERS, T, zero, type Kind, type Locals } from './draft.ts'
import type { Site, Unit } from './units.ts'

/** The intended size of a module in bytes, and the part of all other limits that it uses, from 0 to 1. */
export interface Size {
  readonly bytes: number
  readonly part: number
}

/** Makes a module that consists mostly of units. */
export type Context = (unit: Unit, size: Size) => Uint8Array

interface Around {
  /** The parameters of each body. */
  readonly params?: readonly Kind[]
  /** Locals in addition to the few that units use. */
  readonly locals?: Locals
  readonly before?: Bytes
  readonly after?: Bytes
  /**
   * Code before each unit. Blocks that it opens stay open until the end of the body, which has one `close` for each
   * unit.
   */
  readonly open?: Bytes
  readonly close?: Bytes
  /** The greatest number of units. */
  readonly most?: number
  readonly level?: number
  /** The number of blocks that stay open for each unit. */
  readonly levels?: number
  /** The size of a body, in bytes. */
  readonly body?: number
  readonly type?: (draft: Draft) => Bytes
  /** True if units use locals in all parts of the frame. */
  readonly spread?: boolean
}

const { limits } = PROFILE_1
/** The greatest depth of nested blocks without values, with a little code inside (PROFILE-10). */
const NESTING = Math.floor((limits.treeDepth - 60) / 4)
/** The greatest depth of nested loops with parameters. */
const PARAMETER_LOOPS = Math.min(Math.floor((limits.treeDepth - 60) / 12), limits.parameterLoops)
/** The default size of a body. In larger bodies, instrumentation calls functions instead of inlining code. */
const BODY = 60_000
const GUARD = [0x23, 0, 0x45, 0x0d, 0]

/** Makes bodies of units until the module has its size. Each body begins with a branch that returns at once. */
function bodies(unit: Unit, { bytes }: Size, around: (draft: Draft) => Around): Uint8Array {
  const draft = new Draft()
  draft.global('i32')
  const {
    params = [],
    locals = [],
    before = [],
    after = [],
    open = [],
    close = [],
    most = Infinity,
    level = 0,
    levels = 0,
    body = BODY,
    spread = false,
  } = around(draft)
  const own: Locals = KINDS.map(kind => [2, T[kind]] as const)
  const type = draft.type(params)
  const called: number[] = []
  let left = bytes
  let at = 0
  const closing = flat(close)
  const opening = flat(open)
  while (left > 0) {
    const target = Math.min(left, body)
    const code: Uint8Array[] = []
    let written = 0
    let count = 0
    const places = locals.reduce((sum, [n]) => sum + n, 0)
    while (written < target && count < most) {
      const position = at
      const local: Site['local'] = kind =>
        spread && kind === 'i32' && places > 0
          ? params.length + 2 * KINDS.length + (position % places)
          : params.length + 2 * KINDS.indexOf(kind) + (position % 2)
      const piece = flat(opening, unit({ draft, local, at, level: level + levels * (count + 1) }))
      code.push(piece)
      written += piece.length + closing.length
      count++
      at++
    }
    const index = draft.function(type, [GUARD, before, code, repeat(count, closing), after], [...own, ...locals])
    called.push(params.length === 0 ? index : draft.function(draft.type([]), [params.map(zero), 0x10, u32(index)]))
    left -= written + 40
  }
  return draft.bytes(called)
}

const times = (count: number, of: Bytes): Bytes => repeat(count, of)

export const CONTEXTS: Readonly<Record<string, Context>> = {
  'in a row': (unit, size) => bodies(unit, size, () => ({})),
  'in one large body': (unit, size) =>
    bodies(unit, size, () => ({ body: Math.min(size.bytes, limits.bodyBytes) - 2_000 })),
  'in a loop': (unit, size) =>
    bodies(unit, size, () => ({ before: [0x03, 0x40], after: [0x23, 0, 0x0d, 0, 0x0b], level: 1 })),
  'in functions of their own': (unit, size) => bodies(unit, size, () => ({ most: 1 })),
  'in functions of ten': (unit, size) => bodies(unit, size, () => ({ most: 10 })),
  'among locals': (unit, size) =>
    bodies(unit, size, () => ({ locals: [[Math.floor(9_900 * size.part), T.i32]], body: size.bytes })),
  'among locals that are used': (unit, size) =>
    bodies(unit, size, () => ({ locals: [[Math.floor(9_900 * size.part), T.i32]], body: size.bytes, spread: true })),
  'among vectors': (unit, size) =>
    bodies(unit, size, () => ({ locals: [[Math.floor(9_900 * size.part), T.v128]], body: size.bytes })),
  'among references': (unit, size) =>
    bodies(unit, size, () => ({ locals: [[Math.floor(9_900 * size.part), T.externref]], body: size.bytes })),
  'among mixed locals': (unit, size) =>
    bodies(unit, size, () => ({
      locals: Array.from({ length: Math.floor(9_900 * size.part) }, (_, i) => [1, T[NUMBERS[i % 5]!]] as const),
      body: size.bytes,
    })),
  'among a thousand locals': (unit, size) => bodies(unit, size, () => ({ locals: [[1_000, T.i64]] })),
  'with 255 parameters': (unit, size) =>
    bodies(unit, size, () => ({ params: Array.from({ length: 255 }, (_, i) => NUMBERS[i % 5]!), body: 2_000 })),
  'nested in blocks': (unit, size) =>
    bodies(unit, size, () => ({
      open: [0x02, 0x40],
      close: 0x0b,
      levels: 1,
      most: Math.floor(NESTING * size.part),
      body: size.bytes,
    })),
  'nested in ifs': (unit, size) =>
    bodies(unit, size, () => ({
      open: [0x23, 0, 0x04, 0x40],
      close: 0x0b,
      levels: 1,
      most: Math.floor(NESTING * size.part),
      body: size.bytes,
    })),
  'nested in loops': (unit, size) =>
    bodies(unit, size, () => ({
      open: [0x03, 0x40],
      close: [0x23, 0, 0x0d, 0, 0x0b],
      levels: 1,
      most: Math.floor(NESTING * size.part),
      body: size.bytes,
    })),
  'nested among locals': (unit, size) =>
    bodies(unit, size, () => ({
      open: [0x23, 0, 0x04, 0x40],
      close: 0x0b,
      levels: 1,
      most: Math.floor(NESTING * size.part),
      locals: [[Math.floor(9_900 * size.part), T.i32]],
      body: size.bytes,
    })),
  'nested in loops with parameters': (unit, size) =>
    bodies(unit, size, draft => ({
      open: [0x03, s33(draft.type(['i32'], ['i32'])), 0x41, 0, 0x0d, 0],
      close: 0x0b,
      levels: 1,
      before: [0x41, 0],
      after: 0x1a,
      most: Math.floor(PARAMETER_LOOPS * size.part),
      body: size.bytes,
    })),
  'above values': (unit, size) => {
    const height = Math.floor((limits.operandHeight - 60) * size.part)
    return bodies(unit, size, () => ({ before: times(height, [0x41, 0]), after: times(height, 0x1a) }))
  },
  'above values of all types': (unit, size) => {
    const height = Math.floor((limits.operandHeight - 60) * size.part)
    const kinds = Array.from({ length: height }, (_, i) => NUMBERS[i % 4]!)
    return bodies(unit, size, () => ({ before: kinds.map(zero), after: times(height, 0x1a) }))
  },
  'each above one more': (unit, size) =>
    bodies(unit, size, () => ({
      open: [0x41, 0],
      close: 0x1a,
      most: Math.floor((limits.operandHeight - 60) * size.part),
      body: size.bytes,
    })),
  'above values and among locals': (unit, size) => {
    const height = Math.floor((limits.operandHeight - 60) * size.part)
    return bodies(unit, size, () => ({
      before: times(height, [0x41, 0]),
      after: times(height, 0x1a),
      locals: [[Math.floor(9_000 * size.part), T.i64]],
      body: size.bytes,
    }))
  },
}
