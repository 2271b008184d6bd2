/**
 * Floats, as bits (core spec 4.3.3, deterministic profile). Arithmetic goes through JavaScript's doubles and gives the
 * positive canonical NaN; what only moves or flips bits does not.
 *
 * An operation on f32 is done in f64 and rounded once more. For + − × ÷ √ that is the same as rounding once, because f64
 * has at least twice the digits of f32 and two (Figueroa, "When is double rounding innocuous?", 1995).
 */
import { bool, type Operations } from './values.ts'

const view = new DataView(new ArrayBuffer(8))

/** A float format: from bits to the number, and from a number to the bits of the nearest float. */
export interface Format<B extends number | bigint> {
  number(bits: B): number
  bits(x: number): B
  isNegative(bits: B): boolean
  negate(bits: B): B
}

export const SINGLE: Format<number> = {
  number(bits) {
    view.setUint32(0, bits)
    return view.getFloat32(0)
  },
  bits(x) {
    if (Number.isNaN(x)) return 0x7fc00000
    view.setFloat32(0, x)
    return view.getUint32(0)
  },
  isNegative: bits => bits >= 0x80000000,
  negate: bits => (bits ^ 0x80000000) >>> 0,
}

export const DOUBLE: Format<bigint> = {
  number(bits) {
    view.setBigUint64(0, bits)
    return view.getFloat64(0)
  },
  bits(x) {
    if (Number.isNaN(x)) return 0x7ff8000000000000n
    view.setFloat64(0, x)
    return view.getBigUint64(0)
  },
  isNegative: bits => bits >= 1n << 63n,
  negate: bits => bits ^ (1n << 63n),
}

/** The operations that both formats, and vectors of both, have by the same names. */
export function floatOperations<B extends number | bigint>(format: Format<B>): Operations {
  const { number, bits, isNegative, negate } = format
  const unary =
    (of: (x: number) => number) =>
    (a: B): B =>
      bits(of(number(a)))
  const binary =
    (of: (x: number, y: number) => number) =>
    (a: B, b: B): B =>
      bits(of(number(a), number(b)))
  const compare =
    (holds: (x: number, y: number) => boolean) =>
    (a: B, b: B): number =>
      bool(holds(number(a), number(b)))
  return {
    abs: (a: B) => (isNegative(a) ? negate(a) : a),
    neg: (a: B) => negate(a),
    copysign: (a: B, b: B) => (isNegative(a) === isNegative(b) ? a : negate(a)),
    ceil: unary(Math.ceil),
    floor: unary(Math.floor),
    trunc: unary(Math.trunc),
    nearest: unary(nearest),
    sqrt: unary(Math.sqrt),
    add: binary((x, y) => x + y),
    sub: binary((x, y) => x - y),
    mul: binary((x, y) => x * y),
    div: binary((x, y) => x / y),
    // As in JavaScript, −0 is less than +0 here, and a NaN wins.
    min: binary((x, y) => Math.min(x, y)),
    max: binary((x, y) => Math.max(x, y)),
    pmin: (a: B, b: B) => (number(b) < number(a) ? b : a),
    pmax: (a: B, b: B) => (number(a) < number(b) ? b : a),
    eq: compare((x, y) => x === y),
    ne: compare((x, y) => x !== y),
    lt: compare((x, y) => x < y),
    gt: compare((x, y) => x > y),
    le: compare((x, y) => x <= y),
    ge: compare((x, y) => x >= y),
  }
}

/** The nearest integer; of two equally near ones the even one. Zero keeps the sign. */
export function nearest(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  if (Number.isNaN(rest) || rest === 0) return x
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0)
  const rounded = up ? below + 1 : below
  return rounded === 0 && x < 0 ? -0 : rounded
}

/** The f32 that is nearest to an integer, rounded once. */
export function singleOfInteger(x: bigint): number {
  const magnitude = x < 0n ? -x : x
  const surplus = BigInt(Math.max(0, magnitude.toString(2).length - 40))
  // The lowest of the 40 bits that are kept tells whether anything was cut off: it is far below the 24 that remain.
  const cut = magnitude >> surplus
  const sticky = cut << surplus === magnitude ? cut : cut | 1n
  const kept = Number(sticky) * 2 ** Number(surplus)
  return SINGLE.bits(x < 0n ? -kept : kept)
}
