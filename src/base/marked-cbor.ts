/**
 * Strict dag-cbor in which floats are objects of the class `Float`. So a document of another system keeps its CID when
 * it is decoded and encoded again.
 */
import { decodeBy } from './dag-cbor.ts'
import { encodeDocument } from './document.ts'
import { Float, isFloat } from './float.ts'

/**
 * Encodes a value of the IPLD data model whose floats are `Float`s. Each value has exactly one encoding. Bounds and
 * errors are those of `encodeStrict`.
 */
export function encodeMarked(value: unknown): Uint8Array {
  return encodeDocument(value, object => (isFloat(object) ? object.value : undefined))
}

/** Decodes a document, with floats as `Float`s. Errors are those of `decodeStrict`. */
export function decodeMarked(block: Uint8Array): unknown {
  return decodeBy(block, finite, encodeMarked)
}

function finite(value: number): Float {
  if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
  return new Float(value)
}
