import { afterAll, describe, expect, test } from 'vitest'
import { admit } from '../../src/admission/admit.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { Random } from '../support/random.ts'
import { agreement } from './agreement.ts'
import { body, engineAccepts, flat, HEADER, list, oneBody, repeat, section, type, u32, verdict, wasm } from './bytes.ts'
import { fixtures } from './corpus.ts'
import { generate } from './generate.ts'
import { HOSTILE } from './hostile.ts'

/** The timeout of each test. It suffices on a busy machine, but not for superlinear time. */
const TIME = { timeout: 60_000 }

/** The bound on the memory of all tests together, which is several times what they need. */
const MAX_MIB = 1_500

afterAll(() => {
  expect(process.resourceUsage().maxRSS / 1024).toBeLessThan(MAX_MIB)
})

describe('is rejected or accepted in time, for the right reason:', () => {
  test.each(HOSTILE.map(hostile => [hostile.size, hostile.title, hostile] as const))(
    '%i %s',
    TIME,
    (size, _, hostile) => {
      expect(verdict(hostile.make(size))).toBe(hostile.expected)
    },
  )
})

test('a hundred million locals in 31 bytes are rejected', () => {
  expect(HOSTILE[0]!.make(HOSTILE[0]!.size).length).toBeLessThanOrEqual(31)
})

test('only the first hundred findings are kept', TIME, () => {
  const [types, many] = [list(1, type([], [])), flat(u32(500))]
  const bytes = wasm(types, section(3, many, repeat(500, 0)), section(10, many, repeat(500, body([0x1a]))))
  const { findings } = admit(bytes, PROFILE_1)
  const first = 8 + 6 + 1 + 2 + 2 + 500 + 1 + 2 + 2 + 2
  const expected = Array.from({ length: 100 }, (_, i) => ['invalid', first + 4 * i])
  expect(findings.map(({ code, offset }) => [code, offset])).toEqual(expected)
})

test('a module that is cut at any position is malformed there, or ends between two sections', TIME, async () => {
  const samples = (await fixtures()).filter(({ name }) => /(collatz|simd-dot|fibonacci)\.wasm$/.test(name))
  expect(samples.length).toBe(3)
  for (const bytes of [...samples.map(sample => sample.bytes), generate(new Random(7))]) {
    expect(verdict(bytes)).toBe('valid')
    let whole = 0
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.slice(0, length)
      const found = verdict(cut)
      if (found === 'valid') whole++
      else expect(found).toBe(`malformed @${length}`)
      expect(engineAccepts(cut)).toBe(found === 'valid')
    }
    expect(whole).toBeGreaterThan(0)
    expect(whole).toBeLessThan(12)
  }
})

test('random bytes are not a module', TIME, () => {
  const random = new Random(1)
  for (let i = 0; i < 500; i++) expect(verdict(random.bytes(1 + random.below(100)))).toMatch(/^malformed @[0-8]$/)
})

test('random bytes after a header or in a body are rejected, unless the engine accepts them', TIME, () => {
  const random = new Random(2)
  const tally: Record<string, number> = {}
  for (let i = 0; i < 2_000; i++) {
    const bytes = random.bytes(random.below(12))
    const outcome = agreement(i % 2 === 0 ? flat(HEADER, bytes) : oneBody(bytes))
    tally[outcome] = (tally[outcome] ?? 0) + 1
  }
  expect(tally['neither']).toBeGreaterThan(1_500)
  expect(tally['both']).toBeGreaterThan(100)
})

test('a hostile module does not affect the next one', TIME, () => {
  const good = oneBody([0x41, 0, 0x1a])
  for (const bad of [repeat(1_000, 0xff), oneBody(repeat(20_000, 0x41, 1)), good.subarray(0, 20)]) {
    expect(verdict(bad)).not.toBe('valid')
    expect(verdict(good)).toBe('valid')
  }
})
