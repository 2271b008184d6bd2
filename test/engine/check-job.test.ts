/**
 * Wrong jobs of callers that use an engine without an executor are refused at the call, and never become an outcome.
 */
import { expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { Job, JobFiles } from '../../src/engine/job.ts'
import type { RunLimits } from '../../src/interface.ts'
import { watJob } from '../support/jobs.ts'

const engine = createInlineEngine()
const EMPTY_DIRECTORY = 'bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354'
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

const cycle: unknown[] = []
cycle.push(cycle)

test.each<[title: string, arg: unknown]>([
  ['a float', 1.5],
  ['nothing', undefined],
  ['another typed array', new Float32Array(1)],
  ['a Map', new Map()],
  ['a cycle', cycle],
  ['a lone surrogate', '\ud800'],
  ['a link that is no text', { '/': 5 }],
  ['a link with more keys', { '/': 'bafy', size: 4 }],
])('a parameter that is not a value: %s', async (_, arg) => {
  expect(await faultOf(engine.compute(await watJob(ECHO, { args: [arg as Argument] })))).toEqual(refused('job.args[0]'))
})

test('a wrong part of a parameter is named by its path', async () => {
  const args = [{ env: [0n, { HOME: Number.NaN }] } as never]
  expect(await faultOf(engine.compute(await watJob(ECHO, { args })))).toEqual(refused('job.args[0].env[1].HOME'))
})

test.each<[files: unknown, argument: string]>([
  [{}, 'job.files.load'],
  [{ load: () => new Uint8Array(0), maxBytes: -1 }, 'job.files.maxBytes'],
  [null, 'job.files'],
])('files %o', async (files, argument) => {
  const job = { ...(await watJob(ECHO, { args: [new Uint8Array(4)] })), files: files as JobFiles }
  expect(await faultOf(engine.compute(job))).toEqual(refused(argument))
})

test('files that are not loaded as bytes, links to them that are no CIDs, and nothing that loads them', async () => {
  const start = { fun: '_start', abi: 'wasi', args: [{ files: { '.': { '/': EMPTY_DIRECTORY } } }] }
  const program = await watJob('(module (func (export "_start")))', start)
  const files = { load: async () => 'text' as never, maxBytes: 100 }
  const code = async (job: Job): Promise<unknown> => ((await faultOf(engine.compute(job))) as { code: unknown }).code
  expect(await code({ ...program, files })).toBe('bad-usage')
  expect(await code(program)).toBe('engine-failed')
  expect(await code({ ...program, files, args: [{ files: { a: { '/': 'bafy' } } }] })).toBe('bad-cid')
})

const LINK = { '/': 'bafy' }
test.each<[title: string, answer: readonly unknown[]]>([
  ['nothing', []],
  ['no link', [{ size: 4, content: new Uint8Array(4) }]],
  ['another link', [{ link: { '/': 'bafz' }, size: 4, content: new Uint8Array(4) }]],
  ['a negative size', [{ link: LINK, size: -1 }]],
  ['a fraction of a byte', [{ link: LINK, size: 1.5 }]],
  ['fewer bytes', [{ link: LINK, size: 4, content: new Uint8Array(3) }]],
  ['bytes without a size', [{ link: LINK, content: new Uint8Array(4) }]],
  ['no bytes although they were requested', [{ link: LINK, size: 4 }]],
])('a loader of links that answers with %s', async (_, answer) => {
  const job = { ...(await watJob(ECHO, { args: [LINK] })), loadLinks: async () => answer as never }
  expect(await faultOf(engine.compute(job))).toEqual(refused('what loadLinks gives'))
})

test('parameters that are not a list', async () => {
  const job = await watJob(ECHO)
  expect(await faultOf(engine.compute({ ...job, args: 'abc' as never }))).toEqual(refused('job.args'))
})
