/** Value types in the binary format. */
import { checkFeature, Refused, type Rules } from './findings.ts'
import { foreignType } from './foreign.ts'
import type { Reader } from './reader.ts'
import { isReference, isValueType, typeName, V128, type ValueType } from './types.ts'

/** A value type of WebAssembly 2.0 that the profile accepts, from its byte; refuses every other. */
export function readValueType(byte: number, offset: number, rules: Rules): ValueType {
  if (isValueType(byte)) {
    if (byte === V128) checkFeature(rules, 'simd', offset, 'v128')
    if (isReference(byte)) checkFeature(rules, 'reference-types', offset, typeName(byte))
    return byte
  }
  const proposal = foreignType(byte)
  if (proposal !== undefined) throw new Refused('feature', offset, `a type of the ${proposal} proposal`, proposal)
  throw new Refused('malformed', offset, `unknown type 0x${byte.toString(16)}`)
}

/** The type after `ref.null`, whose opcode stands at `at`: a reference type of WebAssembly 2.0. */
export function readNullType(reader: Reader, rules: Rules, at: number): ValueType {
  const start = reader.pos
  if (reader.s33() >= 0) throw new Refused('feature', at, 'ref.null of a type of the module', 'function-references')
  reader.pos = start
  const type = readValueType(reader.u8(), start, rules)
  if (!isReference(type)) throw new Refused('malformed', at, 'ref.null of a type that is no reference')
  return type
}
