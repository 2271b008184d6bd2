/**
 * Checks the arguments of public functions. Each check returns its argument, or throws the fault `bad-usage` that names
 * it. So a caller's mistake is reported at the call, and not by an error somewhere inside. Every public function uses
 * this file, so it imports no libraries.
 */
import { Fault } from './fault.ts'
import { isBytes, isDetachedBytes, plain } from './realms.ts'

/** The fault for a wrong argument. Its message is "‹name› must be ‹expected›, and it is ‹kind of the value›". */
export function badUsage(name: string, expected: string, value: unknown): Fault {
  return new Fault('bad-usage', `${name} must be ${expected}, and it is ${kindOf(value)}`, { argument: name })
}

/** An object with fields, such as options. */
export function fields<T extends object>(value: T, name: string): T {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    throw badUsage(name, 'an object', value)
  return value
}

/** An object that has all of the methods. */
export function withMethods<T extends object>(value: T, name: string, methods: readonly (keyof T & string)[]): T {
  const given: unknown = value
  if ((typeof given !== 'object' && typeof given !== 'function') || given === null) {
    throw badUsage(name, `an object with ${methods.join(', ')}`, value)
  }
  for (const method of methods)
    if (typeof value[method] !== 'function') throw badUsage(`${name}.${method}`, 'a function', value[method])
  return value
}

/** Bytes, as a plain `Uint8Array` of this realm. */
export function givenBytes(value: Uint8Array, name: string): Uint8Array {
  if (!isBytes(value)) throw badUsage(name, 'a Uint8Array', value)
  return plain(value)
}

/** A list. */
export function givenList<T>(value: readonly T[], name: string): readonly T[] {
  if (!Array.isArray(value)) throw badUsage(name, 'a list', value)
  return value
}

/**
 * Returns a value if it is a list or a stream of items, else throws. Bytes and text are refused: their items are numbers
 * and characters.
 */
export function givenItems<T>(value: Iterable<T> | AsyncIterable<T>, name: string): Iterable<T> | AsyncIterable<T> {
  const given = value as unknown as Readonly<Record<symbol, unknown>> | null
  const isObject = typeof given === 'object' && given !== null && !ArrayBuffer.isView(given)
  const found = isObject ? (given[Symbol.asyncIterator] ?? given[Symbol.iterator]) : undefined
  if (typeof found !== 'function') throw badUsage(name, 'a list or a stream', value)
  return value
}

/** Text that is not empty. */
export function givenText(value: string, name: string): string {
  if (typeof value !== 'string' || value === '') throw badUsage(name, 'text', value)
  return value
}

/** A function. */
export function givenFunction<T>(value: T, name: string): T {
  if (typeof value !== 'function') throw badUsage(name, 'a function', value)
  return value
}

/** A function, or undefined. */
export function optionalFunction<T>(value: T, name: string): T {
  return value === undefined ? value : givenFunction(value, name)
}

/** Checks that a value is an integer from `least` on, Infinity, or undefined. */
export function count(value: number | undefined, name: string, least = 0): void {
  if (value !== undefined && !((Number.isSafeInteger(value) || value === Infinity) && value >= least)) {
    throw badUsage(name, `a whole number from ${least} on`, value)
  }
}

/** Checks that a value is a number above 0, or undefined. */
export function positive(value: number | undefined, name: string): void {
  if (value !== undefined && !(typeof value === 'number' && value > 0)) throw badUsage(name, 'a number above 0', value)
}

/** An amount of gas from 0 on, as a bigint. It may be given as a number that represents it exactly. */
export function gas(value: bigint, name: string): bigint {
  const amount: unknown = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof amount !== 'bigint' || amount < 0n) throw badUsage(name, 'gas, a bigint from 0 on', value)
  return amount
}

/** The kind of a value, for messages. It calls no method of an object. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'not given'
  if (value === null) return 'null'
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return value === '' ? 'empty' : 'text'
  if (Array.isArray(value)) return 'a list'
  if (isBytes(value)) return 'bytes'
  if (isDetachedBytes(value)) return 'bytes whose buffer was transferred or shrunk'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
