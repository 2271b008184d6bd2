/** Tests that the NaNs of all instructions are canonical, for small bodies and for large ones. */
import { expect, test } from 'vitest'
import type { Computer } from '../../src/engine/compute.ts'
import { INSTRUCTIONS, type Instruction } from '../../src/wasm/instructions.ts'
import { F32, F64, type ValueType } from '../../src/wasm/types.ts'
import { opcode } from '../oracle/one-instruction.ts'
import { jobOf } from '../support/jobs.ts'
import { moduleOf } from '../support/shapes.ts'
import { body, repeat, type } from '../wasm/bytes.ts'

/** The instructions that make NaNs. */
export const NAN_MAKERS = INSTRUCTIONS.filter(instruction => instruction?.nan !== undefined) as readonly Instruction[]

/** The size of a body, in bytes, beyond which charges and canonical NaNs are calls. */
export const LARGE = 64 * 1024

/** A function that applies the instruction to its parameters, in a body with `padding` more bytes. */
function moduleOfOne(instruction: Instruction, padding: number): Uint8Array {
  const { params, results } = instruction.type
  return moduleOf({
    types: [type(params, results)],
    bodies: [body([repeat(padding, 0x01), params.map((_, i) => [0x20, i]), opcode(instruction)])],
  })
}

export const f32 = (...bits: number[]): Uint8Array => new Uint8Array(Uint32Array.from(bits).buffer)
const f64 = (...bits: bigint[]): Uint8Array => new Uint8Array(BigUint64Array.from(bits).buffer)

/** A negative NaN with a payload, in all lanes of the shape. */
function oddNan(instruction: Instruction, param: ValueType): Uint8Array {
  if (param === F32) return f32(0xffe0_1234)
  if (param === F64) return f64(0xfff8_0000_0000_1234n)
  const single = instruction.name.includes('f32x4') && !instruction.name.includes('demote')
  return single || instruction.name.includes('promote')
    ? f32(...Array<number>(4).fill(0xffe0_1234))
    : f64(...Array<bigint>(2).fill(0xfff8_0000_0000_1234n))
}

const CANONICAL = {
  f32: f32(0x7fc0_0000),
  f64: f64(0x7ff8n << 48n),
  f32x4: f32(...Array<number>(4).fill(0x7fc0_0000)),
  f64x2: f64(0x7ff8n << 48n, 0x7ff8n << 48n),
}

function expected(instruction: Instruction): Uint8Array {
  return instruction.name === 'f32x4.demote_f64x2_zero'
    ? f32(0x7fc0_0000, 0x7fc0_0000, 0, 0)
    : CANONICAL[instruction.nan!]
}

/** Tests that an instruction with NaNs as operands gives the canonical NaN, in a body with `padding` more bytes. */
export function testOperands(computer: Computer, padding: number): void {
  test.each(NAN_MAKERS.map(instruction => [instruction.name, instruction] as const))('%s', async (_, instruction) => {
    const args = instruction.type.params.map(param => oddNan(instruction, param))
    const { out } = await computer.compute(jobOf(moduleOfOne(instruction, padding), { args }))
    expect(out).toEqual({ ok: [expected(instruction)] })
  })
}

const [ZERO, ONE, INFINITE, MINUS_ONE, MINUS_INFINITE] = [0, 0x3f80_0000, 0x7f80_0000, 0xbf80_0000, 0xff80_0000]
const wide = (single: number): bigint =>
  new BigUint64Array(Float64Array.of(new Float32Array(Uint32Array.of(single).buffer)[0]!).buffer)[0]!

/** Tests that invalid operations on numbers give the canonical NaN, in a body with `padding` more bytes. */
export function testInvalidOperations(computer: Computer, padding: number): void {
  test.each([
    ['div', [ZERO, ZERO]],
    ['div', [INFINITE, MINUS_INFINITE]],
    ['sub', [INFINITE, INFINITE]],
    ['add', [INFINITE, MINUS_INFINITE]],
    ['mul', [ZERO, MINUS_INFINITE]],
    ['sqrt', [MINUS_ONE]],
  ] as const)('%s %j', async (operation, operands) => {
    for (const shape of ['f32', 'f64', 'f32x4', 'f64x2'] as const) {
      const instruction = NAN_MAKERS.find(({ name }) => name === `${shape}.${operation}`)!
      const lanes = { f32: 1, f64: 1, f32x4: 4, f64x2: 2 }[shape]
      // Only the last lane has no number as result. The others compute 1 op 1.
      const lane = (lanesOf: number, value: number): number[] => [...Array<number>(lanesOf - 1).fill(ONE), value]
      const args = operands.map(value =>
        shape.startsWith('f32') ? f32(...lane(lanes, value)) : f64(...lane(lanes, value).map(wide)),
      )
      const { out } = await computer.compute(jobOf(moduleOfOne(instruction, padding), { args }))
      const bytes = 'ok' in out ? (out.ok as Uint8Array[])[0]! : new Uint8Array(0)
      expect(bytes.slice(shape.startsWith('f32') ? -4 : -8), `${shape}`).toEqual(
        shape.startsWith('f32') ? CANONICAL.f32 : CANONICAL.f64,
      )
      if (lanes > 1)
        expect(Number.isNaN(new DataView(bytes.buffer).getFloat32(0, true)), 'the other lanes are numbers').toBe(false)
    }
  })
}
