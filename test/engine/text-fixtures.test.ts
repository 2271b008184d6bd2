import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { paramOf, assembled, textFixtures, typeOfExport, type TextFixture } from '../support/fixtures.ts'

const GAS = 10n ** 9n

async function run(
  fixture: TextFixture,
  gas = fixture.expect[1] === 'out-of-gas' ? GAS : 100n * GAS,
): Promise<Outcome> {
  const admitted = await assembled(fixture.text)
  const { fun, args } = fixture.run!
  const type = typeOfExport(admitted, fun)
  const words = args.map((word, i) => paramOf(type.params[i]!, word))
  return new Computer().compute({
    key: fixture.name,
    module: admitted.module.bytes,
    profile: PROFILE_1,
    fun,
    abi: 'core',
    args: words,
    limits: { gas, pages: fixture.pages ?? 1000 },
  })
}

describe('a trap has its code, and its gas is exact (GAS-1)', () => {
  const fixtures = textFixtures('traps')
  test('there are fixtures', () => expect(fixtures.length).toBeGreaterThan(60))
  test.each(fixtures)('$name', async fixture => {
    const outcome = await run(fixture)
    expect(outcome.out).toEqual({ error: { kind: 'trap', code: fixture.expect[1] } })
    if (fixture.expect[1] === 'out-of-gas') {
      expect(outcome).toMatchObject({ gasUsed: GAS, peakPages: 0, growRefused: false, logs: new Uint8Array(0) })
      return
    }
    expect(await run(fixture, outcome.gasUsed)).toEqual(outcome)
    const less = await run(fixture, outcome.gasUsed - 1n)
    expect(less.out).toEqual({ error: { kind: 'trap', code: 'out-of-gas' } })
    expect(less.gasUsed).toBe(outcome.gasUsed - 1n)
  })
})

describe.each(['floats', 'memory'])('%s', folder => {
  test.each(textFixtures(folder))('$name', async fixture => {
    const outcome = await run(fixture)
    const { results } = typeOfExport(await assembled(fixture.text), fixture.run!.fun)
    const words = fixture.expect.slice(1)
    if (fixture.expect[0] !== 'ok') {
      expect(outcome.out).toEqual({ error: { kind: fixture.expect[0], code: words[0] } })
      return
    }
    expect(outcome.out).toEqual({ ok: words.map((word, i) => paramOf(results[i]!, word)) })
    expect((await run(fixture, outcome.gasUsed - 1n)).out).toEqual({ error: { kind: 'trap', code: 'out-of-gas' } })
  })
})
