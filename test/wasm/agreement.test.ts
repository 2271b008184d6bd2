import { describe, expect, test } from 'vitest'
import { Random } from '../support/random.ts'
import { agreement, type Agreement } from './agreement.ts'
import { engineAccepts, verdict } from './bytes.ts'
import { fixtures, packaged } from './corpus.ts'
import { generate } from './generate.ts'
import { mutants } from './mutate.ts'

/** The number of modules for each outcome. */
function tally(modules: Iterable<Uint8Array>): Partial<Record<Agreement, number>> {
  const counts: Partial<Record<Agreement, number>> = {}
  for (const bytes of modules) {
    const outcome = agreement(bytes)
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

describe('validator and engine agree', () => {
  test('on every fixture', async () => {
    const samples = await fixtures()
    expect(samples.length).toBeGreaterThan(200)
    for (const { name, bytes } of samples) expect([name, agreement(bytes)]).toEqual([name, expect.any(String)])
  })

  test('on the modules that the programs were compiled to', async () => {
    const programs = (await fixtures()).filter(({ name }) => name.endsWith('.wasm'))
    expect(programs.length).toBeGreaterThan(10)
    for (const { name, bytes } of programs)
      expect([name, verdict(bytes), engineAccepts(bytes)]).toEqual([name, 'valid', true])
  })

  test('on the modules of a package, if it is installed', () => {
    const samples = packaged()
    const counts = tally(samples.map(({ bytes }) => bytes))
    const outcomes = Object.values(counts).reduce((sum, count) => sum + count, 0)
    expect(outcomes).toBe(samples.length)
  })

  test('on generated modules, all of which are valid', () => {
    const random = new Random(1)
    expect(tally(Array.from({ length: 500 }, () => generate(random)))).toEqual({ both: 500 })
  })

  // `npx tsx test/long/agreement.ts` does the same a hundred times as long.
  test('on mutants', async () => {
    const samples = [...(await fixtures()), ...packaged()].map(({ bytes }) => bytes)
    const counts = tally(mutants(samples, 4_000, new Random(1)))
    // Mutants are only useful if many are still valid, and many are not.
    expect(counts.both).toBeGreaterThan(300)
    expect(counts.neither).toBeGreaterThan(2_000)
  })
})

test('the same seed gives the same modules', () => {
  const sample = [generate(new Random(3))]
  const [one, two] = [[...mutants(sample, 20, new Random(4))], [...mutants(sample, 20, new Random(4))]]
  expect(one).toEqual(two)
  expect(one).not.toEqual([...mutants(sample, 20, new Random(5))])
})
