/**
 * Vector instructions by name (core spec 4.3.4 and 4.4.3). A vector is taken apart into lanes, the lanes are computed
 * one by one, as bigint if they are integers, and put together again.
 *
 * Lane immediates come after the operands.
 */
import { DOUBLE, floatOperations, SINGLE, type Format } from './floats.ts'
import { clamp, prefixed, saturate, signed } from './numeric.ts'
import { bool, type Operation, type Operations } from './values.ts'

type Vector = Uint8Array

/** Lanes of `width` bits, as unsigned integers, lane 0 first. */
export function lanesOf(width: number, vector: Vector): bigint[] {
  const step = width / 8
  return Array.from({ length: vector.length / step }, (_, lane) =>
    vector.subarray(lane * step, lane * step + step).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n),
  )
}

/** The vector of these lanes, each cut to `width` bits; lanes that are missing are 0. */
export function vectorOf(width: number, lanes: readonly bigint[]): Vector {
  const vector = new Uint8Array(16)
  const step = width / 8
  lanes.forEach((value, lane) => {
    for (let i = 0; i < step; i++) vector[lane * step + i] = Number((value >> BigInt(8 * i)) & 0xffn)
  })
  return vector
}

const signedLanes = (width: number, v: Vector): bigint[] => lanesOf(width, v).map(x => signed(width, x))
const view = (isSigned: boolean, width: number, v: Vector): bigint[] =>
  isSigned ? signedLanes(width, v) : lanesOf(width, v)
const zip = (width: number, a: bigint[], b: bigint[], of: (x: bigint, y: bigint) => bigint): Vector =>
  vectorOf(
    width,
    a.map((x, i) => of(x, b[i]!)),
  )
/** What a comparison leaves in a lane: all bits set, or none. */
const mask = (holds: boolean): bigint => (holds ? -1n : 0n)
const magnitude = (x: bigint): bigint => (x < 0n ? -x : x)

// ── Integer lanes ───────────────────────────────────────────────────────────────────────────────────────────────────

function integerOperations(width: number): Operations {
  const each =
    (of: (x: bigint) => bigint) =>
    (a: Vector): Vector =>
      vectorOf(width, lanesOf(width, a).map(of))
  const both =
    (isSigned: boolean, of: (x: bigint, y: bigint) => bigint) =>
    (a: Vector, b: Vector): Vector =>
      zip(width, view(isSigned, width, a), view(isSigned, width, b), of)
  const shift =
    (of: (x: bigint, by: bigint) => bigint, isSigned: boolean) =>
    (a: Vector, by: number): Vector =>
      vectorOf(
        width,
        view(isSigned, width, a).map(x => of(x, BigInt(by % width))),
      )
  const extract =
    (isSigned: boolean) =>
    (a: Vector, lane: number): number =>
      Number(BigInt.asUintN(32, view(isSigned, width, a)[lane]!))
  return {
    splat: (x: number | bigint) => vectorOf(width, new Array<bigint>(128 / width).fill(BigInt(x))),
    extract_lane: (a: Vector, lane: number) => (width === 64 ? lanesOf(64, a)[lane]! : extract(false)(a, lane)),
    extract_lane_s: extract(true),
    extract_lane_u: extract(false),
    replace_lane: (a: Vector, x: number | bigint, lane: number) =>
      vectorOf(width, lanesOf(width, a).with(lane, BigInt(x))),
    eq: both(false, (x, y) => mask(x === y)),
    ne: both(false, (x, y) => mask(x !== y)),
    lt_s: both(true, (x, y) => mask(x < y)),
    lt_u: both(false, (x, y) => mask(x < y)),
    gt_s: both(true, (x, y) => mask(x > y)),
    gt_u: both(false, (x, y) => mask(x > y)),
    le_s: both(true, (x, y) => mask(x <= y)),
    le_u: both(false, (x, y) => mask(x <= y)),
    ge_s: both(true, (x, y) => mask(x >= y)),
    ge_u: both(false, (x, y) => mask(x >= y)),
    abs: (a: Vector) => vectorOf(width, signedLanes(width, a).map(magnitude)),
    neg: each(x => -x),
    popcnt: each(x => BigInt(x.toString(2).replaceAll('0', '').length)),
    all_true: (a: Vector) => bool(lanesOf(width, a).every(x => x !== 0n)),
    bitmask: (a: Vector) => signedLanes(width, a).reduce((bits, x, i) => bits + (x < 0n ? 2 ** i : 0), 0),
    shl: shift((x, by) => x << by, false),
    shr_s: shift((x, by) => x >> by, true),
    shr_u: shift((x, by) => x >> by, false),
    add: both(false, (x, y) => x + y),
    sub: both(false, (x, y) => x - y),
    mul: both(false, (x, y) => x * y),
    add_sat_s: both(true, (x, y) => clamp(x + y, width, true)),
    add_sat_u: both(false, (x, y) => clamp(x + y, width, false)),
    sub_sat_s: both(true, (x, y) => clamp(x - y, width, true)),
    sub_sat_u: both(false, (x, y) => clamp(x - y, width, false)),
    min_s: both(true, (x, y) => (x < y ? x : y)),
    min_u: both(false, (x, y) => (x < y ? x : y)),
    max_s: both(true, (x, y) => (x > y ? x : y)),
    max_u: both(false, (x, y) => (x > y ? x : y)),
    avgr_u: both(false, (x, y) => (x + y + 1n) / 2n),
  }
}

