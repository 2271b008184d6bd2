/** The `core` ABI: parameters and results are numbers. It works with any module. */
import { F32, F64, I32, I64, typeName, V128, type ValueType } from '../wasm/types.ts'
import type { Bits } from '../host/host-call.ts'
import { reject, type Argument, type PrepareCall } from './guest.ts'
import { asBytes, linksAmong, type Links } from './links.ts'
import { exportedFunction, isRejection } from './lookup.ts'

/**
 * Checks a call of the `core` ABI. An i32 or i64 is an integer in the signed range of its type. An f32, f64 or v128 is
 * a byte string of 4, 8 or 16 bytes, little-endian as in the binary format. The result is a list of such values. The
 * host's work is free, since it only moves a few values.
 */
export const prepareCore: PrepareCall = (module, fun, params, links) => {
  const type = exportedFunction(module, fun)
  if (isRejection(type)) return type
  if (params.length !== type.params.length) return reject('bad-arguments', `${type.params.length} parameters`)
  const values: (() => readonly Bits[])[] = []
  for (const [i, param] of type.params.entries()) {
    const value = toBits(param, params[i]!, links)
    if (value === undefined) return reject('bad-arguments', `parameter ${i}: ${typeName(param)}`)
    values.push(value)
  }
  return {
    work: [],
    links: linksAmong(params),
    inputs: () => links.withContents(params),
    invoke: guest => fromBits(type.results, guest.call(fun, ...values.flatMap(value => value()))),
  }
}

/**
 * A function that returns the bits of a parameter when the call is made; undefined if the value does not fit the type.
 */
export function toBits(type: ValueType, value: Argument, links: Links): (() => readonly Bits[]) | undefined {
  switch (type) {
    case I32:
      return typeof value === 'bigint' && BigInt.asIntN(32, value) === value ? () => [Number(value)] : undefined
    case I64:
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? () => [value] : undefined
    default:
      break
  }
  const bytes = asBytes(value)
  const size = type === F32 ? 4 : type === F64 ? 8 : 16
  if (bytes === undefined || (links.sizeOf(bytes) ?? size) !== size) return undefined
  return () => floatBits(type, links.contentOf(bytes))
}

function floatBits(type: ValueType, bytes: Uint8Array): readonly Bits[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (type === F32) return [view.getInt32(0, true)]
  return type === F64 ? [view.getBigInt64(0, true)] : [view.getBigInt64(0, true), view.getBigInt64(8, true)]
}

/** Converts bits to values of the types: integers and byte strings. A v128 takes two of the bits. */
export function fromBits(types: readonly ValueType[], bits: readonly Bits[]): (bigint | Uint8Array)[] {
  let at = 0
  return types.map(type => {
    const first = BigInt(bits[at++]!)
    switch (type) {
      case I32:
        return BigInt.asIntN(32, first)
      case I64:
        return BigInt.asIntN(64, first)
      case F32:
        return littleEndian([BigInt.asUintN(32, first)], 4)
      case V128:
        return littleEndian([first, BigInt(bits[at++]!)], 16)
      default:
        return littleEndian([first], 8)
    }
  })
}

function littleEndian(words: readonly bigint[], size: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  words.forEach((word, i) => view.setBigUint64(8 * i, BigInt.asUintN(64, word), true))
  return new Uint8Array(view.buffer, 0, size).slice()
}
