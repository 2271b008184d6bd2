/**
 * Units: code without operands and results, one unit for each kind of code that engines or instrumentation treat
 * differently.
 */
import { s33, u32, type Bytes } from '../../test/wasm/bytes.ts'
import { NUMBERS, T, zero, type Draft, type Kind } from './draft.ts'

/** The position of a unit. */
export interface Site {
  readonly draft: Draft
  /** A local of that type which is free for use. */
  readonly local: (kind: Kind) => number
  /** The number of units before this one. */
  readonly at: number
  /** The number of blocks around it, not counting that of the body. */
  readonly level: number
}

export type Unit = (site: Site) => Bytes

const EMPTY = 0x40
const END = 0x0b
const DROP = 0x1a
const get = (site: Site, kind: Kind): Bytes => [0x20, u32(site.local(kind))]
const set = (site: Site, kind: Kind): Bytes => [0x21, u32(site.local(kind))]
const many = <K extends Kind>(count: number, kind: K): K[] => Array.from({ length: count }, () => kind)
const mixed = (count: number, seed: number): Kind[] =>
  Array.from({ length: count }, (_, i) => NUMBERS[Math.floor(seed / 5 ** (i % 5) + i) % 5]!)
const drops = (count: number): Bytes => Array.from({ length: count }, () => DROP)

/** One operator that takes its operands from locals, and writes its result to a local. */
const operator =
  (opcode: Bytes, params: readonly Kind[], result: Kind): Unit =>
  site => [params.map(kind => get(site, kind)), opcode, set(site, result)]

/** A chain in which each operator takes the result of the one before. */
const chained =
  (opcode: Bytes, kind: Kind): Unit =>
  site => [get(site, kind), Array.from({ length: 30 }, () => [get(site, kind), opcode]), set(site, kind)]

const chainedUnary =
  (opcode: Bytes, kind: Kind): Unit =>
  site => [get(site, kind), Array.from({ length: 300 }, () => opcode), set(site, kind)]

const inMemory =
  (unit: Unit): Unit =>
  site => {
    site.draft.memory()
    return unit(site)
  }

const simd = (code: number): Bytes => [0xfd, u32(code)]

const blockType = ({ draft }: Site, params: readonly Kind[], results: readonly Kind[]): Bytes =>
  s33(draft.type(params, results))

