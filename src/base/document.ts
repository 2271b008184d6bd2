/**
 * Checks the values that a dag-cbor document may contain, and its size. The bounds and errors are those of
 * `encodeStrict`.
 */
import { CID } from 'multiformats/cid'
import { MAX_DOCUMENT_BYTES, MAX_DOCUMENT_DEPTH } from './bounds.ts'
import { isBytes, isPlainObject } from './realms.ts'
import { LONE_SURROGATE } from './text.ts'

/** Throws an `Error` if a document of that size, in bytes, exceeds the bound. */
export function assertSize(bytes: number): void {
  if (bytes > MAX_DOCUMENT_BYTES) {
    throw new Error(`${bytes} bytes: a document may have at most ${MAX_DOCUMENT_BYTES}`)
  }
}

/**
 * Throws an `Error` if the encoder would refuse the value, change it, or write more bytes than a document may have. `isFloat`
 * tells which objects the encoder writes as floats; by default none.
 */
export function assertDocument(value: unknown, isFloat: (object: object) => boolean = () => false): void {
  new Walk(isFloat).visit(value, 0)
}

class Walk {
  readonly #isFloat: (object: object) => boolean
  /** A lower bound of the bytes that the values visited so far take. */
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
      // The encoder recognises a CID as `CID.asCID` does: its fields `/` and `bytes` are the same. A map may have such
      // fields, too.
      if (!isBytes(cid.bytes)) throw new Error('a map that would be written as a link')
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
    // The encoder would write such a number as a float, where a reader may expect an integer.
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

  /** Bounds the memory of the encoder before it allocates any. */
  #count(bytes: number): void {
    this.#bytes += bytes
    assertSize(this.#bytes)
  }
}
