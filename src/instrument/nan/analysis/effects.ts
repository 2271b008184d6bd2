/** How instructions change the operand stack. */
import { OP, type Instruction } from '../../../wasm/instructions.ts'
import { NUMBER, UNKNOWN } from './value-flow.ts'

/** The numbers of operands that an instruction pops and pushes, if it is not control, a call, or an access to a local. */
export function stackEffect({ group, type }: Instruction): readonly [popped: number, pushed: number] {
  switch (group) {
    case 'control':
      return [0, 0]
    case 'globalGet':
      return [0, 1]
    case 'globalSet':
      return [1, 0]
    case 'refIsNull':
    case 'tableGet':
      return [1, 1]
    case 'tableSet':
      return [2, 0]
    case 'tableGrow':
      return [2, 1]
    case 'tableFill':
      return [3, 0]
    default:
      return [type.params.length, type.results.length]
  }
}

/**
 * The value of a constant: `NUMBER` if no lane of it is a NaN, whatever its lane shape. The constant's bytes end at offset
 * `end`. A float whose exponent bits are all set counts as a NaN, so infinities are taken for NaNs, which is safe.
 */
export function constantValue(code: number, bytes: Uint8Array, end: number): number {
  const upperHalf = (distance: number): number => (bytes[end - distance]! << 8) | bytes[end - distance - 1]!
  const mayBeNan = (size: number, lanes: number, exponent: number): boolean =>
    Array.from({ length: lanes }, (_, i) => upperHalf(1 + i * size) & exponent).includes(exponent)
  switch (code) {
    case OP.f32Const:
      return mayBeNan(4, 1, 0x7f80) ? UNKNOWN : NUMBER
    case OP.f64Const:
      return mayBeNan(8, 1, 0x7ff0) ? UNKNOWN : NUMBER
    case OP.v128Const:
      return mayBeNan(4, 4, 0x7f80) || mayBeNan(8, 2, 0x7ff0) ? UNKNOWN : NUMBER
    default:
      return UNKNOWN
  }
}
