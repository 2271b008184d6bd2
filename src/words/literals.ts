/**
 * Parses numbers in the notation of the WebAssembly text format (core spec 6.3), integers also like `3e9`, and vectors like
 * `shape:lane,lane`.
 *
 * Fractions are rounded once, to nearest, ties to even. For f32, `Math.fround` of a JavaScript number would round twice.
 */
import { Fault } from '../base/fault.ts'
import { isGiven } from './counts.ts'

const INTEGER = /^([+-]?)(?:0x([\da-f](?:_?[\da-f])*)|(\d(?:_?\d)*))$/i
/** An integer with a power of ten. Up to three digits of the exponent are enough for every type. */
const SCALED = /^([+-]?)(\d(?:_?\d)*)(?:\.(\d(?:_?\d)*))?e\+?(\d{1,3})$/i
const DECIMAL = /^(\d(?:_?\d)*)(?:\.(\d(?:_?\d)*)?)?(?:e([+-]?\d(?:_?\d)*))?$/i
const HEXADECIMAL = /^0x([\da-f](?:_?[\da-f])*)(?:\.([\da-f](?:_?[\da-f])*)?)?(?:p([+-]?\d(?:_?\d)*))?$/i

/** True if a word looks like a negative number and not like an option. */
export function looksNegative(word: string): boolean {
  return /^-(?:\d|inf$|nan(?:$|:))/i.test(word)
}

/**
 * Parses a whole number: decimal or `0x…`, with an optional sign and single underscores between digits, or with a power of ten
 * if the value is an integer, such as `3e9` and `1.5e12`. Undefined if the word is none.
 */
export function wholeNumber(word: string): bigint | undefined {
  const [whole, sign, hexadecimal, decimal] = INTEGER.exec(word) ?? []
  if (whole === undefined) return scaledNumber(word)
  const magnitude = BigInt((hexadecimal === undefined ? decimal! : `0x${hexadecimal}`).replaceAll('_', ''))
  return sign === '-' ? -magnitude : magnitude
}

function scaledNumber(word: string): bigint | undefined {
  const [whole, sign, integer, fraction = '', exponent] = SCALED.exec(word) ?? []
  if (whole === undefined) return undefined
  const digits = fraction.replaceAll('_', '').replace(/0+$/, '')
  const zeros = Number(exponent) - digits.length
  if (zeros < 0) return undefined
  const magnitude = BigInt(integer!.replaceAll('_', '') + digits) * 10n ** BigInt(zeros)
  return sign === '-' ? -magnitude : magnitude
}

/**
 * Parses an integer of `bits` bits, in the notation of `wholeNumber`. Signed and unsigned numbers are accepted. Returns the signed
 * number with the same bits. Throws Fault bad-usage.
 */
export function parseInteger(word: string, bits: number): bigint {
  const value = wholeNumber(word)
  if (value === undefined) throw unreadable(`"${word}" is not an integer: write it as 42, -42, 0x2a or 3e9`)
  const [least, greatest] = [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits) - 1n]
  if (value < least || value > greatest) {
    throw unreadable(`${word} does not fit into ${bits} bits: from ${least} to ${greatest}`)
  }
  return BigInt.asIntN(bits, value)
}

// ── Floats ──────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Format {
  readonly bits: 32 | 64
  /** The number of bits of the significand, with the hidden bit. */
  readonly precision: number
  /** The binary exponent of the least positive number. */
  readonly least: number
}

const FORMATS: Readonly<Record<32 | 64, Format>> = {
  32: { bits: 32, precision: 24, least: -149 },
  64: { bits: 64, precision: 53, least: -1074 },
}

/**
 * Parses a float. Returns its bytes, little-endian. It is a decimal (`1.5`, `-3e-7`), a hexadecimal (`0x1.8p3`), `inf`, `nan` (the
 * canonical NaN), or `nan:0x…` with a payload, each with an optional sign. Throws Fault bad-usage, also for a number that is too large.
 */
export function parseFloat(word: string, bits: 32 | 64): Uint8Array {
  const format = FORMATS[bits]
  const negative = word.startsWith('-')
  const magnitude = magnitudeBits(word.replace(/^[+-]/, ''), format, word)
  return littleEndian(negative ? magnitude | (1n << BigInt(bits - 1)) : magnitude, bits / 8)
}

function magnitudeBits(word: string, format: Format, typed: string): bigint {
  const { precision } = format
  const infinity = infinityOf(format)
  if (/^inf$/i.test(word)) return infinity
  if (/^nan$/i.test(word)) return infinity | (1n << BigInt(precision - 2))
  if (/^nan:/i.test(word)) return infinity | payload(word.slice(4), precision, typed)
  const [ratio, fraction = '', exponent = '0', base] = split(word, typed)
  const digits = ratio + fraction
  const significant = digits.replace(/^0+/, '')
  if (significant === '') return 0n
  const perDigit = base === 16 ? 4 : 1
  const scale = Number(exponent) - perDigit * fraction.length
  // Exponents outside of this range give zero or infinity. They must not become integers with a billion digits.
  const size = perDigit * significant.length + scale
  if (size > 1200) throw outOfRange(typed, format)
  if (size < -1200) return 0n
  const integer = BigInt(base === 16 ? `0x${significant}` : significant)
  const power = (base === 16 ? 2n : 10n) ** BigInt(Math.abs(scale))
  const rounded = scale >= 0 ? round(integer * power, 1n, format) : round(integer, power, format)
  if (rounded >= infinity) throw outOfRange(typed, format)
  return rounded
}

