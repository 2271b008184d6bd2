/** Repeats the modules on which generated tests once failed. */
import { describe, expect, it } from 'vitest'
import { Agreement } from './agreement.ts'
import { keptTrials } from './regressions.ts'

const kept = keptTrials()

describe('regressions', () => {
  it('exist', () => {
    expect(kept.length).toBeGreaterThan(0)
  })

  it.each(kept.map(({ name, trial, found }) => [name, found, trial] as const))('%s: %s', async (_, __, trial) => {
    const agreement = new Agreement()
    await expect(agreement.check(trial)).resolves.toBeUndefined()
    expect(agreement.tally.runs).toBeGreaterThan(4)
  })
})
