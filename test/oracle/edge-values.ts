/** Values at which instructions tend to go wrong, as bits, and the immediates that go with them. */
import type { Instruction } from '../../src/wasm/instructions.ts'
import { F32, F64, I32, I64, type ValueType } from '../../src/wasm/types.ts'
import { leb, sleb } from './one-instruction.ts'
import { vectorOf } from './simd.ts'
import type { Value } from './values.ts'

const I32_VALUES = [
  0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x01000001, 0x12345678,
  0x7fffff80, 0x7fffffff, 0x80000000, 0x80000001, 0xaaaaaaaa, 0xdeadbeef, 0xffffff7f, 0xffffff80, 0xffffffe0,
  0xfffffffe, 0xffffffff,
]

const I64_VALUES = [
  0n,
  1n,
  2n,
  5n,
  31n,
  32n,
  33n,
  63n,
  64n,
  65n,
  0x7fn,
  0x80n,
  0xffn,
  0x8000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x1000001n,
  0x1fffffffffffffn,
  0x20000000000001n,
  0x20000020000001n,
  0x20000020000000n,
  0x123456789abcdef0n,
  0x7fffff4000000001n,
  0x7fffffbfffffffffn,
  0x7fffffc000000000n,
  0x7fffffffffffffffn,
  0x8000000000000000n,
  0x8000004000000001n,
  0x8000008000000000n,
  0x800000bfffffffffn,
  0x8000000000000400n,
  0x8000000000000401n,
  0xaaaaaaaaaaaaaaaan,
  0xfffffffffffffbffn,
  0xfffffffffffffc00n,
  0xffffff8000000000n,
  0xffffff7fffffffffn,
  0xffffffff80000000n,
  0xffffffffffffff80n,
  0xfffffffffffffffen,
  0xffffffffffffffffn,
]

/** Magnitudes; each comes with both signs. */
const F32_MAGNITUDES = [
  0x00000000, 0x00000001, 0x00000002, 0x007fffff, 0x00800000, 0x00800001, 0x3effffff, 0x3f000000, 0x3f000001,
  0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40200000, 0x40490fdb, 0x4affffff, 0x4b000000, 0x4b000001,
  0x4b7fffff, 0x4effffff, 0x4f000000, 0x4f000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000, 0x5f7fffff,
  0x5f800000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00123, 0x7fc00000, 0x7fc00001, 0x7fffffff,
]

const F64_MAGNITUDES = [
  0x0000000000000000n,
  0x0000000000000001n,
  0x000fffffffffffffn,
  0x0010000000000000n,
  0x3690000000000000n,
  0x3690000000000001n,
  0x36a0000000000000n,
  0x380fffffe0000000n,
  0x380ffffff0000000n,
  0x3810000000000000n,
  0x3fdfffffffffffffn,
  0x3fe0000000000000n,
  0x3fe0000000000001n,
  0x3fefffffffffffffn,
  0x3ff0000000000000n,
  0x3ff0000010000000n,
  0x3ff0000010000001n,
  0x3ff0000030000000n,
  0x3ff8000000000000n,
  0x4004000000000000n,
  0x400921fb54442d18n,
  0x41dfffffffc00000n,
  0x41dfffffffe00000n,
  0x41e0000000000000n,
  0x41e0000000100000n,
  0x41e0000000200000n,
  0x41efffffffe00000n,
  0x41effffffff00000n,
  0x41f0000000000000n,
  0x432fffffffffffffn,
  0x4330000000000000n,
  0x4330000000000001n,
  0x433fffffffffffffn,
  0x43dfffffffffffffn,
  0x43e0000000000000n,
  0x43e0000000000001n,
  0x43efffffffffffffn,
  0x43f0000000000000n,
  0x47efffffe0000000n,
  0x47efffffefffffffn,
  0x47effffff0000000n,
  0x47f0000000000000n,
  0x7fefffffffffffffn,
  0x7ff0000000000000n,
  0x7ff0000000000001n,
  0x7ff4000000000123n,
  0x7ff8000000000000n,
  0x7fffffffffffffffn,
]

const F32_VALUES = F32_MAGNITUDES.flatMap(bits => [bits, (bits | 0x80000000) >>> 0])
const F64_VALUES = F64_MAGNITUDES.flatMap(bits => [bits, bits | (1n << 63n)])

/** Vectors that hold the values in lanes of `width` bits, one after the other. */
function packed(width: number, values: readonly bigint[]): Uint8Array[] {
  const lanes = 128 / width
  return Array.from({ length: Math.ceil(values.length / lanes) }, (_, i) =>
    vectorOf(width, values.slice(i * lanes, i * lanes + lanes)),
  )
}

/** Bytes that look random and are the same each time (Knuth's multiplicative generator). */
function scrambled(seed: number): Uint8Array {
  let state = seed
  return Uint8Array.from({ length: 16 }, () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24)
}