function split(
  word: string,
  typed: string,
): [integer: string, fraction: string | undefined, exponent: string | undefined, base: 10 | 16] {
  const clean = (text: string | undefined): string | undefined => text?.replaceAll('_', '')
  for (const [pattern, base] of [
    [HEXADECIMAL, 16],
    [DECIMAL, 10],
  ] as const) {
    const found = pattern.exec(word)
    if (found !== null) return [clean(found[1])!, clean(found[2]), clean(found[3]), base]
  }
  throw unreadable(`"${typed}" is not a number: write it as 1.5, -3e-7, 0x1.8p3, inf, nan or nan:0x400000`)
}

function payload(word: string, precision: number, typed: string): bigint {
  const most = (1n << BigInt(precision - 1)) - 1n
  const value = /^0x[\da-f](?:_?[\da-f])*$/i.test(word) ? BigInt(word.replaceAll('_', '')) : 0n
  if (value >= 1n && value <= most) return value
  throw unreadable(`"${typed}" is not a NaN: the payload goes from nan:0x1 to nan:0x${most.toString(16)}`)
}

/** The bits of the float that is nearest to a positive ratio. For a ratio that is too large, those of infinity or more. */
function round(numerator: bigint, denominator: bigint, { precision, least }: Format): bigint {
  let exponent = Math.max(bitLength(numerator) - bitLength(denominator) - precision, least)
  let [quotient, rest, divisor] = divide(numerator, denominator, exponent)
  if (quotient >= 1n << BigInt(precision)) [quotient, rest, divisor] = divide(numerator, denominator, ++exponent)
  const twice = 2n * rest
  if (twice > divisor || (twice === divisor && quotient % 2n === 1n)) quotient++
  // The hidden bit adds one to the exponent field of a normal number. A carry out of the significand does so as well.
  return (BigInt(exponent - least) << BigInt(precision - 1)) + quotient
}

/** The quotient numerator / denominator / 2^exponent, rounded to nearest, ties to even. */
function divide(
  numerator: bigint,
  denominator: bigint,
  exponent: number,
): [quotient: bigint, rest: bigint, divisor: bigint] {
  const shift = BigInt(Math.abs(exponent))
  const [dividend, divisor] = exponent >= 0 ? [numerator, denominator << shift] : [numerator << shift, denominator]
  return [dividend / divisor, dividend % divisor, divisor]
}

function bitLength(value: bigint): number {
  return value.toString(2).length
}

function infinityOf({ bits, precision }: Format): bigint {
  return (1n << BigInt(bits - 1)) - (1n << BigInt(precision - 1))
}

function outOfRange(typed: string, { bits }: Format): Fault {
  return unreadable(`${typed} is beyond the greatest f${bits}: write inf if that is meant`)
}

// ── Vectors ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const SHAPES: Readonly<Record<string, readonly [lanes: number, parse: (word: string) => Uint8Array]>> = {
  i8x16: [16, word => littleEndian(parseInteger(word, 8), 1)],
  i16x8: [8, word => littleEndian(parseInteger(word, 16), 2)],
  i32x4: [4, word => littleEndian(parseInteger(word, 32), 4)],
  i64x2: [2, word => littleEndian(parseInteger(word, 64), 8)],
  f32x4: [4, word => parseFloat(word, 32)],
  f64x2: [2, word => parseFloat(word, 64)],
}

/**
 * Parses a vector. Returns its 16 bytes. It is a list of lanes like `i32x4:1,2,3,4`, the first lane first, or `0x` and 32 digits:
 * a number whose least significant byte is the first byte. Throws Fault bad-usage.
 */
export function parseVector(word: string): Uint8Array {
  if (/^0x[\da-f]{32}$/i.test(word)) return littleEndian(BigInt(word), 16)
  const [shape = '', list = ''] = word.split(/:(.*)/s)
  const known = Object.hasOwn(SHAPES, shape) ? SHAPES[shape] : undefined
  if (known === undefined) {
    throw unreadable(
      `"${word}" is not a vector: write it as i32x4:1,2,3,4 (or ${Object.keys(SHAPES).join(', ')}), or 0x and 32 digits`,
    )
  }
  const [lanes, parse] = known
  const words = list.split(',')
  if (words.length !== lanes) throw unreadable(`${shape} has ${lanes} lanes, and ${isGiven(words.length)}: "${word}"`)
  return Uint8Array.from(words.flatMap(lane => [...parse(lane.trim())]))
}

function littleEndian(value: bigint, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))
}

function unreadable(message: string): Fault {
  return new Fault('bad-usage', message)
}
