/** Every NaN that an instruction makes is the positive canonical one, in all modes. */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { F32, V128 } from '../../src/wasm/types.ts'
import { MODES } from '../support/instrumented.ts'
import { jobOf } from '../support/jobs.ts'
import { moduleOf } from '../support/shapes.ts'
import { body, type } from '../wasm/bytes.ts'
import { f32, NAN_MAKERS, testInvalidOperations, testOperands } from './nan-makers.ts'

test('the table marks all instructions that make NaNs', () => expect(NAN_MAKERS.length).toBe(48))

describe.each(MODES)('%s: a NaN operand gives the canonical NaN (PROFILE-14)', mode => {
  testOperands(new Computer(mode), 0)
})

describe.each(MODES)('%s: an invalid operation gives the canonical NaN (PROFILE-14)', mode => {
  testInvalidOperations(new Computer(mode), 0)
})

describe.each(MODES)('%s: a NaN that is moved keeps its bits (PROFILE-14, PROFILE-20)', mode => {
  const computer = new Computer(mode)
  const SIGNALLING = f32(0xffa0_0001)

  test.each<[string, readonly number[], Uint8Array]>([
    ['unchanged', [], SIGNALLING],
    ['neg', [0x8c], f32(0x7fa0_0001)],
    ['abs', [0x8b], f32(0x7fa0_0001)],
    ['copysign', [0x43, 0, 0, 0, 0, 0x98], f32(0x7fa0_0001)],
    ['reinterpreted twice', [0xbc, 0xbe], SIGNALLING],
  ])('%s', async (_, code, result) => {
    const module = moduleOf({ types: [type([F32], [F32])], bodies: [body([0x20, 0, [...code]])] })
    expect((await computer.compute(jobOf(module, { args: [SIGNALLING] }))).out).toEqual({ ok: [result] })
  })

  test('vectors cross with all their bits', async () => {
    const bits = Uint8Array.from({ length: 16 }, (_, i) => 0xff - i)
    const module = moduleOf({ types: [type([V128], [V128])], bodies: [body([0x20, 0])] })
    expect((await computer.compute(jobOf(module, { args: [bits] }))).out).toEqual({ ok: [bits] })
  })
})
