/**
 * Generated modules whose imports end the run or call the guest. The generator imports `ipvm.log` and `env.abort`, and
 * a profile gives these names other semantics here.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../src/interface-profile.ts'
import { generate } from '../generate/module.ts'
import { recipes } from '../generate/recipe.ts'
import { Choices } from '../generate/choices.ts'
import { constantOf } from '../generate/constants.ts'
import { isReference } from '../../src/wasm/types.ts'
import type { OracleFunction, Value } from '../oracle/interpret.ts'
import { Agreement } from '../properties/agreement.ts'
import { subjectOf } from '../properties/seen.ts'
import { HOST, HOST_PROFILES } from './host.ts'

/**
 * The host functions of tests, and one with the type of `ipvm.log` that calls the guest's export `f0`, if it has no
 * parameters.
 */
const MODULE = `data:text/javascript,${encodeURIComponent(`
  export const begin = () => ({ depth: 0 })
  export const functions = { 'test/enter@1': { type: 'ii:', run(call, state, pointer, length) {
    if (++state.depth > 3) return
    call.range(pointer, length)
    call.call('f0')
  } } }
`)}`

/** The same for the oracle, for one run. */
const enter = (): OracleFunction => {
  let depth = 0
  return (run, [at, length]) => {
    if (++depth > 3) return []
    run.range(at as number, length as number)
    run.call('f0', [])
    return []
  }
}

const SEMANTICS = {
  'end the run': ['test/quit@1', ['end-run']],
  'call the guest': ['test/enter@1', ['call-guest']],
} as const

describe.each(Object.entries(SEMANTICS))('imports that %s', (_, [semantics, may]) => {
  const profiles = HOST_PROFILES.map((profile): Profile => ({
    ...profile,
    id: `${profile.id} ${semantics}`,
    denied: 'trap-on-call',
    grants: profile.grants.map(grant => (grant.name === 'log' ? { ...grant, semantics, may } : grant)),
  }))

  test('have the same outcomes in all modes and in the interpreter', async () => {
    const host = { modules: [...HOST.modules, MODULE], functions: { ...HOST.functions } }
    // Each run of the oracle begins with a new state.
    Object.defineProperty(host.functions, 'test/enter@1', { enumerable: true, get: enter })
    const agreement = new Agreement(host)
    await fc.assert(
      fc.asyncProperty(recipes(), async recipe => {
        const choices = new Choices(recipe.calls)
        const profile = choices.pick(profiles)
        const { bytes } = generate(recipe, { denied: true })
        const subject = subjectOf(bytes, profile)
        for (const [fun, { params, results }] of subject.types) {
          if (params.some(isReference) || results.some(isReference)) continue
          const args = params.map(type => constantOf(type, choices) as Value)
          await agreement.check({ bytes, profile, fun, args, work: 30_000n, pages: 30 }, subject)
        }
      }),
      { numRuns: 400, seed: 1 },
    )
    const { outcomes } = agreement.tally
    if (semantics === 'test/quit@1')
      expect([...outcomes.keys()].filter(outcome => outcome.startsWith('exit')).length).toBeGreaterThan(3)
    expect(outcomes.get('ok')).toBeGreaterThan(100)
  })
})
