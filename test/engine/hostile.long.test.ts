/** Every hostile module has an outcome in bounded time, and the engine goes on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Outcome } from '../../src/interface.ts'
import { Random } from '../support/random.ts'
import { jobOf, watJob, WORKER, type JobInput } from '../support/jobs.ts'
import * as shapes from '../support/shapes.ts'

let engine: Engine
beforeAll(() => {
  engine = createThreadEngine({ workerUrl: WORKER })
})
afterAll(() => engine.close())

/** The bound on the memory of all tests together, threads included, which is several times what they need. */
const MAX_MIB = 2_000

afterAll(() => {
  expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(MAX_MIB)
})

const OK = { ok: [] }
const trap = (code: string): unknown => ({ error: { kind: 'trap', code } })
const rejection = (code: string, subject?: string): unknown => ({
  error: {
    kind: 'rejection',
    code,
    ...(subject === undefined ? {} : { subject }),
    offset: expect.any(Number) as number,
  },
})

/** Computes a hostile job, and then a normal one on the same engine, which must have the right outcome. */
async function survive(module: Uint8Array, input: JobInput = {}): Promise<Outcome> {
  const outcome = await engine.compute(jobOf(module, { gas: 10n ** 11n, pages: 100, ...input }))
  const normal = await engine.compute(
    await watJob('(module (func (export "f") (result i32) (i32.add (i32.const 40) (i32.const 2))))'),
  )
  expect(normal.out).toEqual({ ok: [42n] })
  return outcome
}

describe('endless programs run out of gas or stack (GAS-6, PROFILE-15)', () => {
  test('a loop', async () => {
    expect(await survive(shapes.infiniteLoop(), { gas: 10n ** 9n })).toMatchObject({
      out: trap('out-of-gas'),
      gasUsed: 10n ** 9n,
    })
  })

  test('a loop that grows the memory', async () => {
    const outcome = await survive(shapes.growLoop(), { gas: 10n ** 9n })
    expect(outcome).toMatchObject({ out: trap('out-of-gas'), peakPages: 0, growRefused: false })
  })

  test('a loop that permutes 4 000 locals', async () => {
    expect(await survive(shapes.permutingLoop(), { gas: 10n ** 10n })).toMatchObject({ out: trap('out-of-gas') })
  })

  test.each(Object.entries(shapes.RECURSIONS))('recursion: %s', async (_, make) => {
    const outcome = await survive(make())
    expect(outcome.out).toEqual(trap('stack-exhausted'))
    expect(outcome.gasUsed).toBeGreaterThan(0n)
  })
})

describe('held words are part of the weight (PROFILE-10, PROFILE-15)', () => {
  test.each<[string, Uint8Array]>([
    ['50 types of results', shapes.manyResultTypes(50)],
    ['100 types of results', shapes.manyResultTypes(100)],
    ['195 loops with parameters', shapes.recursionInLoops(195)],
  ])('%s', async (_, module) => {
    expect(await engine.compute(jobOf(module))).toMatchObject({ out: trap('stack-exhausted') })
    await survive(shapes.infiniteLoop(), { gas: 10n ** 7n })
  })
})

describe('large modules run (PROFILE-9)', () => {
  test.each<[string, () => Uint8Array]>([
    ['25 000 fills in a straight line', () => shapes.fills(25_000)],
    ['790 multiplications in a chain', () => shapes.multiplications(790)],
    ['595 nested blocks, each left by br_if', () => shapes.nested([0x02, 0x40, 0x41, 0x00, 0x0d, 0x00], 595)],
    ['100 000 nested blocks that begin at the same place', () => shapes.nested([0x02, 0x40], 100_000)],
    ['70 000 nested blocks that begin at the same place, and as many branches', () => shapes.row(70_000)],
    ['595 ifs', () => shapes.nested([0x41, 0x01, 0x04, 0x40, 0x41, 0x00, 0x0d, 0x00], 595)],
    ['595 loops', () => shapes.nested([0x03, 0x40, 0x41, 0x00, 0x0d, 0x00], 595)],
    ['598 ifs with else', () => shapes.nested([0x41, 0x01, 0x04, 0x40, 0x05], 598)],
    ['199 loops with parameters', () => shapes.nestedLoopsWithParams(199)],
    ['1 700 chains of 298 square roots', () => shapes.roots(1700, 298)],
    ['260 000 calls in one body', () => shapes.calls(260_000)],
    ['990 numbers held under calls', () => shapes.heldUnderCalls(990)],
    ['everything deep at once', shapes.deepEverywhere],
    ['ifs in operands', shapes.ifsInOperands],
    ['99 000 empty functions', () => shapes.emptyFunctions(99_000)],
    ['20 000 calls with two results, dropped', () => shapes.twoResults(20_000, [0x1a, 0x1a])],
    ['20 000 calls with two results in dead code', () => shapes.twoResults(20_000, [0x1a, 0x1a], [], [0x0f])],
    ['499 calls with two results, kept to the end', () => shapes.twoResults(499, [], drops(998))],
    ['a br_table of 32 000 targets', () => shapes.branchTable(32_000)],
  ])('%s', async (_, make) => {
    expect((await survive(make(), { gas: 10n ** 12n })).out).toEqual(OK)
  })
})