/** Operations on lanes of `width` bits that come from lanes of half that width. */
function wideningOperations(width: number): Operations {
  const half = width / 2
  const count = 128 / width
  const from = `i${half}x${2 * count}`
  const operations: Record<string, Operation> = {}
  for (const sign of ['s', 'u']) {
    const narrow = (v: Vector): bigint[] => view(sign === 's', half, v)
    const parts = { low: (v: Vector) => narrow(v).slice(0, count), high: (v: Vector) => narrow(v).slice(count) }
    for (const [part, of] of Object.entries(parts)) {
      operations[`extend_${part}_${from}_${sign}`] = (a: Vector) => vectorOf(width, of(a))
      operations[`extmul_${part}_${from}_${sign}`] = (a: Vector, b: Vector) => zip(width, of(a), of(b), (x, y) => x * y)
    }
    operations[`extadd_pairwise_${from}_${sign}`] = (a: Vector) => vectorOf(width, pairs(narrow(a)))
  }
  operations[`dot_${from}_s`] = (a: Vector, b: Vector) =>
    vectorOf(width, pairs(signedLanes(half, a).map((x, i) => x * signedLanes(half, b)[i]!)))
  return operations
}

/** Sums of neighbours. */
function pairs(lanes: readonly bigint[]): bigint[] {
  return Array.from({ length: lanes.length / 2 }, (_, i) => lanes[2 * i]! + lanes[2 * i + 1]!)
}

/** Two vectors of lanes of twice the width in one, saturated. */
function narrowingOperations(width: number): Operations {
  const narrow =
    (isSigned: boolean) =>
    (a: Vector, b: Vector): Vector =>
      vectorOf(
        width,
        [...signedLanes(2 * width, a), ...signedLanes(2 * width, b)].map(x => clamp(x, width, isSigned)),
      )
  const from = `i${2 * width}x${64 / width}`
  return { [`narrow_${from}_s`]: narrow(true), [`narrow_${from}_u`]: narrow(false) }
}

// ── Float lanes ─────────────────────────────────────────────────────────────────────────────────────────────────────

/** A float format and how its bits stand in a lane. */
interface FloatLane<B extends number | bigint> extends Format<B> {
  readonly width: number
  ofLane(x: bigint): B
}

const SINGLES: FloatLane<number> = { ...SINGLE, width: 32, ofLane: Number }
const DOUBLES: FloatLane<bigint> = { ...DOUBLE, width: 64, ofLane: x => x }
const COMPARISONS = new Set(['eq', 'ne', 'lt', 'gt', 'le', 'ge'])

function floatLaneOperations<B extends number | bigint>(format: FloatLane<B>): Operations {
  const { width, ofLane } = format
  const lanes = (v: Vector): B[] => lanesOf(width, v).map(ofLane)
  const operations: Record<string, Operation> = {
    splat: (x: B) => vectorOf(width, new Array<bigint>(128 / width).fill(BigInt(x))),
    extract_lane: (a: Vector, lane: number) => lanes(a)[lane]!,
    replace_lane: (a: Vector, x: B, lane: number) => vectorOf(width, lanesOf(width, a).with(lane, BigInt(x))),
  }
  for (const [name, operation] of Object.entries(floatOperations(format))) {
    const scalar = operation as (x: B, y: B | undefined) => number | bigint
    const result = (x: number | bigint): bigint => (COMPARISONS.has(name) ? mask(x !== 0) : BigInt(x))
    operations[name] = (a: Vector, b: Vector | undefined) => {
      const other = b === undefined ? [] : lanes(b)
      return vectorOf(
        width,
        lanes(a).map((x, i) => result(scalar(x, other[i]))),
      )
    }
  }
  return operations
}