const INTEGER_VECTORS = [
  ...packed(8, [
    0x00n,
    0x01n,
    0x7fn,
    0x80n,
    0x81n,
    0xffn,
    0x0fn,
    0xf0n,
    0x10n,
    0x40n,
    0xc0n,
    0xfen,
    0x02n,
    0x55n,
    0xaan,
    0x11n,
  ]),
  ...packed(16, [0x0000n, 0x0001n, 0x7fffn, 0x8000n, 0x8001n, 0xffffn, 0x00ffn, 0xff00n, 0x0080n]),
  ...packed(16, [0xff7fn, 0x4000n, 0xc000n, 0x0100n, 0x7f80n, 0x5555n, 0xaaaan]),
  ...packed(32, [
    0x00000000n,
    0x7fffffffn,
    0x80000000n,
    0xffffffffn,
    0x00008000n,
    0xffff7fffn,
    0x0000ffffn,
    0x00010000n,
  ]),
  ...packed(64, [0x7fffffffffffffffn, 0x8000000000000000n, 0xffffffffffffffffn, 1n, 0x80000000ffffffffn, 0x7fffffffn]),
  vectorOf(64, []),
  vectorOf(64, [-1n, -1n]),
  vectorOf(16, new Array<bigint>(8).fill(0x8000n)),
  vectorOf(8, new Array<bigint>(16).fill(0x80n)),
  Uint8Array.from({ length: 16 }, (_, i) => i),
  Uint8Array.from({ length: 16 }, (_, i) => 31 - 2 * i),
  ...[1, 2, 3, 4].map(scrambled),
]

const SINGLES = F32_VALUES.map(BigInt)
/** Moved by one lane as well, so that the values of two vectors meet in more than one way. */
const SINGLE_VECTORS = [...packed(32, SINGLES), ...packed(32, SINGLES.slice(1))]
const DOUBLE_VECTORS = [...packed(64, F64_VALUES), ...packed(64, F64_VALUES.slice(1)).filter((_, i) => i % 4 === 0)]

/** Values to try for a parameter of the instruction. */
export function edgeValues({ name, type }: Instruction, param: ValueType): readonly Value[] {
  switch (param) {
    case I32:
      return I32_VALUES
    case I64:
      return I64_VALUES
    case F32:
      return F32_VALUES
    case F64:
      return F64_VALUES
  }
  const doubles = name.includes('demote') || (name.includes('f64x2') && !name.includes('promote'))
  const floats = doubles ? DOUBLE_VECTORS : name.includes('f32x4') ? SINGLE_VECTORS : []
  // Three operands would be too many combinations.
  if (type.params.length === 3) return INTEGER_VECTORS.slice(0, 8)
  if (floats.length === 0 || name.includes('convert')) return INTEGER_VECTORS
  return [...INTEGER_VECTORS.slice(0, 6), ...floats]
}

const ADDRESSES = [
  0, 1, 2, 13, 31, 48, 63, 4096, 65519, 65520, 65521, 65527, 65528, 65529, 65532, 65533, 65534, 65535, 65536,
  0x7fffffff, 0xffffffff,
]

const OPERANDS: Readonly<Record<number, Value>> = {
  [I32]: 0xa1b2c3d4,
  [I64]: 0xa1b2c3d4e5f60718n,
  [F32]: 0x7fa00123,
  [F64]: 0xfff4000000000123n,
}

/** Values for a store or a lane access, which is about where and not about what. */
export function accessOperands({ type }: Instruction): Value[][] {
  const [, ...rest] = type.params
  const others = rest.map(param => OPERANDS[param] ?? Uint8Array.from({ length: 16 }, (_, i) => 0xf0 - 7 * i))
  return ADDRESSES.map(address => [address, ...others])
}

/** The bytes of each immediate to try. */
export function immediatesOf({ immediate, lanes, name }: Instruction): number[][] {
  const every = Array.from({ length: lanes }, (_, lane) => lane)
  const memargs = [0, 3, 65521, 0xffffffff].map(offset => [0, ...leb(offset)])
  switch (immediate) {
    case 'lane':
      return every.map(lane => [lane])
    case 'memarg':
      return memargs
    case 'memarg lane':
      return every.flatMap(lane => memargs.map(memarg => [...memarg, lane]))
    case 'lanes':
      return [0, 1, 2, 3].map(seed => [...scrambled(seed)].map(byte => byte % 32))
    case 'i32':
      return I32_VALUES.map(value => sleb(BigInt(value | 0)))
    case 'i64':
      return I64_VALUES.map(value => sleb(BigInt.asIntN(64, value)))
    case 'f32':
      return F32_VALUES.map(bits => [...vectorOf(32, [BigInt(bits)])].slice(0, 4))
    case 'f64':
      return F64_VALUES.map(bits => [...vectorOf(64, [bits])].slice(0, 8))
    case 'v128':
      return INTEGER_VECTORS.map(bytes => [...bytes])
    case 'none':
      return [[]]
    default:
      throw new Error(`no immediates for ${name}`)
  }
}
