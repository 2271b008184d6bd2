/**
 * Assembles a module around one instruction, byte by byte from the instruction table: one exported function for each of
 * its immediates, named by their number. Values cross as integers: no float and no vector meets the engine's boundary.
 *
 *     f32 as i32 · f64 as i64 · v128 as two i64, the low half first
 */
import { OP, type Instruction } from '../../src/wasm/instructions.ts'
import { F32, F64, I32, I64, V128, type ValueType } from '../../src/wasm/types.ts'

/** 64 bytes that differ, at the beginning of a memory of one page. */
export const CONTENT = Uint8Array.from({ length: 64 }, (_, i) => (i * 151 + 77) & 0xff)

const REINTERPRET = { i32OfF32: 0xbc, i64OfF64: 0xbd, f32OfI32: 0xbe, f64OfI64: 0xbf }
const I64X2 = { splat: 0x12, extract: 0x1d, replace: 0x1e }

export function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...leb(Math.floor(value / 0x80))]
}

/** Signed LEB128. */
export function sleb(value: bigint): number[] {
  const low = Number(value & 0x7fn)
  const rest = value >> 7n
  return (rest === 0n && low < 0x40) || (rest === -1n && low >= 0x40) ? [low] : [low | 0x80, ...sleb(rest)]
}

const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()]
const sized = (bytes: readonly number[]): number[] => [...leb(bytes.length), ...bytes]
const section = (id: number, items: readonly (readonly number[])[]): number[] => [id, ...sized(vector(items))]

export function opcode({ code }: Instruction): number[] {
  return code < 0x100 ? [code] : [code < 0x200 ? 0xfc : 0xfd, ...leb(code & 0xff)]
}

/** Types in which a value crosses. */
export function carriers(type: ValueType): ValueType[] {
  if (type === V128) return [I64, I64]
  return [type === F32 ? I32 : type === F64 ? I64 : type]
}

function pushParam(type: ValueType, at: number): number[] {
  const get = [OP.localGet, ...leb(at)]
  if (type === F32) return [...get, REINTERPRET.f32OfI32]
  if (type === F64) return [...get, REINTERPRET.f64OfI64]
  if (type === V128) return [...get, 0xfd, I64X2.splat, OP.localGet, ...leb(at + 1), 0xfd, I64X2.replace, 1]
  return get
}

/** What turns the result on the stack into its carriers; `scratch` is a local of its type. */
function carry(type: ValueType, scratch: number): number[] {
  if (type === F32) return [REINTERPRET.i32OfF32]
  if (type === F64) return [REINTERPRET.i64OfF64]
  if (type !== V128) return []
  const half = (lane: number): number[] => [OP.localGet, ...leb(scratch), 0xfd, I64X2.extract, lane]
  return [OP.localSet, ...leb(scratch), ...half(0), ...half(1)]
}

function body(instruction: Instruction, immediate: readonly number[]): number[] {
  const { params, results } = instruction.type
  let at = 0
  const pushes = params.flatMap(type => {
    at += carriers(type).length
    return pushParam(type, at - carriers(type).length)
  })
  const carried = results.flatMap(type => carry(type, at))
  return sized([1, 1, V128, ...pushes, ...opcode(instruction), ...immediate, ...carried, OP.end])
}

/** The module; `immediates` are the bytes that follow the opcode, one list for each function. */
export function moduleAround(instruction: Instruction, immediates: readonly (readonly number[])[]): Uint8Array {
  const { params, results } = instruction.type
  const name = (text: string): number[] => sized([...new TextEncoder().encode(text)])
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    0x01,
    0x00,
    0x00,
    0x00,
    ...section(1, [[0x60, ...sized(params.flatMap(carriers)), ...sized(results.flatMap(carriers))]]),
    ...section(
      3,
      immediates.map(() => [0]),
    ),
    ...section(5, [[0, 1]]),
    ...section(7, [[...name('memory'), 2, 0], ...immediates.map((_, i) => [...name(String(i)), 0, ...leb(i)])]),
    ...section(
      10,
      immediates.map(immediate => body(instruction, immediate)),
    ),
    ...section(11, [[0, OP.i32Const, 0, OP.end, ...sized([...CONTENT])]]),
  ])
}