export const UNITS: Readonly<Record<string, Unit>> = {
  // ── Control
  block: () => [0x02, EMPTY, END],
  loop: () => [0x03, EMPTY, END],
  if: site => [get(site, 'i32'), 0x04, EMPTY, END],
  'if else': site => [get(site, 'i32'), 0x04, EMPTY, 0x01, 0x05, 0x01, END],
  'if with value': site => [
    get(site, 'i32'),
    0x04,
    T.f64,
    get(site, 'f64'),
    0x05,
    get(site, 'f64'),
    END,
    set(site, 'f64'),
  ],
  br_if: site => [0x02, EMPTY, get(site, 'i32'), 0x0d, 0, END],
  'br_if out': site => [get(site, 'i32'), 0x0d, u32(site.level)],
  'if br': site => [get(site, 'i32'), 0x04, EMPTY, 0x0c, 0, END],
  'if return': site => [get(site, 'i32'), 0x04, EMPTY, 0x0f, END],
  'if unreachable': site => [get(site, 'i32'), 0x04, EMPTY, 0x00, END],
  'dead code': site => [0x02, EMPTY, 0x0c, 0, get(site, 'i32'), get(site, 'i32'), 0x6a, DROP, END],
  'loop br_if': site => [0x03, EMPTY, get(site, 'i32'), 0x0d, 0, END],
  'loop with two ways out': site => [
    0x02,
    EMPTY,
    0x03,
    EMPTY,
    get(site, 'i32'),
    0x0d,
    1,
    get(site, 'i32'),
    0x0d,
    0,
    END,
    END,
  ],
  'counted loop': site => [
    0x03,
    EMPTY,
    get(site, 'i32'),
    0x41,
    1,
    0x6a,
    0x22,
    u32(site.local('i32')),
    0x41,
    10,
    0x49,
    0x0d,
    0,
    END,
  ],
  'loop with a parameter': site => [
    get(site, 'i32'),
    0x03,
    blockType(site, ['i32'], ['i32']),
    0x41,
    0,
    0x0d,
    0,
    END,
    DROP,
  ],
  'block of three results': site => [
    0x02,
    blockType(site, [], ['i32', 'i64', 'f64']),
    zero('i32'),
    zero('i64'),
    zero('f64'),
    END,
    drops(3),
  ],
  'block of any three results': site => {
    const kinds = mixed(3, site.at % 125)
    return [0x02, blockType(site, [], kinds), kinds.map(zero), END, drops(3)]
  },
  'block of any three results, left': site => {
    const kinds = mixed(3, site.at % 125)
    return [0x02, blockType(site, [], kinds), kinds.map(zero), get(site, 'i32'), 0x0d, 0, END, drops(3)]
  },
  'if of three results': site => {
    const kinds = mixed(3, site.at % 125)
    return [get(site, 'i32'), 0x04, blockType(site, [], kinds), kinds.map(zero), 0x05, kinds.map(zero), END, drops(3)]
  },
  'block through which 50 values go': site => {
    const kinds = many(50, 'i32')
    return [kinds.map(zero), 0x02, blockType(site, kinds, kinds), END, drops(50)]
  },
  'block that takes 200 values': site => [
    many(200, 'i32').map(zero),
    0x02,
    blockType(site, many(200, 'i32'), many(200, 'i32')),
    END,
    drops(200),
  ],
  br_table: site => [0x02, EMPTY, get(site, 'i32'), 0x0e, 2, 0, u32(site.level + 1), 0, END],
  'br_table of fifty': site => [0x02, EMPTY, get(site, 'i32'), 0x0e, 50, new Uint8Array(51), END],
  'br_table of eight labels': site => [
    Array.from({ length: 8 }, () => [0x02, EMPTY]),
    get(site, 'i32'),
    0x0e,
    7,
    [0, 1, 2, 3, 4, 5, 6, 7],
    Array.from({ length: 8 }, () => END),
  ],
  'br_table that carries': site => [
    0x02,
    blockType(site, [], many(20, 'i32')),
    many(20, 'i32').map(zero),
    get(site, 'i32'),
    0x0e,
    8,
    new Uint8Array(9),
    END,
    drops(20),
  ],
  // ── Calls
  call: site => [0x10, u32(site.draft.stub([]))],
  'call with a result': site => [0x10, u32(site.draft.stub([], ['i32'])), DROP],
  'call with six parameters': site => [
    mixed(6, 7).map(kind => get(site, kind)),
    0x10,
    u32(site.draft.stub(mixed(6, 7))),
  ],
  'call with four results': site => [0x10, u32(site.draft.stub([], mixed(4, site.at % 30))), drops(4)],
  'call with 200 results': site => [0x10, u32(site.draft.stub([], many(200, 'i64'))), drops(200)],
  'call of calls': site => {
    const f = u32(site.draft.stub(['i32'], ['i32']))
    return [get(site, 'i32'), Array.from({ length: 50 }, () => [0x10, f]), DROP]
  },
  call_indirect: site => {
    const stub = site.draft.stub([])
    site.draft.needTable(stub)
    return [0x41, 0, 0x11, u32(site.draft.type([])), 0]
  },
  'call_indirect with results': site => {
    site.draft.needTable(site.draft.stub([]))
    return [0x41, 0, 0x11, u32(site.draft.type([], ['i32', 'f64'])), 0, drops(2)]
  },
  return_call: site => [get(site, 'i32'), 0x04, EMPTY, 0x12, u32(site.draft.stub([])), END],
  // ── Moves
  nop: () => 0x01,
  constant: () => [0x41, 0, DROP],
  'constants of all types': site => NUMBERS.map(kind => [zero(kind), set(site, kind)]),
  'i64.const': () => [0x42, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f], DROP],
  'local.set': site => [get(site, 'i32'), set(site, 'i32')],
  'local.set v128': site => [get(site, 'v128'), set(site, 'v128')],
  'local.tee': site => [get(site, 'i32'), 0x22, u32(site.local('i32')), DROP],
  select: site => [get(site, 'i64'), get(site, 'i64'), get(site, 'i32'), 0x1b, set(site, 'i64')],
  'select v128': site => [get(site, 'v128'), get(site, 'v128'), get(site, 'i32'), 0x1b, set(site, 'v128')],
  global: () => [0x23, 0, 0x24, 0],
  // ── Memory and tables
  load: inMemory(site => [get(site, 'i32'), 0x28, 2, 0, DROP]),
  'load chain': inMemory(site => [get(site, 'i32'), Array.from({ length: 30 }, () => [0x28, 2, 0]), DROP]),
  'load f32': inMemory(site => [get(site, 'i32'), 0x2a, 2, 0, set(site, 'f32')]),
  load8_s: inMemory(site => [get(site, 'i32'), 0x2c, 0, 0, DROP]),
  store: inMemory(site => [get(site, 'i32'), get(site, 'i64'), 0x37, 3, 0]),
  'store f64 sum': inMemory(site => [get(site, 'i32'), get(site, 'f64'), get(site, 'f64'), 0xa0, 0x39, 3, 0]),
  'v128.load': inMemory(site => [get(site, 'i32'), simd(0), 4, 0, DROP]),
  'v128.load8_lane': inMemory(site => [get(site, 'i32'), get(site, 'v128'), simd(84), 0, 0, 15, set(site, 'v128')]),
  'memory.size': inMemory(() => [0x3f, 0, DROP]),
  'memory.grow': inMemory(() => [0x41, 0, 0x40, 0, DROP]),
  'memory.fill': inMemory(() => [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 11, 0]),
  'memory.copy': inMemory(() => [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 10, 0, 0]),
  'memory.init': inMemory(site => {
    if (site.at === 0) site.draft.data([1, 1, 7])
    return [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 8, 0, 0, 0xfc, 9, 0]
  }),
  'table.get': site => (site.draft.needTable(site.draft.stub([])), [0x41, 0, 0x25, 0, DROP]),
  'table.set': site => (site.draft.needTable(site.draft.stub([])), [0x41, 0, 0xd0, 0x70, 0x26, 0]),
  'table.grow': site => (site.draft.needTable(site.draft.stub([])), [0xd0, 0x70, 0x41, 0, 0xfc, 15, 0, DROP]),
  'table.fill': site => (site.draft.needTable(site.draft.stub([])), [0x41, 0, 0xd0, 0x70, 0x41, 0, 0xfc, 17, 0]),
  'table.copy': site => (site.draft.needTable(site.draft.stub([])), [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 14, 0, 0]),
  'table.init': site => (site.draft.needTable(site.draft.stub([])), [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 12, 0, 0]),
  'ref.func': site => (
    site.draft.needTable(site.draft.stub([])),
    [0xd2, u32(site.draft.stub([])), 0x21, u32(site.local('funcref'))]
  ),
  'ref.is_null': () => [0xd0, 0x6f, 0xd1, DROP],
  // ── Numbers
  'i32.add': operator(0x6a, ['i32', 'i32'], 'i32'),
  'i32.add chain': chained(0x6a, 'i32'),
  'i64.mul': operator(0x7e, ['i64', 'i64'], 'i64'),
  'i32.popcnt': operator(0x69, ['i32'], 'i32'),
  'i64.rotl': operator(0x89, ['i64', 'i64'], 'i64'),
  'i64.lt_s': operator(0x53, ['i64', 'i64'], 'i32'),
  'i32.div_s': operator(0x6d, ['i32', 'i32'], 'i32'),
  'i64.rem_u': operator(0x82, ['i64', 'i64'], 'i64'),
  'i64.div_s chain': chained(0x7f, 'i64'),
  'i32.trunc_f64_s': operator(0xaa, ['f64'], 'i32'),
  'i64.trunc_f32_u': operator(0xaf, ['f32'], 'i64'),
  'i64.trunc_sat_f64_s': operator([0xfc, 6], ['f64'], 'i64'),
  'f64.convert_i64_u': operator(0xba, ['i64'], 'f64'),
  'f32.add': operator(0x92, ['f32', 'f32'], 'f32'),
  'f64.add': operator(0xa0, ['f64', 'f64'], 'f64'),
  'f64.mul chain': chained(0xa2, 'f64'),
  'f64.div': operator(0xa3, ['f64', 'f64'], 'f64'),
  'f64.sqrt': operator(0x9f, ['f64'], 'f64'),
  'f64.sqrt chain': chainedUnary(0x9f, 'f64'),
  'f32.min': operator(0x96, ['f32', 'f32'], 'f32'),
  'f64.floor': operator(0x9c, ['f64'], 'f64'),
  'f64.copysign': operator(0xa6, ['f64', 'f64'], 'f64'),
  'f64.promote': operator(0xbb, ['f32'], 'f64'),
  'f32.demote': operator(0xb6, ['f64'], 'f32'),
  'f64.add, bits': operator([0xa0, 0xbd], ['f64', 'f64'], 'i64'),
  'f64.lt': operator(0x63, ['f64', 'f64'], 'i32'),
  // ── Vectors
  'f32x4.add': operator(simd(228), ['v128', 'v128'], 'v128'),
  'f32x4.mul chain': chained(simd(230), 'v128'),
  'f64x2.sqrt': operator(simd(239), ['v128'], 'v128'),
  'f64x2.sqrt chain': chainedUnary(simd(239), 'v128'),
  'f64x2.div': operator(simd(243), ['v128', 'v128'], 'v128'),
  'f32x4.min': operator(simd(232), ['v128', 'v128'], 'v128'),
  'f64x2.promote': operator(simd(95), ['v128'], 'v128'),
  'f32x4.convert_i32x4_u': operator(simd(251), ['v128'], 'v128'),
  'i32x4.trunc_sat_f32x4_u': operator(simd(249), ['v128'], 'v128'),
  'i32x4.trunc_sat_f64x2_u': operator(simd(253), ['v128'], 'v128'),
  'i8x16.shuffle': site => [
    get(site, 'v128'),
    get(site, 'v128'),
    simd(13),
    Array.from({ length: 16 }, (_, i) => (i * 7) % 32),
    set(site, 'v128'),
  ],
  'i8x16.swizzle': operator(simd(14), ['v128', 'v128'], 'v128'),
  'i8x16.popcnt': operator(simd(98), ['v128'], 'v128'),
  'i8x16.shl': operator(simd(107), ['v128', 'i32'], 'v128'),
  'i8x16.shr_s': operator(simd(108), ['v128', 'i32'], 'v128'),
  'i64x2.mul': operator(simd(213), ['v128', 'v128'], 'v128'),
  'i64x2.extmul': operator(simd(222), ['v128', 'v128'], 'v128'),
  'i64x2.abs': operator(simd(192), ['v128'], 'v128'),
  'v128.bitselect': operator(simd(82), ['v128', 'v128', 'v128'], 'v128'),
  'i8x16.all_true': operator(simd(99), ['v128'], 'i32'),
  'i16x8.bitmask': operator(simd(132), ['v128'], 'i32'),
  'f64x2.replace_lane': operator([simd(34), 1], ['v128', 'f64'], 'v128'),
  'v128.const': () => [zero('v128'), DROP],
}
