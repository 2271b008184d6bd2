/** Reads types (core spec 5.3). Findings have the offset at which the type begins. */
import { checkFeature, Refused, type Rules } from './findings.ts'
import { refuseCode } from './foreign.ts'
import type { Reader } from './reader.ts'
import { EXTERNREF, FUNCREF, isReference, isValueType, typeName, V128, type ValueType } from './types.ts'

/** Reads a value type of WebAssembly 2.0. Throws `Refused` for any other, or if the profile does not accept it. */
export function readValueType(reader: Reader, rules: Rules): ValueType {
  const at = reader.pos
  const byte = reader.u8()
  if (!isValueType(byte)) refuseCode(['value type', 'heap type'], byte, at)
  if (byte === V128) checkFeature(rules, 'simd', at, 'v128')
  if (isReference(byte)) checkFeature(rules, 'reference-types', at, typeName(byte))
  return byte
}

/** Reads a value type that must be a reference type. */
export function readReferenceType(reader: Reader, rules: Rules): ValueType {
  const at = reader.pos
  const type = readValueType(reader, rules)
  if (!isReference(type)) throw new Refused('malformed', at, `reference type expected, ${typeName(type)} found`)
  return type
}

/** Reads the heap type after `ref.null`. Returns the type of references to it. */
export function readNullType(reader: Reader): ValueType {
  const at = reader.pos
  if (reader.s33() >= 0)
    throw new Refused('feature', at, 'a heap type that is a type of the module', 'function-references')
  reader.pos = at
  const byte = reader.u8()
  if (byte !== FUNCREF && byte !== EXTERNREF) refuseCode(['heap type'], byte, at)
  return byte
}
