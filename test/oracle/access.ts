/** Memory accesses by name: what they read and write where the bounds have been checked (core spec 4.4.7). */
import { lanesOf, vectorOf } from './simd.ts'
import type { Value } from './values.ts'

/** For the loads and stores of single lanes, `vector` and `lane` are their other operands. */
export type Load = (memory: DataView, at: number, vector: Uint8Array, lane: number) => Value
export type Store = (memory: DataView, at: number, value: never, lane: number) => void

const wide = (x: number): bigint => BigInt.asUintN(64, BigInt(x))

/** The `width` bits that stand there, unsigned. */
function read(memory: DataView, at: number, width: number): bigint {
  switch (width) {
    case 8:
      return BigInt(memory.getUint8(at))
    case 16:
      return BigInt(memory.getUint16(at, true))
    case 32:
      return BigInt(memory.getUint32(at, true))
    default:
      return memory.getBigUint64(at, true)
  }
}

function write(memory: DataView, at: number, width: number, value: bigint): void {
  for (let i = 0; i < width / 8; i++) memory.setUint8(at + i, Number((value >> BigInt(8 * i)) & 0xffn))
}

const SCALAR_LOADS: Readonly<Record<string, Load>> = {
  'i32.load': (m, at) => m.getUint32(at, true),
  'i64.load': (m, at) => m.getBigUint64(at, true),
  'f32.load': (m, at) => m.getUint32(at, true),
  'f64.load': (m, at) => m.getBigUint64(at, true),
  'i32.load8_s': (m, at) => m.getInt8(at) >>> 0,
  'i32.load8_u': (m, at) => m.getUint8(at),
  'i32.load16_s': (m, at) => m.getInt16(at, true) >>> 0,
  'i32.load16_u': (m, at) => m.getUint16(at, true),
  'i64.load8_s': (m, at) => wide(m.getInt8(at)),
  'i64.load8_u': (m, at) => wide(m.getUint8(at)),
  'i64.load16_s': (m, at) => wide(m.getInt16(at, true)),
  'i64.load16_u': (m, at) => wide(m.getUint16(at, true)),
  'i64.load32_s': (m, at) => wide(m.getInt32(at, true)),
  'i64.load32_u': (m, at) => wide(m.getUint32(at, true)),
}

const SCALAR_STORES: Readonly<Record<string, Store>> = {
  'i32.store': (m, at, value: number) => m.setUint32(at, value, true),
  'i64.store': (m, at, value: bigint) => m.setBigUint64(at, value, true),
  'f32.store': (m, at, value: number) => m.setUint32(at, value, true),
  'f64.store': (m, at, value: bigint) => m.setBigUint64(at, value, true),
  'i32.store8': (m, at, value: number) => m.setUint8(at, value),
  'i32.store16': (m, at, value: number) => m.setUint16(at, value, true),
  'i64.store8': (m, at, value: bigint) => write(m, at, 8, value),
  'i64.store16': (m, at, value: bigint) => write(m, at, 16, value),
  'i64.store32': (m, at, value: bigint) => write(m, at, 32, value),
}

/** Loads half a vector and widens each lane. */
function widening(width: number, isSigned: boolean): Load {
  return (m, at) => {
    const lanes = Array.from({ length: 64 / width }, (_, i) => read(m, at + (i * width) / 8, width))
    return vectorOf(2 * width, isSigned ? lanes.map(x => BigInt.asIntN(width, x)) : lanes)
  }
}

function laneAccesses(width: number): { loads: Record<string, Load>; stores: Record<string, Store> } {
  return {
    loads: {
      [`v128.load${width}_splat`]: (m, at) => vectorOf(width, new Array<bigint>(128 / width).fill(read(m, at, width))),
      [`v128.load${width}_zero`]: (m, at) => vectorOf(width, [read(m, at, width)]),
      [`v128.load${width}_lane`]: (m, at, vector, lane) =>
        vectorOf(width, lanesOf(width, vector).with(lane, read(m, at, width))),
    },
    stores: {
      [`v128.store${width}_lane`]: (m, at, vector: Uint8Array, lane) =>
        write(m, at, width, lanesOf(width, vector)[lane]!),
    },
  }
}

const LANES = [8, 16, 32, 64].map(laneAccesses)

/** Every instruction that loads. */
export const LOADS: Readonly<Record<string, Load>> = {
  ...SCALAR_LOADS,
  'v128.load': (m, at) => vectorOf(64, [read(m, at, 64), read(m, at + 8, 64)]),
  'v128.load8x8_s': widening(8, true),
  'v128.load8x8_u': widening(8, false),
  'v128.load16x4_s': widening(16, true),
  'v128.load16x4_u': widening(16, false),
  'v128.load32x2_s': widening(32, true),
  'v128.load32x2_u': widening(32, false),
  ...Object.assign({}, ...LANES.map(({ loads }) => loads)),
}

/** Every instruction that stores. */
export const STORES: Readonly<Record<string, Store>> = {
  ...SCALAR_STORES,
  'v128.store': (m, at, vector: Uint8Array) => vector.forEach((byte, i) => m.setUint8(at + i, byte)),
  ...Object.assign({}, ...LANES.map(({ stores }) => stores)),
}
