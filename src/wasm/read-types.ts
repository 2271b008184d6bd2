/** Types in the binary format (core spec 5.3). Whatever is wrong with one stands where the type begins. */
import { checkFeature, Refused, type Rules } from './findings.ts'
import { refuseCode } from './foreign.ts'
import type { Reader } from './reader.ts'
import { EXTERNREF, FUNCREF, isReference, isValueType, typeName, V128, type ValueType } from './types.ts'

/** A value type of WebAssembly 2.0 that the profile accepts; refuses every other. */
export function readValueType(reader: Reader, rules: Rules): ValueType {
  const at = reader.pos
  const byte = reader.u8()
  if (!isValueType(byte)) refuseCode(['value type', 'heap type'], byte, at)
  if (byte === V128) checkFeature(rules, 'simd', at, 'v128')
  if (isReference(byte)) checkFeature(rules, 'reference-types', at, typeName(byte))
  return byte
}

/** A value type that must be one of references. */
export function readReferenceType(reader: Reader, rules: Rules): ValueType {
  const at = reader.pos
  const type = readValueType(reader, rules)
  if (!isReference(type)) throw new Refused('malformed', at, `reference type expected, ${typeName(type)} found`)
  return type
}

/** The type after `ref.null`: a heap type of WebAssembly 2.0, as the type of references to it. */
export function readNullType(reader: Reader): ValueType {
  const at = reader.pos
  if (reader.s33() >= 0)
    throw new Refused('feature', at, 'a heap type that is a type of the module', 'function-references')
  reader.pos = at
  const byte = reader.u8()
  if (byte !== FUNCREF && byte !== EXTERNREF) refuseCode(['heap type'], byte, at)
  return byte
}
