/** Converts values of the suite to the form of the `core` ABI. */
import { hex } from '../properties/seen.ts'
import type { Constant, Expected } from './commands.ts'

const LANE_BYTES: Readonly<Record<string, number>> = { i8: 1, i16: 2, i32: 4, i64: 8, f32: 4, f64: 8 }

/**
 * The bits of a NaN pattern. The suite permits several NaNs, and the profile only one of them (docs/spec/profile.md,
 * PROFILE-14).
 */
const CANONICAL: Readonly<Record<string, bigint>> = { f32: 0x7fc0_0000n, f64: 0x7ff8_0000_0000_0000n }

/** A number of the suite as an argument or a result of a call; undefined for a reference. */
export function numberOf(constant: Constant): bigint | Uint8Array | undefined {
  const { type } = constant
  if (type === 'i32' || type === 'i64') return BigInt(constant.value as string)
  if (type === 'f32' || type === 'f64') return littleEndian([bitsOf(type, constant.value as string)], LANE_BYTES[type]!)
  if (type !== 'v128') return undefined
  const { lane_type: lane, value } = constant as { readonly lane_type: string; readonly value: readonly string[] }
  return littleEndian(
    value.map(number => bitsOf(lane, number)),
    LANE_BYTES[lane]!,
  )
}

/** All permitted results, as `shown` writes them; undefined for references. */
export function shownExpected(expected: Expected): readonly string[] | undefined {
  if (expected.type === 'either') {
    const all = (expected as { readonly values: readonly Expected[] }).values.map(shownExpected)
    return all.includes(undefined) ? undefined : (all as string[][]).flat()
  }
  const value = numberOf(expected as Constant)
  return value === undefined ? undefined : [shown(value)]
}

/**
 * A value in the form in which it is compared and printed: integers in decimal, floats and vectors in hex, lowest byte
 * first.
 */
export function shown(value: unknown): string {
  return value instanceof Uint8Array ? hex(value) : String(value)
}

function bitsOf(type: string, text: string): bigint {
  return text.startsWith('nan:') ? CANONICAL[type]! : BigInt(text)
}

function littleEndian(lanes: readonly bigint[], size: number): Uint8Array {
  const bytes = new Uint8Array(lanes.length * size)
  lanes.forEach((lane, i) => {
    for (let at = 0; at < size; at++) bytes[i * size + at] = Number((lane >> BigInt(8 * at)) & 0xffn)
  })
  return bytes
}
