/**
 * The instruction table: every instruction of WebAssembly 2.0 (with fixed-width SIMD) and of the tail-call proposal.
 *
 * The reader, the validator, the gas plan, the instrumentation and the interpreter of the tests all use it. No other file
 * lists opcodes. An entry has an empty type if the instruction's type depends on its immediates or on the operand stack.
 *
 * Sources: core spec 5.4 (binary format) and 7.10 (index of instructions).
 */
import type { Instruction } from './instruction.ts'
import { CONTROL, MEMORY, NUMERIC, TABLE } from './scalar-rows.ts'
import { expand } from './table-rows.ts'
import { VECTOR, VECTOR_MEMORY } from './vector-rows.ts'

export type { Group, Immediate, Instruction, NanShape, TrapCause } from './instruction.ts'
export { CODES } from './table-rows.ts'

/** The codes of instructions that some code treats individually. */
// prettier-ignore
export const OP = {
  unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b, br: 0x0c, brIf: 0x0d, brTable: 0x0e,
  return: 0x0f, call: 0x10, callIndirect: 0x11, returnCall: 0x12, returnCallIndirect: 0x13, drop: 0x1a, select: 0x1b,
  selectTyped: 0x1c, localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24, tableGet: 0x25,
  tableSet: 0x26, i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44, refNull: 0xd0, refIsNull: 0xd1,
  refFunc: 0xd2, memoryInit: 0x108, dataDrop: 0x109, memoryCopy: 0x10a, memoryFill: 0x10b, tableInit: 0x10c, elemDrop: 0x10d,
  tableCopy: 0x10e, tableGrow: 0x10f, tableSize: 0x110, tableFill: 0x111, memorySize: 0x3f, memoryGrow: 0x40,
  v128Const: 0x20c, shuffle: 0x20d, i32Eqz: 0x45, i32Eq: 0x46, i32GeU: 0x4f, i64Eqz: 0x50, i64Eq: 0x51,
  i64GeU: 0x5a, i32Add: 0x6a, i32Sub: 0x6b, i64Add: 0x7c, i64Sub: 0x7d,
} as const

/** Instructions by code; `undefined` where there is none. */
export const INSTRUCTIONS: readonly (Instruction | undefined)[] = /* @__PURE__ */ expand([
  ...CONTROL,
  ...MEMORY,
  ...TABLE,
  ...NUMERIC,
  ...VECTOR_MEMORY,
  ...VECTOR,
])
