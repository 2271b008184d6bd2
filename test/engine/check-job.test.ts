/** What an engine is given by whoever calls it without an executor: it is refused where it comes in, and is never an outcome. */
import { expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { RunLimits } from '../../src/interface.ts'
import { jobOf, watJob } from '../support/jobs.ts'

const engine = createInlineEngine()
const ECHO = '(module (memory 0) (func (export "f") (param f32) (result i32) (memory.grow (i32.const 1))))'
const refused = (argument: string): unknown =>
  expect.objectContaining({ name: 'Fault', code: 'bad-usage', detail: { argument } })
const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    value => ({ 'no fault': value }),
    (error: unknown) => error,
  )

test.each<[limits: RunLimits, argument: string]>([
  [{ gas: -1n, pages: 1 }, 'job.limits.gas'],
  [{ gas: 2n ** 62n + 1n, pages: 1 }, 'job.limits.gas'],
  [{ gas: 2n ** 70n + 5n, pages: 1 }, 'job.limits.gas'],
  [{ gas: 1 as never, pages: 1 }, 'job.limits.gas'],
  [{ gas: 10n ** 12n, pages: -1 }, 'job.limits.pages'],
  [{ gas: 10n ** 12n, pages: 1.5 }, 'job.limits.pages'],
  [{ gas: 10n ** 12n, pages: Number.NaN }, 'job.limits.pages'],
  [{ gas: 10n ** 12n, pages: 65_537 }, 'job.limits.pages'],
])('the limits %o', async (limits, argument) => {
  const job = { ...(await watJob(ECHO, { args: [new Uint8Array(4)] })), limits }
  expect(await faultOf(engine.compute(job))).toEqual(refused(argument))
})

const WRONG: readonly unknown[] = [
  1,
  null,
  undefined,
  {},
  new Float32Array(1),
  { kind: 'link', size: -1 },
  { kind: 'link', size: 1.5 },
  { kind: 'link', size: 4, content: new Uint8Array(3) },
  { kind: 'link', content: new Uint8Array(4) },
]

test.each(WRONG.map(arg => [arg]))('the parameter %o, given or loaded', async arg => {
  const args = [arg as Argument]
  const given = await watJob(ECHO, { args })
  expect(await faultOf(engine.compute(given))).toEqual(refused('job.args[0]'))
  const loadArgs = async (): Promise<readonly Argument[]> => args
  const loaded = { ...jobOf(given.module, { args: [{ kind: 'link' }] }), loadArgs }
  expect(await faultOf(engine.compute(loaded))).toEqual(refused('what loadArgs gives[0]'))
})

test('parameters that are no list', async () => {
  const job = await watJob(ECHO)
  expect(await faultOf(engine.compute({ ...job, args: 'abc' as never }))).toEqual(refused('job.args'))
})
