/**
 * Reads values of unknown origin (docs/spec/receipt.md, RECEIPT-24) into frozen copies. Each part of the input is read
 * once, so a getter or proxy that later returns something else has no effect. Depth and number of parts are bounded, so
 * that a cycle or deeply nested lists do not exhaust the host. This file does not import CIDs, since engines work
 * without them.
 */
import type { Link, ValueMap, ValueOf } from '../interface.ts'
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { fieldIn } from './field.ts'
import { Misfit, TooLarge } from './misfit.ts'
import { isBytes, isPlainObject, messageOf, plain } from './realms.ts'
import { byBytes, LONE_SURROGATE, utf8Length } from './text.ts'

/** The greatest number of levels of lists and maps in a value. A task adds three levels around a parameter. */
export const MAX_VALUE_DEPTH = MAX_DOCUMENT_DEPTH - 3

/** The range of integers: that of a dag-cbor head. */
const MIN_INTEGER = -(2n ** 64n)
const MAX_INTEGER = 2n ** 64n - 1n

const VALUE =
  'null, true, false, an integer, text, a byte string, a link, or a list or map of such (floats are byte strings)'

/**
 * A bigint, or a number that is a safe integer, as a bigint; null for any other value. −0 is not an integer, since only
 * floats have it.
 */
export function toInteger(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : null
}

/** Returns true if a value is a link in the form that engines use: `{ '/': text }`. */
export function isLink(value: unknown): value is Link {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '/') && !isBytes(value)
}

/**
 * Returns true if a value is a map: not a list, not bytes and not a link. CIDs count as links, since they have a key
 * `/`, too.
 */
export function isMap<L extends object>(value: ValueOf<L>): value is ValueMap<L> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value) && !isLink(value)
}

/** Returns true if a value is a byte string, or has one in a list or map. JavaScript cannot freeze byte strings. */
export function holdsBytes<L extends object>(value: ValueOf<L>): boolean {
  if (isBytes(value)) return true
  if (Array.isArray(value)) return value.some(holdsBytes)
  return isMap<L>(value) && Object.values(value).some(holdsBytes)
}

/** The keys of a map in the order of dag-cbor: by their length in UTF-8, and keys of the same length by their bytes. */
export function sortedKeys(map: object): string[] {
  const keys = Object.keys(map).map(key => ({ key, length: utf8Length(key) }))
  return keys.sort((a, b) => a.length - b.length || byBytes(a.key, b.key)).map(({ key }) => key)
}

/** Reads a link in the form `{ '/': text }`; returns undefined for an object without the key `/`. For `readValueOf`. */
export function plainLink(object: object): Link | undefined {
  if (!Object.hasOwn(object, '/')) return undefined
  const { '/': text, ...more } = object as Link
  if (typeof text !== 'string' || Object.keys(more).length > 0) throw new Error('a link is { "/": the text of a CID }')
  return Object.freeze({ '/': text })
}

/** The choices of a caller of `readValueOf`. */
export interface Reading<L> {
  /** Reads an object as a link; returns undefined if it is not a link. Throws an `Error` if it is a malformed link. */
  link(object: object): L | undefined
  /** The greatest number of levels. Default: `MAX_VALUE_DEPTH`. */
  readonly maxDepth?: number
  /** Reads a finite number that is not an integer. By default such a number is not a value. */
  float?(value: number): L
  /** True if bytes are copied, too. Default: false. */
  readonly copyBytes?: boolean
}

/** A frozen copy of a value. Throws a `Misfit` with the path of the part that is not a value. */
export function readValueOf<L>(input: unknown, field: string, reading: Reading<L>): ValueOf<L> {
  return new Reader(field, reading).read(input)
}

class Reader<L> {
  readonly #field: string
  readonly #reading: Reading<L>
  /** The keys and indices that lead from `#field` to the current part. */
  readonly #path: (string | number)[] = []
  /**
   * The bytes that a document has left, if each item of a list or map takes one byte, and each key its length and one
   * more.
   */
  #left = MAX_DOCUMENT_BYTES

  constructor(field: string, reading: Reading<L>) {
    this.#field = field
    this.#reading = reading
  }

  read(value: unknown): ValueOf<L> {
    switch (typeof value) {
      case 'boolean':
        return value
      case 'string':
        return this.#text(value)
      case 'object':
        return value === null ? null : this.#object(value)
      default:
        return this.#number(value)
    }
  }

  #number(value: unknown): ValueOf<L> {
    const integer = toInteger(value)
    if (integer === null) {
      const float = Number.isFinite(value) ? this.#reading.float?.(value as number) : undefined
      if (float === undefined) throw this.#misfit(VALUE)
      return float
    }
    if (integer < MIN_INTEGER || integer > MAX_INTEGER) throw this.#misfit(`from ${MIN_INTEGER} to ${MAX_INTEGER}`)
    return integer
  }

  #text(value: string): string {
    if (LONE_SURROGATE.test(value)) throw this.#misfit('text without a lone surrogate')
    return value
  }

  #object(value: object): ValueOf<L> {
    try {
      if (isBytes(value)) return this.#reading.copyBytes === true ? plain(value).slice() : plain(value)
      const link = this.#reading.link(value)
      if (link !== undefined) return link
      const { maxDepth = MAX_VALUE_DEPTH } = this.#reading
      if (this.#path.length >= maxDepth) throw new TooLarge(this.#field, `nested at most ${maxDepth} levels deep`)
      return Array.isArray(value) ? this.#list(value) : this.#map(value)
    } catch (error) {
      // A RangeError may be a stack overflow of the host. Any other error comes from a getter or proxy of the input.
      if (error instanceof Misfit || error instanceof RangeError) throw error
      throw this.#misfit(`readable, but reading it failed: ${messageOf(error)}`)
    }
  }

  #list(value: readonly unknown[]): ValueOf<L> {
    const { length } = value
    if (!Number.isSafeInteger(length) || length < 0) throw this.#misfit(VALUE)
    this.#spend(length)
    const items: ValueOf<L>[] = []
    for (let i = 0; i < length; i++) items.push(this.#part(value, i))
    return Object.freeze(items)
  }

  #map(value: object): ValueOf<L> {
    if (!isPlainObject(value)) throw this.#misfit(VALUE)
    const keys = Object.keys(value)
    this.#spend(2 * keys.length)
    const entries = keys.map((key): [string, ValueOf<L>] => {
      if (key === '/') throw this.#misfit('a map without the key /, which dag-json reserves for links and bytes')
      this.#spend(key.length)
      return [this.#text(key), this.#part(value, key)]
    })
    // This makes own properties of all keys, `__proto__` included.
    return Object.freeze(Object.fromEntries(entries))
  }

  #part(value: object, key: string | number): ValueOf<L> {
    this.#path.push(key)
    const read = this.read((value as Readonly<Record<string | number, unknown>>)[key])
    this.#path.pop()
    return read
  }

  #spend(bytes: number): void {
    this.#left -= bytes
    if (this.#left < 0)
      throw new TooLarge(
        this.#field,
        `smaller: its items and keys exceed the ${MAX_DOCUMENT_BYTES} bytes of a document`,
      )
  }

  #misfit(expected: string): Misfit {
    return new Misfit(this.#path.reduce<string>(fieldIn, this.#field), expected)
  }
}
