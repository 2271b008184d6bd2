/** Threads that fail: each job ends with a fault, and none hangs. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import type { Engine, PreparingEngine } from '../../src/engine/engine.ts'
import { createThreadEngine, type ThreadOptions } from '../../src/engine/threads.ts'
import { watJob, type PlainJob } from '../support/jobs.ts'

const engines: Engine[] = []
function start(options: ThreadOptions): PreparingEngine {
  const engine = createThreadEngine(options)
  engines.push(engine)
  return engine
}
afterEach(async () => {
  await Promise.all(engines.splice(0).map(engine => engine.close()))
})

const answer = (value: number): Promise<PlainJob> =>
  watJob(`(module (func (export "f") (result i32) (i32.const ${value})))`)
const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no fault',
    (error: unknown) => error,
  )
const fault = (code: string, whose = 'runner'): unknown => expect.objectContaining({ name: 'Fault', code, whose })

describe('threads that fail', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-threads-'))
  const worker = (name: string, source: string): URL => {
    writeFileSync(join(folder, name), source)
    return pathToFileURL(join(folder, name))
  }

  test.each<[string, URL]>([
    ['exits at once', worker('exit.mjs', 'process.exit(3)')],
    ['throws at once', worker('throw.mjs', 'throw new Error("no")')],
    [
      'exits when it is asked',
      worker(
        'late.mjs',
        'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => process.exit())',
      ),
    ],
    [
      'throws when it is asked',
      worker(
        'cry.mjs',
        'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw 1 })',
      ),
    ],
    ['does not parse', worker('parse.mjs', 'this is no program')],
    ['does not exist', pathToFileURL(join(folder, 'missing.mjs'))],
    ['cannot be a worker', new URL('https://example.org/worker.js')],
  ])('a worker that %s faults each job, and none hangs', async (_, workerUrl) => {
    const engine = start({ workerUrl })
    const jobs = [await answer(1), await answer(2), await answer(3)].map(job => faultOf(engine.compute(job)))
    expect(await Promise.all(jobs)).toEqual([fault('engine-failed'), fault('engine-failed'), fault('engine-failed')])
  })

  test('a worker that runs out of memory says so', async () => {
    // The error event of Node for a thread whose heap is full. Filling a heap would take minutes.
    const source =
      'import "node:worker_threads"; throw Object.assign(new Error("heap"), { code: "ERR_WORKER_OUT_OF_MEMORY" })'
    const engine = start({ workerUrl: worker('full.mjs', source) })
    expect(await faultOf(engine.compute(await answer(1)))).toEqual(fault('host-memory'))
  })
})

test.each([{ threads: 0 }, { threads: 'x' }, { threads: 1.5 }, { stackMb: -1 }, { index: 5 }])(
  '%j are no options',
  options => {
    expect(() => createThreadEngine(options as object)).toThrow(
      expect.objectContaining({ name: 'Fault', code: 'bad-usage' }),
    )
  },
)
