/**
 * The metered engine, the oracle and the bare engine agree on generated modules (docs/spec/gas.md; test/long/oracle.ts
 * has more of it).
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Coverage } from '../generate/coverage.ts'
import { recipes } from '../generate/recipe.ts'
import { Agreement } from './agreement.ts'

const MODULES = 250

describe('generated modules', () => {
  it('have the same outcomes in the metered engine and in the oracle, under all kinds of limits', async () => {
    const agreement = new Agreement()
    const coverage = new Coverage()
    const property = fc.asyncProperty(recipes(), async recipe =>
      coverage.add((await agreement.checkRecipe(recipe)).module),
    )
    await fc.assert(property, { seed: 1, numRuns: MODULES })
    const { modules, runs, ends, bare, outcomes } = agreement.tally
    console.log(`${modules} modules, ${runs} metered runs, ${ends} ends, ${bare} bare runs, ${coverage.line}`, outcomes)
    expect(modules).toBe(MODULES)
    expect(ends).toBeGreaterThan(runs / 4)
    expect(bare).toBeGreaterThan(MODULES / 10)
    expect([...outcomes.keys()]).toEqual(
      expect.arrayContaining([
        'ok',
        'trap out-of-gas',
        'trap stack-exhausted',
        'trap memory-out-of-bounds',
        'trap table-out-of-bounds',
        'trap bad-indirect-call',
      ]),
    )
  }, 120_000)
})
