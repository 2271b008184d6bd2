/** Scalar instructions by name: what they compute from their operands' bits (core spec 4.3). */
import { DOUBLE, floatOperations, SINGLE, singleOfInteger } from './floats.ts'
import { bool, GuestTrap, type Operations } from './values.ts'

/** Gives each operation the prefix of its type. */
export function prefixed(prefix: string, operations: Operations): Operations {
  return Object.fromEntries(Object.entries(operations).map(([name, operation]) => [`${prefix}.${name}`, operation]))
}

/** A bit pattern of `width` bits. */
const unsigned = (width: number, x: bigint): bigint => BigInt.asUintN(width, x)
/** The number it stands for if it is signed. */
export const signed = (width: number, x: bigint): bigint => BigInt.asIntN(width, x)

// ── i32 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const I32_OPERATIONS: Operations = {
  eqz: (a: number) => bool(a === 0),
  eq: (a: number, b: number) => bool(a === b),
  ne: (a: number, b: number) => bool(a !== b),
  lt_s: (a: number, b: number) => bool((a | 0) < (b | 0)),
  lt_u: (a: number, b: number) => bool(a < b),
  gt_s: (a: number, b: number) => bool((a | 0) > (b | 0)),
  gt_u: (a: number, b: number) => bool(a > b),
  le_s: (a: number, b: number) => bool((a | 0) <= (b | 0)),
  le_u: (a: number, b: number) => bool(a <= b),
  ge_s: (a: number, b: number) => bool((a | 0) >= (b | 0)),
  ge_u: (a: number, b: number) => bool(a >= b),
  clz: (a: number) => Math.clz32(a),
  ctz: (a: number) => (a === 0 ? 32 : 31 - Math.clz32(a & -a)),
  popcnt: (a: number) => ones(a.toString(2)),
  add: (a: number, b: number) => (a + b) >>> 0,
  sub: (a: number, b: number) => (a - b) >>> 0,
  mul: (a: number, b: number) => Math.imul(a, b) >>> 0,
  div_s: (a: number, b: number) => Number(unsigned(32, divide(32, BigInt(a | 0), BigInt(b | 0)))),
  div_u: (a: number, b: number) => Number(divideUnsigned(BigInt(a), BigInt(b))),
  rem_s: (a: number, b: number) => Number(unsigned(32, remainder(BigInt(a | 0), BigInt(b | 0)))),
  rem_u: (a: number, b: number) => Number(remainder(BigInt(a), BigInt(b))),
  and: (a: number, b: number) => (a & b) >>> 0,
  or: (a: number, b: number) => (a | b) >>> 0,
  xor: (a: number, b: number) => (a ^ b) >>> 0,
  shl: (a: number, b: number) => (a << (b % 32)) >>> 0,
  shr_s: (a: number, b: number) => (a >> (b % 32)) >>> 0,
  shr_u: (a: number, b: number) => a >>> (b % 32),
  rotl: (a: number, b: number) => Number(rotate(32, BigInt(a), BigInt(b))),
  rotr: (a: number, b: number) => Number(rotate(32, BigInt(a), -BigInt(b))),
  extend8_s: (a: number) => ((a << 24) >> 24) >>> 0,
  extend16_s: (a: number) => ((a << 16) >> 16) >>> 0,
  wrap_i64: (a: bigint) => Number(unsigned(32, a)),
  reinterpret_f32: (a: number) => a,
  trunc_f32_s: (a: number) => Number(unsigned(32, truncate(SINGLE.number(a), 32, true))),
  trunc_f32_u: (a: number) => Number(truncate(SINGLE.number(a), 32, false)),
  trunc_f64_s: (a: bigint) => Number(unsigned(32, truncate(DOUBLE.number(a), 32, true))),
  trunc_f64_u: (a: bigint) => Number(truncate(DOUBLE.number(a), 32, false)),
  trunc_sat_f32_s: (a: number) => Number(unsigned(32, saturate(SINGLE.number(a), 32, true))),
  trunc_sat_f32_u: (a: number) => Number(saturate(SINGLE.number(a), 32, false)),
  trunc_sat_f64_s: (a: bigint) => Number(unsigned(32, saturate(DOUBLE.number(a), 32, true))),
  trunc_sat_f64_u: (a: bigint) => Number(saturate(DOUBLE.number(a), 32, false)),
}

