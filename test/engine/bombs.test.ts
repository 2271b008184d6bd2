/**
 * Modules whose preparation once cost far more than their price (scripts/bombs). Limits and prices bound each of them
 * now.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blockResults, exportsAndResults, localsAndIfs, manyBodiesOfLocalsAndIfs } from '../../scripts/bombs/known.ts'
import { Draft, T } from '../../scripts/bombs/draft.ts'
import { admit, type AdmittedModule } from '../../src/admission/admit.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { repeat, section } from '../wasm/bytes.ts'
import { jobOf, WORKER } from '../support/jobs.ts'

let engine: Engine
beforeAll(() => {
  engine = createThreadEngine({ workerUrl: WORKER })
})
afterAll(() => engine.close())

const {
  limits,
  schedule: { instantiation: prices },
} = PROFILE_1
const limitOf = (bytes: Uint8Array): string | undefined => admit(bytes, PROFILE_1).findings[0]?.subject
const admitted = (bytes: Uint8Array): AdmittedModule => admit(bytes, PROFILE_1).admitted!
const gasOf = (bytes: Uint8Array): number => Number(instantiationGas(admitted(bytes).module, PROFILE_1))

describe('locals and ifs (PROFILE-23, GAS-19)', () => {
  test('9 990 locals and 5 000 ifs are beyond the limit', () => expect(limitOf(localsAndIfs())).toBe('keptValues'))

  test('60 bodies of them are, too', () => expect(limitOf(manyBodiesOfLocalsAndIfs())).toBe('keptValues'))

  test('at the limit they have a price that fits', async () => {
    // Each takes five bytes of code. One kept value for each byte is free.
    const ifs = Math.floor(limits.keptValues / (9_990 + 1 - 5))
    const module = localsAndIfs(9_990, ifs)
    expect(limitOf(localsAndIfs(9_990, ifs + 1))).toBe('keptValues')
    expect(gasOf(module)).toBeGreaterThan(prices.perKeptValue * ifs * 9_990)
    const outcome = await engine.compute(jobOf(module, { fun: 'run', args: [1n] }))
    expect(outcome.out).toEqual({ ok: [0n] })
    expect(outcome.gasUsed).toBeGreaterThan(BigInt(gasOf(module)))
  })

  test('the precise mode charges without ifs if many values are kept', async () => {
    const loads = repeat(8_000, 0x41, 0, 0x28, 2, 0, 0x1a)
    const module = (locals: number): AdmittedModule => {
      const draft = new Draft()
      draft.memory()
      return admitted(draft.bytes([draft.function(draft.type([]), loads, [[locals, T.i32]])]))
    }
    const [few, many] = [await instrument(module(10), 'precise'), await instrument(module(9_000), 'precise')]
    expect(many.bytes.length).toBeLessThan(few.bytes.length * 0.7)
  })
})

describe('exports and results (PROFILE-24, GAS-4)', () => {
  test('999 exports of 255 vectors are beyond the limit', () =>
    expect(limitOf(exportsAndResults())).toBe('exportedWords'))

  test('at the limit they have a price that fits', () => {
    const most = Math.floor(limits.exportedWords / 510)
    // `run` has one word of parameters and one of results.
    expect([limitOf(exportsAndResults(most - 1)), limitOf(exportsAndResults(most + 1))]).toEqual([
      undefined,
      'exportedWords',
    ])
    const one = gasOf(exportsAndResults(301)) - gasOf(exportsAndResults(300))
    expect(one).toBeGreaterThan(510 * prices.perExportedWord)
  })
})

describe('results of blocks (PROFILE-10, PROFILE-15)', () => {
  test('64 blocks of three results, recursive', async () => {
    const module = blockResults()
    expect((await engine.compute(jobOf(module, { args: [100n] }))).out).toEqual({ ok: [7n] })
    const { out } = await engine.compute(jobOf(module, { args: [3_800n] }))
    expect(out).toEqual({ error: { kind: 'trap', code: 'stack-exhausted' } })
  })

  test('198 blocks of 255 results are beyond the limit', () =>
    expect(limitOf(blockResults(198, 255))).toBe('operandHeight'))

  test('the engine accepts every accepted module', async () => {
    const module = blockResults(60, 12)
    for (const mode of ['fast', 'steady', 'precise'] as const) {
      const { bytes } = await instrument(admitted(module), mode)
      expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true)
    }
  })
})

test('many large tables are beyond the limit (PROFILE-9)', () => {
  const draft = new Draft()
  for (let i = 0; i <= limits.tables; i++) draft.table('funcref', limits.tableSlots)
  expect(limitOf(draft.bytes([]))).toBe('tables')
})

test('bytes of custom sections have a low price, and no other effect (GAS-20)', () => {
  const draft = new Draft()
  const plain = draft.bytes([])
  const custom = section(0, 1, 0x78, new Uint8Array(1_000))
  const whole = Uint8Array.from([...plain, ...custom])
  expect(gasOf(whole) - gasOf(plain)).toBe(custom.length * prices.perCustomByte)
})
