/** Constants as the bits that they are, with a taste for those at which arithmetic goes wrong. */
import { F32, F64, I32, I64, V128, type ValueType } from '../../src/wasm/types.ts'
import type { Choices } from './choices.ts'

const I32_EDGES = [
  0, 1, 2, 3, 5, 8, 13, 31, 32, 33, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
  0x80000001, 0xaaaaaaaa, 0xfffffff0, 0xfffffffe, 0xffffffff,
]
const I64_EDGES = [
  0n,
  1n,
  2n,
  7n,
  32n,
  63n,
  64n,
  127n,
  255n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x20000000000001n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0x8000000000000001n,
  0xaaaaaaaaaaaaaaaan,
  0xffffffff00000000n,
  0xffffffffffffff80n,
  0xfffffffffffffffen,
  0xffffffffffffffffn,
]
/**
 * Zeros, ones, extremes, borders of the integers, infinities; NaNs quiet and signalling, of both signs, with payloads.
 */
const F32_EDGES = [
  0x00000000, 0x3f800000, 0x80000000, 0xbf800000, 0x3f000000, 0x3fc00000, 0x00000001, 0x807fffff, 0x7f7fffff,
  0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7fc00001, 0xffdeadbe, 0x7f800001, 0x7fa00123,
  0xffa00123, 0xffffffff, 0x4f000000, 0xcf000000, 0x4effffff, 0x4f7fffff, 0x4f800000, 0x5f000000, 0x5f800000,
  0x4b000001, 0xbf7fffff, 0x42c80000,
]
const F64_EDGES = [
  0x0000000000000000n,
  0x3ff0000000000000n,
  0x8000000000000000n,
  0xbff0000000000000n,
  0x3fe0000000000000n,
  0x3ff8000000000000n,
  0x0000000000000001n,
  0x800fffffffffffffn,
  0x7fefffffffffffffn,
  0xffefffffffffffffn,
  0x7ff0000000000000n,
  0xfff0000000000000n,
  0x7ff8000000000000n,
  0xfff8000000000000n,
  0x7ff8000000000001n,
  0xfffdeadbeef00000n,
  0x7ff0000000000001n,
  0x7ff4000000000123n,
  0xfff4000000000123n,
  0xffffffffffffffffn,
  0x41dfffffffc00000n,
  0x41e0000000000000n,
  0xc1e0000000000000n,
  0xc1e0000000200000n,
  0x41efffffffe00000n,
  0x41f0000000000000n,
  0x43e0000000000000n,
  0x43f0000000000000n,
  0x3690000000000001n,
  0x380ffffff0000000n,
  0x4059000000000000n,
]

/** Bits of a constant of a number type: a number below 2³², a bigint below 2⁶⁴, or 16 bytes. */
export type Constant = number | bigint | Uint8Array

export function constantOf(type: ValueType, choices: Choices): Constant {
  switch (type) {
    case I32:
      return choices.once(4) ? random32(choices) : choices.pick(I32_EDGES)
    case I64:
      return choices.once(4) ? random64(choices) : choices.pick(I64_EDGES)
    case F32:
      return choices.once(4) ? random32(choices) : choices.pick(F32_EDGES)
    case F64:
      return choices.once(4) ? random64(choices) : choices.pick(F64_EDGES)
    case V128:
      return vectorOf(choices)
    default:
      throw new Error('references have no bits')
  }
}

function random32(choices: Choices): number {
  return choices.number() * 0x10000 + choices.number()
}

function random64(choices: Choices): bigint {
  return (BigInt(random32(choices)) << 32n) | BigInt(random32(choices))
}

/** Lanes of one shape, each an edge of its own. */
function vectorOf(choices: Choices): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  switch (choices.below(4)) {
    case 0:
      for (let i = 0; i < 16; i += 4) view.setUint32(i, choices.pick(I32_EDGES), true)
      break
    case 1:
      for (let i = 0; i < 16; i += 4) view.setUint32(i, choices.pick(F32_EDGES), true)
      break
    case 2:
      for (let i = 0; i < 16; i += 8) view.setBigUint64(i, choices.pick(F64_EDGES), true)
      break
    default:
      for (let i = 0; i < 16; i += 2) view.setUint16(i, choices.number(), true)
  }
  return new Uint8Array(view.buffer)
}

/** The bytes of a constant as they follow its opcode. */
export function encodeConstant(type: ValueType, bits: Constant): number[] {
  switch (type) {
    case I32:
      return signed(BigInt.asIntN(32, BigInt(bits as number)))
    case I64:
      return signed(BigInt.asIntN(64, bits as bigint))
    case F32:
      return littleEndian(BigInt(bits as number), 4)
    case F64:
      return littleEndian(bits as bigint, 8)
    default:
      return [...(bits as Uint8Array)]
  }
}

function littleEndian(bits: bigint, size: number): number[] {
  return Array.from({ length: size }, (_, i) => Number((bits >> BigInt(8 * i)) & 0xffn))
}

/** Signed LEB128. */
export function signed(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest >>= 7n) {
    const byte = Number(rest & 0x7fn)
    if (rest >= -64n && rest < 64n) return [...bytes, byte]
    bytes.push(byte | 0x80)
  }
}

/** Unsigned LEB128 of a number below 2³². */
export function unsigned(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) | 0x80)
  }
}