// ── i64 ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

const I64_OPERATIONS: Operations = {
  eqz: (a: bigint) => bool(a === 0n),
  eq: (a: bigint, b: bigint) => bool(a === b),
  ne: (a: bigint, b: bigint) => bool(a !== b),
  lt_s: (a: bigint, b: bigint) => bool(signed(64, a) < signed(64, b)),
  lt_u: (a: bigint, b: bigint) => bool(a < b),
  gt_s: (a: bigint, b: bigint) => bool(signed(64, a) > signed(64, b)),
  gt_u: (a: bigint, b: bigint) => bool(a > b),
  le_s: (a: bigint, b: bigint) => bool(signed(64, a) <= signed(64, b)),
  le_u: (a: bigint, b: bigint) => bool(a <= b),
  ge_s: (a: bigint, b: bigint) => bool(signed(64, a) >= signed(64, b)),
  ge_u: (a: bigint, b: bigint) => bool(a >= b),
  clz: (a: bigint) => (a === 0n ? 64n : BigInt(64 - a.toString(2).length)),
  ctz: (a: bigint) => (a === 0n ? 64n : BigInt((a & -a).toString(2).length - 1)),
  popcnt: (a: bigint) => BigInt(ones(a.toString(2))),
  add: (a: bigint, b: bigint) => unsigned(64, a + b),
  sub: (a: bigint, b: bigint) => unsigned(64, a - b),
  mul: (a: bigint, b: bigint) => unsigned(64, a * b),
  div_s: (a: bigint, b: bigint) => unsigned(64, divide(64, signed(64, a), signed(64, b))),
  div_u: (a: bigint, b: bigint) => divideUnsigned(a, b),
  rem_s: (a: bigint, b: bigint) => unsigned(64, remainder(signed(64, a), signed(64, b))),
  rem_u: (a: bigint, b: bigint) => remainder(a, b),
  and: (a: bigint, b: bigint) => a & b,
  or: (a: bigint, b: bigint) => a | b,
  xor: (a: bigint, b: bigint) => a ^ b,
  shl: (a: bigint, b: bigint) => unsigned(64, a << (b % 64n)),
  shr_s: (a: bigint, b: bigint) => unsigned(64, signed(64, a) >> (b % 64n)),
  shr_u: (a: bigint, b: bigint) => a >> (b % 64n),
  rotl: (a: bigint, b: bigint) => rotate(64, a, b),
  rotr: (a: bigint, b: bigint) => rotate(64, a, -b),
  extend8_s: (a: bigint) => unsigned(64, signed(8, a)),
  extend16_s: (a: bigint) => unsigned(64, signed(16, a)),
  extend32_s: (a: bigint) => unsigned(64, signed(32, a)),
  extend_i32_s: (a: number) => unsigned(64, BigInt(a | 0)),
  extend_i32_u: (a: number) => BigInt(a),
  reinterpret_f64: (a: bigint) => a,
  trunc_f32_s: (a: number) => unsigned(64, truncate(SINGLE.number(a), 64, true)),
  trunc_f32_u: (a: number) => truncate(SINGLE.number(a), 64, false),
  trunc_f64_s: (a: bigint) => unsigned(64, truncate(DOUBLE.number(a), 64, true)),
  trunc_f64_u: (a: bigint) => truncate(DOUBLE.number(a), 64, false),
  trunc_sat_f32_s: (a: number) => unsigned(64, saturate(SINGLE.number(a), 64, true)),
  trunc_sat_f32_u: (a: number) => saturate(SINGLE.number(a), 64, false),
  trunc_sat_f64_s: (a: bigint) => unsigned(64, saturate(DOUBLE.number(a), 64, true)),
  trunc_sat_f64_u: (a: bigint) => saturate(DOUBLE.number(a), 64, false),
}

