/** Value types, as bytes of the binary format (core spec 5.3). */
export const I32 = 0x7f
export const I64 = 0x7e
export const F32 = 0x7d
export const F64 = 0x7c
export const V128 = 0x7b
export const FUNCREF = 0x70
export const EXTERNREF = 0x6f

/** A value type as a byte of the binary format, such as 0x7f for i32. */
export type ValueType =
  typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128 | typeof FUNCREF | typeof EXTERNREF
export type NumberType = typeof I32 | typeof I64 | typeof F32 | typeof F64 | typeof V128

const LETTERS: Readonly<Record<string, ValueType>> = {
  i: I32,
  I: I64,
  f: F32,
  F: F64,
  v: V128,
  r: FUNCREF,
  x: EXTERNREF,
}
const NAMES: Readonly<Record<number, string>> = {
  [I32]: 'i32',
  [I64]: 'i64',
  [F32]: 'f32',
  [F64]: 'f64',
  [V128]: 'v128',
  [FUNCREF]: 'funcref',
  [EXTERNREF]: 'externref',
}

/** The name of a value type in the text format. */
export function typeName(type: ValueType): string {
  return NAMES[type]!
}

/** True if a byte of the binary format is a value type of WebAssembly 2.0. */
export function isValueType(byte: number): byte is ValueType {
  return (byte >= V128 && byte <= I32) || byte === FUNCREF || byte === EXTERNREF
}

/** True if a value type is a reference type. */
export function isReference(type: ValueType): boolean {
  return type === FUNCREF || type === EXTERNREF
}

/** The width of a value in 8-byte words: 2 for a vector, otherwise 1. */
export function wordsOf(type: ValueType): number {
  return type === V128 ? 2 : 1
}

/** The width of all values of a list, in 8-byte words. */
export function wordsOfAll(types: readonly ValueType[]): number {
  return types.reduce((sum, type) => sum + wordsOf(type), 0)
}

/** The type of a function. */
export interface FunctionType {
  /** Types of its parameters. */
  readonly params: readonly ValueType[]
  /** Types of its results. */
  readonly results: readonly ValueType[]
}

/**
 * Parses the short form of a function type, such as `iI:f` for `(i32, i64) → f32`. The letters are i for i32, I for i64, f for
 * f32, F for f64, v for v128, r for funcref and x for externref.
 */
export function typeOf(short: string): FunctionType {
  const [params = '', results = ''] = short.split(':')
  return { params: [...params].map(c => LETTERS[c]!), results: [...results].map(c => LETTERS[c]!) }
}

/** The short form of a function type, the inverse of `typeOf`. */
export function shortType(type: FunctionType): string {
  const letter = (t: ValueType): string => Object.keys(LETTERS).find(c => LETTERS[c] === t)!
  return `${type.params.map(letter).join('')}:${type.results.map(letter).join('')}`
}
