/** Which values a dag-cbor document may hold, and how large it may be. Bounds and exceptions are those of `encodeStrict`. */
import { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { isBytes, isPlainObject } from './realms.ts'
import { LONE_SURROGATE } from './text.ts'

/** Throws an `Error` if a document of this many bytes exceeds the bound. */
export function assertSize(bytes: number): void {
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw new Error(`${bytes} bytes, more than the ${MAX_DOCUMENT_BYTES} that one document may have`)
  }
}

/**
 * Throws an `Error` if an encoder would refuse the value, change it, or write more than a document may have. `isFloat` tells the
 * objects that the encoder writes as floats; there are none by default.
 */
export function assertDocument(value: unknown, isFloat: (object: object) => boolean = () => false): void {
  new Walk(isFloat).visit(value, 0)
}

class Walk {
  readonly #isFloat: (object: object) => boolean
  /** The least number of bytes that the values visited so far take. */
  #bytes = 0

  constructor(isFloat: (object: object) => boolean) {
    this.#isFloat = isFloat
  }

  visit(value: unknown, depth: number): void {
    switch (typeof value) {
      case 'boolean':
        return this.#count(1)
      case 'number':
        return this.#number(value)
      case 'bigint':
        return this.#bigint(value)
      case 'string':
        return this.#text(value)
      case 'object':
        return value === null ? this.#count(1) : this.#object(value, depth)
      default:
        throw new Error(`dag-cbor has no ${typeof value}`)
    }
  }

  #object(value: object, depth: number): void {
    if (isBytes(value)) return this.#count(value.length)
    if (this.#isFloat(value)) return this.#count(9)
    const cid = CID.asCID(value)
    if (cid !== null) {
      // The encoder goes by the same sign, a key `/` with the value of the key `bytes`, which the map of a document may have.
      if (!isBytes(cid.bytes)) throw new Error('a map that would be taken for a link')
      return this.#count(cid.bytes.length)
    }
    if (depth >= MAX_DOCUMENT_DEPTH) throw new Error(`nested deeper than ${MAX_DOCUMENT_DEPTH}`)
    this.#count(1)
    if (Array.isArray(value)) {
      for (const item of value) this.visit(item, depth + 1)
      return
    }
    if (!isPlainObject(value)) throw new Error('dag-cbor has plain objects only')
    for (const [key, item] of Object.entries(value)) {
      this.#text(key)
      this.visit(item, depth + 1)
    }
  }

  #number(value: number): void {
    this.#count(1)
    if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
    if (Object.is(value, -0)) throw new Error('dag-cbor would lose the sign of -0')
    // An encoder writes such a number as a float, and a reader that asks for an integer does not find one.
    if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
      throw new Error('a number beyond 2^53 must be a bigint')
    }
  }

  #bigint(value: bigint): void {
    this.#count(1)
    if (BigInt.asUintN(64, value < 0n ? -1n - value : value) !== (value < 0n ? -1n - value : value)) {
      throw new Error('dag-cbor has no integers beyond 64 bits')
    }
  }

  #text(value: string): void {
    this.#count(value.length)
    if (LONE_SURROGATE.test(value)) throw new Error('text with a lone surrogate has no UTF-8 form')
  }

  /** Bounds what the encoder will hold before it holds any of it. */
  #count(bytes: number): void {
    this.#bytes += bytes
    assertSize(this.#bytes)
  }
}
