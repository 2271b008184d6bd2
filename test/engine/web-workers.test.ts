/** Engines on Web Workers: workers that fail, and options. The suites of all pools have the rest. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Engine, PreparingEngine } from '../../src/engine/engine.ts'
import { createWorkerEngine, type WorkerEngineOptions } from '../../src/engine/web-workers.ts'
import { watJob, type PlainJob } from '../support/jobs.ts'
import { webWorker } from '../support/web-workers.ts'

const engines: Engine[] = []
function start(options: WorkerEngineOptions = {}): PreparingEngine {
  const engine = createWorkerEngine({ worker: () => webWorker(), ...options })
  engines.push(engine)
  return engine
}
afterEach(async () => {
  vi.unstubAllGlobals()
  await Promise.all(engines.splice(0).map(engine => engine.close()))
})

const answer = (value: number): Promise<PlainJob> =>
  watJob(`(module (func (export "f") (result i32) (i32.const ${value})))`)
const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no fault',
    (error: unknown) => error,
  )
const fault = (code: string): unknown => expect.objectContaining({ name: 'Fault', code, whose: 'runner' })

describe('workers that fail', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-web-workers-'))
  const file = (name: string, source: string): URL => {
    writeFileSync(join(folder, name), source)
    return pathToFileURL(join(folder, name))
  }

  test.each<[string, URL]>([
    ['throws at once', file('throw.mjs', 'throw new Error("no")')],
    ['sends messages of its own', file('own.mjs', 'postMessage("hello")')],
    ['throws when it is asked', file('cry.mjs', 'postMessage({ ready: "ipvm-wasm" }); addEventListener("message", () => { throw 1 })')], // prettier-ignore
    ['does not parse', file('parse.mjs', 'this is no program')],
    ['does not exist', pathToFileURL(join(folder, 'missing.mjs'))],
  ])('a worker that %s faults each job, and none hangs', async (_, url) => {
    const engine = start({ worker: () => webWorker(url) })
    const jobs = [await answer(1), await answer(2), await answer(3)].map(job => faultOf(engine.compute(job)))
    expect(await Promise.all(jobs)).toEqual([fault('engine-failed'), fault('engine-failed'), fault('engine-failed')])
  })

  test('an engine whose workers cannot be made faults each job', async () => {
    const worker = (): never => {
      throw new DOMException('blocked', 'SecurityError')
    }
    const engine = start({ worker })
    for (const job of [await answer(1), await answer(2)]) {
      const error = await faultOf(engine.compute(job))
      expect(error).toEqual(fault('engine-failed'))
      expect(String(error)).toContain('worker-src')
    }
  })
})

test('without a function that makes workers, Node is told to use threads', () => {
  expect(() => createWorkerEngine()).toThrow(
    expect.objectContaining({ code: 'bad-usage', message: expect.stringContaining('createThreadEngine') }),
  )
})

test('the default is the file beside the code, as a module', async () => {
  const made: unknown[] = []
  class FakeWorker {
    constructor(...given: unknown[]) {
      made.push(given)
      return webWorker() as unknown as FakeWorker
    }
  }
  vi.stubGlobal('Worker', FakeWorker)
  const engine = createWorkerEngine()
  engines.push(engine)
  expect((await engine.compute(await answer(5))).out).toEqual({ ok: [5n] })
  expect(made).toEqual([[new URL('../../src/engine/web-worker.js', import.meta.url), { type: 'module' }]])
})

test.each([
  { workers: 0 },
  { workers: 'x' },
  { workers: 1.5 },
  { keptBytes: -1 },
  { worker: 5 },
  { index: 'folder' },
  { hostModules: ['./relative.js'] },
])('%j are no options', options => {
  expect(() => start(options as object)).toThrow(expect.objectContaining({ name: 'Fault', code: 'bad-usage' }))
})
