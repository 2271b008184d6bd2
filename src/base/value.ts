/**
 * Reading values of unknown origin (docs/spec/receipt.md, RECEIPT-24). What is read is a frozen copy, in which each part was looked
 * at once: an object that answers otherwise the next time changes nothing. Depth and number of parts are bounded, so that neither
 * a cycle nor a list of lists of lists exhausts the host. Nothing here knows of CIDs, which engines do without.
 */
import type { Link, ValueMap, ValueOf } from '../interface.ts'
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { fieldIn } from './field.ts'
import { Misfit, TooLarge } from './misfit.ts'
import { isBytes, isPlainObject, messageOf, plain } from './realms.ts'
import { byBytes, LONE_SURROGATE, utf8Length } from './text.ts'

/** Deepest nesting of lists and maps in a value. The task around a parameter has three levels of its own. */
export const MAX_VALUE_DEPTH = MAX_DOCUMENT_DEPTH - 3

/** Range of integers: what the heads of dag-cbor hold. */
const MIN_INTEGER = -(2n ** 64n)
const MAX_INTEGER = 2n ** 64n - 1n

const VALUE =
  'null, true, false, an integer, text, a byte string, a link, or a list or map of such (floats are byte strings)'

/** The integer that a value stands for exactly, if there is one. −0 is none: it exists as a float only. */
export function toInteger(value: unknown): bigint | null {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isSafeInteger(value) && !Object.is(value, -0) ? BigInt(value) : null
}

/** Whether a value of an engine is a link. */
export function isLink(value: unknown): value is Link {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, '/') && !isBytes(value)
}

/** Whether a value is a map, where `isLink` tells links. CIDs have a key `/` as well. */
export function isMap<L extends object>(value: ValueOf<L>): value is ValueMap<L> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isBytes(value) && !isLink(value)
}

/** The keys of a map in the order of dag-cbor: shorter ones first, in bytes of UTF-8, and those of one length by their bytes. */
export function sortedKeys(map: object): string[] {
  const sized = Object.keys(map).map(key => ({ key, length: utf8Length(key) }))
  return sized.sort((a, b) => a.length - b.length || byBytes(a.key, b.key)).map(({ key }) => key)
}

/** A link of an engine's value, if an object is one. For `readValueOf`. */
export function plainLink(object: object): Link | undefined {
  if (!Object.hasOwn(object, '/')) return undefined
  const { '/': text, ...more } = object as Link
  if (typeof text !== 'string' || Object.keys(more).length > 0) throw new Error('a link is { "/": the text of a CID }')
  return Object.freeze({ '/': text })
}

/** How a value is read. */
export interface Reading<L> {
  /** The link that an object is, if it is one. Throws an `Error` for what looks like a link and is none. */
  link(object: object): L | undefined
  /** The greatest number of levels. Default: `MAX_VALUE_DEPTH`. */
  readonly maxDepth?: number
  /** What a finite number that is no integer is read as. Such numbers are no values by default. */
  float?(value: number): L
  /** Whether bytes are copied, too. Default: no. */
  readonly copyBytes?: boolean
}

/** A frozen copy of a value. Throws a `Misfit` with the path of what is no value. */
export function readValueOf<L>(input: unknown, field: string, reading: Reading<L>): ValueOf<L> {
  return new Reader(field, reading).read(input)
}

class Reader<L> {
  readonly #field: string
  readonly #reading: Reading<L>
  /** Where the value at hand stands below `#field`. */
  readonly #path: (string | number)[] = []
  /** What is left of the least number of bytes that lists, maps, their items and their keys take in a document. */
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
      if (this.#path.length >= maxDepth)
        throw new TooLarge(this.#field, `nested in no more than ${maxDepth} lists and maps`)
      return Array.isArray(value) ? this.#list(value) : this.#map(value)
    } catch (error) {
      // A stack that gives out is the host's. Anything else comes from an object that answers with an error of its own.
      if (error instanceof Misfit || error instanceof RangeError) throw error
      throw this.#misfit(`readable, and it is not: ${messageOf(error)}`)
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
      if (key === '/') throw this.#misfit('a map without the key /, which dag-json keeps for links and bytes')
      this.#spend(key.length)
      return [this.#text(key), this.#part(value, key)]
    })
    // Own properties whatever the key, `__proto__` included.
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
      throw new TooLarge(this.#field, `of fewer items and keys: a document has at most ${MAX_DOCUMENT_BYTES} bytes`)
  }

  #misfit(expected: string): Misfit {
    return new Misfit(this.#path.reduce<string>(fieldIn, this.#field), expected)
  }
}
