/** Strict dag-cbor in which floats are `Float`s, so that a document of another system keeps its CID when it is read and written. */
import { encodeOptions } from '@ipld/dag-cbor'
import { encode, Token, Type } from 'cborg'
import { decodeBy } from './dag-cbor.ts'
import { assertDocument, assertSize } from './document.ts'
import { Float, isFloat } from './float.ts'

/** The encoder calls this for each object, and encodes it as usual if the answer is null. */
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

/** The one encoding of a value of the IPLD data model whose floats are `Float`s. Bounds and errors are those of `encodeStrict`. */
export function encodeMarked(value: unknown): Uint8Array {
  assertDocument(value, isFloat)
  const bytes = new Uint8Array(encode(value, OPTIONS))
  assertSize(bytes.length)
  return bytes
}

/** The value that these bytes are the one encoding of, with floats as `Float`s. Errors are those of `decodeStrict`. */
export function decodeMarked(block: Uint8Array): unknown {
  return decodeBy(block, finite, encodeMarked)
}

function finite(value: number): Float {
  if (!Number.isFinite(value)) throw new Error(`dag-cbor has no ${value}`)
  return new Float(value)
}
