/**
 * The metered engine and the oracle agree on generated programs that call functions of WASI (docs/spec/wasi.md; `npm run
 * test:oracle -- --wasi` has more of them).
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { recipes } from '../generate/recipe.ts'
import { Agreement } from './agreement.ts'

const MODULES = 80

it('generated programs come to the same in the metered engine and in the oracle, under limits of all kinds', async () => {
  const agreement = new Agreement()
  await fc.assert(
    fc.asyncProperty(recipes(), async recipe => void (await agreement.checkProgram(recipe))),
    // The command makes what it finds smaller; here that would take minutes.
    { seed: 1, numRuns: MODULES, endOnFailure: true },
  )
  const { modules, runs, ends, outcomes } = agreement.tally
  console.log(`${modules} programs, ${runs} metered runs, ${ends} ends`, outcomes)
  expect(modules).toBe(MODULES)
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining(['ok', 'program exit 0', 'trap abort', 'trap out-of-gas']),
  )
  // Some have called `proc_exit`.
  expect([...outcomes.keys()].filter(outcome => /^program exit [1-9]/.test(outcome)).length).toBeGreaterThan(0)
})