const singles = (v: Vector): number[] => lanesOf(32, v).map(x => SINGLE.number(Number(x)))
const doubles = (v: Vector): number[] => lanesOf(64, v).map(x => DOUBLE.number(x))
const ofSingles = (lanes: readonly number[]): Vector =>
  vectorOf(
    32,
    lanes.map(x => BigInt(SINGLE.bits(x))),
  )
const ofDoubles = (lanes: readonly number[]): Vector =>
  vectorOf(
    64,
    lanes.map(x => DOUBLE.bits(x)),
  )
const truncated = (lanes: readonly number[], isSigned: boolean): Vector =>
  vectorOf(
    32,
    lanes.map(x => saturate(x, 32, isSigned)),
  )

const CONVERSIONS: Operations = {
  'f32x4.demote_f64x2_zero': (a: Vector) => ofSingles(doubles(a)),
  'f64x2.promote_low_f32x4': (a: Vector) => ofDoubles(singles(a).slice(0, 2)),
  'i32x4.trunc_sat_f32x4_s': (a: Vector) => truncated(singles(a), true),
  'i32x4.trunc_sat_f32x4_u': (a: Vector) => truncated(singles(a), false),
  'i32x4.trunc_sat_f64x2_s_zero': (a: Vector) => truncated(doubles(a), true),
  'i32x4.trunc_sat_f64x2_u_zero': (a: Vector) => truncated(doubles(a), false),
  'f32x4.convert_i32x4_s': (a: Vector) => ofSingles(signedLanes(32, a).map(Number)),
  'f32x4.convert_i32x4_u': (a: Vector) => ofSingles(lanesOf(32, a).map(Number)),
  'f64x2.convert_low_i32x4_s': (a: Vector) => ofDoubles(signedLanes(32, a).slice(0, 2).map(Number)),
  'f64x2.convert_low_i32x4_u': (a: Vector) => ofDoubles(lanesOf(32, a).slice(0, 2).map(Number)),
}

// ── Bits and bytes ──────────────────────────────────────────────────────────────────────────────────────────────────

const BITWISE: Operations = {
  'v128.not': (a: Vector) => a.map(x => ~x),
  'v128.and': (a: Vector, b: Vector) => a.map((x, i) => x & b[i]!),
  'v128.andnot': (a: Vector, b: Vector) => a.map((x, i) => x & ~b[i]!),
  'v128.or': (a: Vector, b: Vector) => a.map((x, i) => x | b[i]!),
  'v128.xor': (a: Vector, b: Vector) => a.map((x, i) => x ^ b[i]!),
  'v128.bitselect': (a: Vector, b: Vector, chosen: Vector) => a.map((x, i) => (x & chosen[i]!) | (b[i]! & ~chosen[i]!)),
  'v128.any_true': (a: Vector) => bool(a.some(x => x !== 0)),
  'i8x16.swizzle': (a: Vector, at: Vector) => a.map((_, i) => a[at[i]!] ?? 0),
  'i8x16.shuffle': (a: Vector, b: Vector, lanes: readonly number[]) =>
    Uint8Array.from(lanes, i => (i < 16 ? a[i]! : b[i - 16]!)),
  'i16x8.q15mulr_sat_s': (a: Vector, b: Vector) =>
    zip(16, signedLanes(16, a), signedLanes(16, b), (x, y) => clamp((x * y + 0x4000n) >> 15n, 16, true)),
}

/** Every vector instruction that does not touch memory. */
export const VECTOR: Operations = {
  ...prefixed('i8x16', { ...integerOperations(8), ...narrowingOperations(8) }),
  ...prefixed('i16x8', { ...integerOperations(16), ...narrowingOperations(16), ...wideningOperations(16) }),
  ...prefixed('i32x4', { ...integerOperations(32), ...wideningOperations(32) }),
  ...prefixed('i64x2', { ...integerOperations(64), ...wideningOperations(64) }),
  ...prefixed('f32x4', floatLaneOperations(SINGLES)),
  ...prefixed('f64x2', floatLaneOperations(DOUBLES)),
  ...CONVERSIONS,
  ...BITWISE,
}
