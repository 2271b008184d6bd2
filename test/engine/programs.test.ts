import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { Computer, type Job } from '../../src/engine/compute.ts'
import type { Argument } from '../../src/abi/guest.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { parseExpected } from '../../wasm-fixtures/expected.ts'
import { blessed } from '../support/golden.ts'
import { programs, ROOT } from '../support/fixtures.ts'

const computer = new Computer()
const gold = blessed('program-gas')
afterAll(() => gold.save())

describe.each(programs())('%s', name => {
  const module = new Uint8Array(readFileSync(`${ROOT}/programs/${name}/${name}.wasm`))
  const expected = parseExpected(readFileSync(`${ROOT}/programs/${name}/expected.json`, 'utf8'))

  const compute = (call: (typeof expected.calls)[number], gas: bigint): Promise<Outcome> => {
    const job: Job = {
      key: name,
      module,
      profile: PROFILE_1,
      fun: call.fun,
      abi: call.abi ?? expected.abi,
      args: call.params as readonly Argument[],
      limits: { gas, pages: 1000 },
    }
    return computer.compute(job)
  }

  test.each(expected.calls.map((call, i) => [`${i} ${call.fun}`, call] as const))('%s', async (title, call) => {
    const outcome = await compute(call, 10n ** 12n)
    expect(outcome.out).toEqual({ ok: call.ok })
    expect(outcome.gasUsed).toBe(gold.of(`${name} ${title}`, outcome.gasUsed))
    expect(await compute(call, outcome.gasUsed)).toEqual(outcome)
    expect((await compute(call, outcome.gasUsed - 1n)).out).toEqual({ error: { kind: 'trap', code: 'out-of-gas' } })
  })
})
