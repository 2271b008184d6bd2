/**
 * Strict dag-cbor in which floats are objects of the class `Float`. So a document of another system keeps its CID when
 * it is decoded and encoded again.
 */
import { encodeOptions } from '@ipld/dag-cbor'
import { encode, Token, Type } from 'cborg'
import { decodeBy } from './dag-cbor.ts'
import { assertDocument, assertSize } from './document.ts'
import { Float, isFloat } from './float.ts'

/** A function that the encoder calls for each object. If it returns null, the encoder encodes the object as usual. */
type ObjectEncoder = (object: object) => Token[] | null

const OPTIONS = {
  ...encodeOptions,
  typeEncoders: {
    ...encodeOptions.typeEncoders,
    Object: (object: object): Token[] | null =>
      isFloat(object)
        ? [new Token(Type.float, object.value)]
        : (encodeOptions.typeEncoders.Object as ObjectEncoder)(object),
  },
}

/**
 * Encodes a value of the IPLD data model whose floats are `Float`s. Each value has exactly one encoding. Bounds and
 * errors are those of `encodeStrict`.
 */
export function encodeMarked(value: unknown): Uint8Array {
  assertDocument(value, isFloat)
  const bytes = new Uint8Array(encode(value, OPTIONS))
  assertSize(bytes.length)
  return bytes
}

/** Decodes a document, with floats as `Float`s. Errors are those of `decodeStrict`. */
export function decodeMarked(block: Uint8Array): unknown {
  return decodeBy(block, finite, encodeMarked)
}

function finite(value: number): Float {
  if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
  return new Float(value)
}
