/** A few mutated modules. `npm run test:hostile` runs any number. */
import { describe, expect, it, test } from 'vitest'
import { Judge } from './judge.ts'
import { keptTrials } from './kept.ts'
import { Mutants } from './samples.ts'

const COUNT = 600

describe('mutated modules', () => {
  it('are rejected, or have the same outcome in all modes, and never fault', async () => {
    const mutants = await Mutants.of(3)
    const judge = new Judge()
    const counts = { refused: 0, ran: 0, failure: 0 }
    const outcomes = new Set<string>()
    for (let index = 0; index < COUNT; index++) {
      const {
        verdict: { kind, what },
      } = await judge.judge(mutants.at(index))
      expect(kind, `mutant ${index}: ${what}`).not.toBe('failure')
      counts[kind]++
      outcomes.add(what)
    }
    // Mutants are only useful if some are still modules, with different outcomes.
    expect(counts.ran).toBeGreaterThan(COUNT / 25)
    expect(counts.refused).toBeGreaterThan(COUNT / 2)
    expect([...outcomes]).toEqual(expect.arrayContaining(['malformed', 'invalid', 'ok', 'trap out-of-gas']))
  }, 120_000)

  it('depend only on seed and index', async () => {
    const [one, two] = [await Mutants.of(5), await Mutants.of(5)]
    for (let index = 0; index < 40; index++) two.at(index)
    for (const index of [7, 31, 2]) expect(one.at(index).bytes).toEqual(two.at(index).bytes)
    expect(one.at(7).bytes).not.toEqual((await Mutants.of(6)).at(7).bytes)
  }, 120_000)
})

test('hostile modules that were once found', async () => {
  for (const { name, trial, found } of keptTrials()) {
    expect(await new Judge().again(trial), `${name}: ${found}`).toMatch(
      /^(ok|trap [a-z-]+|rejection [a-z-]+|refused [a-z-]+)$/,
    )
  }
  expect(keptTrials().length).toBeGreaterThan(0)
})
