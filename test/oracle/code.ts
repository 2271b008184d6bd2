/** Reads code into a list of instructions, with immediates read and blocks matched (core spec 5.4). */
import { INSTRUCTIONS, OP, type Instruction } from '../../src/wasm/instructions.ts'
import type { FunctionType, ValueType } from '../../src/wasm/types.ts'
import type { Bytes } from './bytes.ts'
import type { Value } from './values.ts'

/** An instruction of the code. Which fields mean something depends on its immediate. */
export interface Op {
  readonly instruction: Instruction
  /** First and second index: label, function, local, global, table, segment; type of an indirect call, its table. */
  index: number
  second: number
  /** Added to the address of a memory access. */
  offset: number
  /** What a constant gives. */
  value: Value
  /** Lanes of a shuffle, or the one lane. */
  lanes: readonly number[]
  /** Targets of a `br_table`, the default last. */
  labels: readonly number[]
  /** Parameters and results of a block. */
  type: FunctionType
  /** Of a `ref.null` and of a `select` that names its type. */
  valueType: ValueType | undefined
  /** Of a block, and of `else`: where its `end` stands; of an `if`: where its `else` stands, if it has one. */
  end: number
  else: number | undefined
}

const NONE: FunctionType = { params: [], results: [] }
const EMPTY_BLOCK = -64n

/** Reads instructions up to the `end` that closes the expression, and that as well. */
export function readExpression(bytes: Bytes, types: readonly FunctionType[]): Op[] {
  const ops: Op[] = []
  const open: Op[] = []
  for (;;) {
    const op = readOp(bytes, types)
    const at = ops.push(op) - 1
    switch (op.instruction.code) {
      case OP.block:
      case OP.loop:
      case OP.if:
        open.push(op)
        break
      case OP.else:
        open[open.length - 1]!.else = at
        break
      case OP.end: {
        const block = open.pop()
        if (block === undefined) return ops
        block.end = at
        if (block.else !== undefined) ops[block.else]!.end = at
      }
    }
  }
}

function readOp(bytes: Bytes, types: readonly FunctionType[]): Op {
  const opcode = bytes.u8()
  const code = opcode === 0xfc ? 0x100 + bytes.u32() : opcode === 0xfd ? 0x200 + bytes.u32() : opcode
  const instruction = INSTRUCTIONS[code]
  if (instruction === undefined) throw new Error(`not admitted: the oracle knows no instruction ${code}`)
  const op: Op = {
    instruction,
    index: 0,
    second: 0,
    offset: 0,
    value: null,
    lanes: [],
    labels: [],
    type: NONE,
    valueType: undefined,
    end: 0,
    else: undefined,
  }
  readImmediate(op, bytes, types)
  return op
}

function readImmediate(op: Op, bytes: Bytes, types: readonly FunctionType[]): void {
  switch (op.instruction.immediate) {
    case 'none':
      return
    case 'block':
      op.type = readBlockType(bytes, types)
      return
    case 'label':
    case 'func':
    case 'local':
    case 'global':
    case 'table':
    case 'elem':
    case 'data':
    case 'memory':
      op.index = bytes.u32()
      return
    case 'type table':
    case 'table table':
    case 'elem table':
    case 'data memory':
    case 'memory memory':
      op.index = bytes.u32()
      op.second = bytes.u32()
      return
    case 'labels':
      op.labels = [...bytes.list(() => bytes.u32()), bytes.u32()]
      return
    case 'memarg':
      readMemarg(op, bytes)
      return
    case 'memarg lane':
      readMemarg(op, bytes)
      op.lanes = [bytes.u8()]
      return
    case 'lane':
      op.lanes = [bytes.u8()]
      return
    case 'lanes':
      op.lanes = [...bytes.take(16)]
      return
    case 'i32':
      op.value = Number(BigInt.asUintN(32, bytes.signed()))
      return
    case 'i64':
      op.value = BigInt.asUintN(64, bytes.signed())
      return
    case 'f32':
      op.value = new DataView(bytes.take(4).buffer).getUint32(0, true)
      return
    case 'f64':
      op.value = new DataView(bytes.take(8).buffer).getBigUint64(0, true)
      return
    case 'v128':
      op.value = bytes.take(16)
      return
    case 'reftype':
      op.valueType = bytes.u8() as ValueType
      return
    case 'types':
      op.valueType = bytes.list(() => bytes.u8() as ValueType)[0]
      return
  }
}

function readMemarg(op: Op, bytes: Bytes): void {
  bytes.u32() // the alignment is a hint
  op.offset = bytes.u32()
}

function readBlockType(bytes: Bytes, types: readonly FunctionType[]): FunctionType {
  const type = bytes.signed()
  if (type >= 0n) return types[Number(type)]!
  if (type === EMPTY_BLOCK) return NONE
  return { params: [], results: [Number(type + 0x80n) as ValueType] }
}