describe('modules that are too large are rejected with the name of the limit (PROFILE-9)', () => {
  test.each<[string, string, () => Uint8Array]>([
    ['a hundred million locals in a few bytes', 'locals', shapes.manyLocals],
    ['50 000 nested loops', 'treeDepth', () => shapes.nested([0x03, 0x40], 50_000)],
    ['20 000 multiplications in a chain', 'treeDepth', () => shapes.multiplications(20_000)],
    ['20 000 calls with two results, kept', 'operandHeight', () => shapes.twoResults(20_000, [], drops(40_000))],
    ['a br_table of 400 000 targets', 'branchTargets', () => shapes.branchTable(400_000)],
    ['201 loops with parameters', 'treeDepth', () => shapes.nestedLoopsWithParams(201)],
    ['a million nested blocks', 'bodyBytes', () => shapes.nested([0x02, 0x40], 1_000_000)],
    ['a br_table of a million targets', 'bodyBytes', () => shapes.branchTable(1_000_000)],
  ])('%s', async (_, limit, make) => {
    expect(await survive(make())).toEqual({
      out: rejection('limit', limit),
      gasUsed: 0n,
      peakPages: 0,
      growRefused: false,
      logs: new Uint8Array(0),
    })
  })
})

describe('bytes that are not a module are rejected (PROFILE-6)', () => {
  test('a file that is cut at any position', async () => {
    const whole = shapes.twoResults(3, [0x1a, 0x1a])
    for (let end = 0; end < whole.length; end++) {
      const { out } = await engine.compute(jobOf(whole.subarray(0, end)))
      // At the end of a section, the rest may be a module, but it has no function to call.
      expect(out).toMatchObject({
        error: { kind: 'rejection', code: expect.stringMatching(/^(malformed|invalid|no-such-function)$/) as string },
      })
    }
    expect((await survive(whole)).out).toEqual(OK)
  })

  test('random bytes, with and without the header of a module', async () => {
    const random = new Random(7)
    for (let i = 0; i < 200; i++) {
      const bytes = random.bytes(random.below(300))
      const headed = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, ...bytes])
      for (const module of [bytes, headed]) {
        const { out } = await engine.compute(jobOf(module))
        expect(out).toMatchObject({ error: { kind: 'rejection' } })
      }
    }
    expect((await survive(random.bytes(1_000_000))).out).toEqual({
      error: { kind: 'rejection', code: 'malformed', offset: 0 },
    })
  })
})

test('an active segment out of bounds traps before anything runs, elements before data (GAS-8, PROFILE-18)', async () => {
  const data = await survive(shapes.dataOutside())
  expect(data).toMatchObject({ out: trap('memory-out-of-bounds'), peakPages: 1 })
  const elements = await survive(shapes.elementsOutside())
  expect(elements.out).toEqual(trap('table-out-of-bounds'))
})

test('any name can be exported and called', async () => {
  const names = [
    'a',
    'b c',
    '"',
    '\\',
    '\\00',
    'é',
    '💩',
    '',
    'a\0b',
    'a\0c',
    '\0',
    '__proto__',
    'toString',
    '\u007f\u0001',
    'a%00b',
    'f',
  ]
  const module = shapes.namedExports(names)
  for (const [i, fun] of names.entries()) {
    expect((await engine.compute(jobOf(module, { fun }))).out).toEqual({ ok: [BigInt(i)] })
  }
  expect((await survive(module)).out).toEqual({ ok: [BigInt(names.length - 1)] })
})

function drops(count: number): Uint8Array {
  return new Uint8Array(count).fill(0x1a)
}