// ── Floats ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const F32_OPERATIONS: Operations = {
  ...floatOperations(SINGLE),
  convert_i32_s: (a: number) => SINGLE.bits(a | 0),
  convert_i32_u: (a: number) => SINGLE.bits(a),
  convert_i64_s: (a: bigint) => singleOfInteger(signed(64, a)),
  convert_i64_u: (a: bigint) => singleOfInteger(a),
  demote_f64: (a: bigint) => SINGLE.bits(DOUBLE.number(a)),
  reinterpret_i32: (a: number) => a,
}

const F64_OPERATIONS: Operations = {
  ...floatOperations(DOUBLE),
  convert_i32_s: (a: number) => DOUBLE.bits(a | 0),
  convert_i32_u: (a: number) => DOUBLE.bits(a),
  // Number() rounds an integer to the nearest double, ties to even (ECMA-262 21.1.1.1, 6.1.6.1).
  convert_i64_s: (a: bigint) => DOUBLE.bits(Number(signed(64, a))),
  convert_i64_u: (a: bigint) => DOUBLE.bits(Number(a)),
  promote_f32: (a: number) => DOUBLE.bits(SINGLE.number(a)),
  reinterpret_i64: (a: bigint) => a,
}

/** Every scalar instruction of the groups `unary` and `binary`. */
export const NUMERIC: Operations = {
  ...prefixed('i32', I32_OPERATIONS),
  ...prefixed('i64', I64_OPERATIONS),
  ...prefixed('f32', F32_OPERATIONS),
  ...prefixed('f64', F64_OPERATIONS),
}

// ── Parts ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function ones(binary: string): number {
  return [...binary].filter(digit => digit === '1').length
}

function rotate(width: number, a: bigint, left: bigint): bigint {
  const by = ((left % BigInt(width)) + BigInt(width)) % BigInt(width)
  return unsigned(width, a << by) | (a >> (BigInt(width) - by))
}

function divide(width: number, a: bigint, b: bigint): bigint {
  if (b === 0n) throw new GuestTrap('divide-by-zero')
  if (signed(width, a / b) !== a / b) throw new GuestTrap('integer-overflow')
  return a / b
}

function divideUnsigned(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new GuestTrap('divide-by-zero')
  return a / b
}

function remainder(a: bigint, b: bigint): bigint {
  if (b === 0n) throw new GuestTrap('divide-by-zero')
  return a % b
}

/** The integer part of a float as an integer of `width` bits; traps if there is none. */
function truncate(x: number, width: number, isSigned: boolean): bigint {
  if (Number.isNaN(x)) throw new GuestTrap('invalid-conversion')
  const { least, greatest } = range(width, isSigned)
  if (!Number.isFinite(x)) throw new GuestTrap('integer-overflow')
  const integer = BigInt(Math.trunc(x))
  if (integer < least || integer > greatest) throw new GuestTrap('integer-overflow')
  return integer
}

/** The integer nearest to the integer part that `width` bits can hold; 0 for a NaN. */
export function saturate(x: number, width: number, isSigned: boolean): bigint {
  if (Number.isNaN(x)) return 0n
  const { least, greatest } = range(width, isSigned)
  if (!Number.isFinite(x)) return x < 0 ? least : greatest
  return clamp(BigInt(Math.trunc(x)), width, isSigned)
}

/** The nearest integer that `width` bits can hold. */
export function clamp(x: bigint, width: number, isSigned: boolean): bigint {
  const { least, greatest } = range(width, isSigned)
  return x < least ? least : x > greatest ? greatest : x
}

function range(width: number, isSigned: boolean): { least: bigint; greatest: bigint } {
  const half = 1n << BigInt(width - 1)
  return isSigned ? { least: -half, greatest: half - 1n } : { least: 0n, greatest: 2n * half - 1n }
}
