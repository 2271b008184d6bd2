/**
 * Values of the oracle are bits and nothing but bits: JavaScript's own floats forget the sign and payload of a NaN.
 *
 *     i32, f32   number, 0 … 2³² − 1        v128                 16 bytes, little-endian
 *     i64, f64   bigint, 0 … 2⁶⁴ − 1        funcref, externref   index of a function, or null
 */
import type { TrapCode } from '../../src/interface.ts'
import { F64, I64, isReference, V128, type ValueType } from '../../src/wasm/types.ts'

export type Value = number | bigint | Uint8Array | null

/** What an instruction computes from its operands, and from its lane immediates after them. */
export type Operation = (a: never, b: never, c: never) => Value
export type Operations = Readonly<Record<string, Operation>>

/** The guest trapped. */
export class GuestTrap extends Error {
  readonly code: TrapCode

  constructor(code: TrapCode) {
    super(code)
    this.code = code
  }
}

export function bool(condition: boolean): number {
  return condition ? 1 : 0
}

/** What locals and memory start with. */
export function zeroOf(type: ValueType): Value {
  if (isReference(type)) return null
  if (type === V128) return new Uint8Array(16)
  return type === I64 || type === F64 ? 0n : 0
}

/** The bits of a value; an integer may be signed, and a number or a bigint. */
export function bitsOf(type: ValueType, value: Value): Value {
  if (value === null || value instanceof Uint8Array) return value
  if (type === I64 || type === F64) return BigInt.asUintN(64, BigInt(value))
  return Number(BigInt.asUintN(32, BigInt(value)))
}
