/** Threads: what is given up is given up, what dies is replaced, and nothing is left behind. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createInlineEngine, type Engine, type PreparingEngine } from '../../src/engine/engine.ts'
import { createThreadEngine, type ThreadOptions } from '../../src/engine/threads.ts'
import type { Job } from '../../src/engine/compute.ts'
import { jobOf, watJob, WORKER } from '../support/jobs.ts'
import { infiniteLoop, RECURSIONS } from '../support/shapes.ts'

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
const engines: Engine[] = []

function start(options: ThreadOptions = {}): PreparingEngine {
  const engine = createThreadEngine({ workerUrl: WORKER, ...options })
  engines.push(engine)
  return engine
}

beforeAll(() => void process.on('unhandledRejection', note))
afterEach(async () => {
  await Promise.all(engines.splice(0).map(engine => engine.close()))
})
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** Runs for hours, if nobody stops it. */
const endless = (): Job => jobOf(infiniteLoop(), { gas: 2n ** 62n })
const answer = (value: number): Promise<Job> => watJob(`(module (func (export "f") (result i32) (i32.const ${value})))`)
const faultOf = async (promise: Promise<unknown>): Promise<unknown> => promise.then(() => 'no fault', (error: unknown) => error)
const fault = (code: string, whose = 'runner'): unknown => expect.objectContaining({ name: 'Fault', code, whose })
const later = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

describe('giving up (RECEIPT-11)', () => {
  test('an abort ends a run at once, and the engine goes on', async () => {
    const engine = start()
    const controller = new AbortController()
    const run = faultOf(engine.compute(endless(), { signal: controller.signal }))
    await later(300)
    controller.abort()
    expect(await run).toEqual(fault('aborted'))
    expect((await engine.compute(await answer(7))).out).toEqual({ ok: [7n] })
  })

  test('a timeout is told from an abort', async () => {
    const engine = start()
    expect(await faultOf(engine.compute(endless(), { signal: AbortSignal.timeout(300) }))).toEqual(fault('timeout'))
    expect((await engine.compute(await answer(8))).out).toEqual({ ok: [8n] })
  })

  test('a signal that has fired already starts nothing', async () => {
    for (const engine of [start(), createInlineEngine()]) {
      expect(await faultOf(engine.compute(endless(), { signal: AbortSignal.abort() }))).toEqual(fault('aborted'))
    }
  })

  test('a signal that fires after the run changes nothing', async () => {
    const engine = start()
    const controller = new AbortController()
    expect((await engine.compute(await answer(1), { signal: controller.signal })).out).toEqual({ ok: [1n] })
    controller.abort()
    expect((await engine.compute(await answer(2))).out).toEqual({ ok: [2n] })
  })

  test('a job that waits can be given up; the one that runs does not notice', async () => {
    const engine = start()
    const [first, waits] = [new AbortController(), new AbortController()]
    const running = faultOf(engine.compute(endless(), { signal: first.signal }))
    const waiting = faultOf(engine.compute(endless(), { signal: waits.signal }))
    const third = engine.compute(await answer(3))
    waits.abort()
    expect(await waiting).toEqual(fault('aborted'))
    expect(await Promise.race([running, third, later(200).then(() => 'both wait')])).toBe('both wait')
    first.abort()
    expect(await running).toEqual(fault('aborted'))
    expect((await third).out).toEqual({ ok: [3n] })
  })

  test('closing rejects what runs, what waits and what comes', async () => {
    const engine = start()
    const jobs = [faultOf(engine.compute(endless())), faultOf(engine.compute(endless()))]
    await later(100)
    await engine.close()
    expect(await Promise.all(jobs)).toEqual([fault('aborted'), fault('aborted')])
    expect(await faultOf(engine.compute(await answer(1)))).toEqual(fault('aborted'))
    await engine.close()
  })
})

describe('queueing', () => {
  test('one thread answers in the order of the questions', async () => {
    const engine = start()
    const order: number[] = []
    await Promise.all([4, 5, 6, 7].map(async value => {
      const { out } = await engine.compute(await answer(value))
      order.push(value)
      expect(out).toEqual({ ok: [BigInt(value)] })
    }))
    expect(order).toEqual([4, 5, 6, 7])
  })

  test('two threads run two jobs at once, and no third', async () => {
    const engine = start({ threads: 2 })
    const controllers = [new AbortController(), new AbortController()]
    const first = faultOf(engine.compute(endless(), { signal: controllers[0]!.signal }))
    expect((await engine.compute(await answer(1))).out).toEqual({ ok: [1n] })
    const second = faultOf(engine.compute(endless(), { signal: controllers[1]!.signal }))
    const third = engine.compute(await answer(2))
    expect(await Promise.race([third, later(300).then(() => 'waits')])).toBe('waits')
    controllers[0]!.abort()
    expect((await third).out).toEqual({ ok: [2n] })
    controllers[1]!.abort()
    expect(await Promise.all([first, second])).toEqual([fault('aborted'), fault('aborted')])
  })

  test.each([{ threads: 0 }, { threads: 'x' }, { threads: 1.5 }, { stackMb: -1 }, { index: 5 }])('%j are no options', options => {
    expect(() => createThreadEngine(options as object)).toThrow(expect.objectContaining({ name: 'Fault', code: 'bad-usage' }))
  })

  test('a module that was prepared for a job serves the next one of its key', async () => {
    const engine = start()
    const job = await answer(5)
    const outcome = await engine.compute(job)
    // The key names the module: other bytes under it are not looked at.
    expect(await engine.compute({ ...job, module: new Uint8Array(0) })).toEqual(outcome)
  })
})

describe('judging without running', () => {
  test('gives what callers see, and the job that follows needs no module any more', async () => {
    for (const engine of [start(), createInlineEngine()]) {
      const job = await answer(5)
      const stages: string[] = []
      const onStage = (stage: string): unknown => stages.push(stage)
      expect(await engine.judge(job, { onStage })).toEqual({
        exports: [{ name: 'f', kind: 'function', index: 0 }], functions: [{ params: [], results: [0x7f] }], globals: [],
      })
      expect(stages).toEqual(['admit'])
      expect((await engine.compute({ ...job, module: new Uint8Array(0) }, { onStage })).out).toEqual({ ok: [5n] })
      expect(stages).toEqual(['admit', 'instrument', 'compile', 'run'])
    }
  })

  test('or why it is rejected', async () => {
    for (const engine of [start(), createInlineEngine()]) {
      const rejection = { kind: 'rejection', code: 'malformed', offset: 0 }
      expect(await engine.judge(jobOf(new Uint8Array(0)))).toEqual(rejection)
      expect(await faultOf(engine.judge(jobOf(new Uint8Array(0)), { signal: AbortSignal.abort() }))).toEqual(fault('aborted'))
    }
  })
})

describe('the index on disk', () => {
  const folder = (): string => {
    const path = mkdtempSync(join(tmpdir(), 'ipvm-threads-index-'))
    onTestFinished(() => rmSync(path, { recursive: true, force: true }))
    return path
  }

  test('serves another engine, without the module', async () => {
    const index = folder()
    const job = await answer(5)
    const trap = { ...await watJob('(module (func (export "f") (result i32) unreachable))') }
    const outcomes = [await start({ index }).compute(job), await start({ index }).compute(trap)]
    const other = start({ index })
    const empty = new Uint8Array(0)
    expect([await other.compute({ ...job, module: empty }), await other.compute({ ...trap, module: empty })]).toEqual(outcomes)
    expect(outcomes.map(({ out }) => out)).toEqual([{ ok: [5n] }, { error: { kind: 'trap', code: 'unreachable' } }])
    // Elsewhere these bytes are what they are.
    expect((await start({ index: folder() }).compute({ ...job, module: empty })).out).toMatchObject({ error: { code: 'malformed' } })
  })

  test('keeps to its bound', async () => {
    const index = folder()
    const job = await answer(5)
    await start({ index, indexBytes: 10 }).compute(job)
    expect(readdirSync(index)).toEqual([])
    await start({ index, indexBytes: 100_000 }).compute(job)
    expect(readdirSync(index)).toHaveLength(1)
  })
})

test('a thread that is eager starts before there is a job, and does one thing after the other', async () => {
  const engine = start({ eager: true })
  expect((await engine.compute(await answer(5))).out).toEqual({ ok: [5n] })
  expect((await engine.compute(await answer(6))).out).toEqual({ ok: [6n] })
})

test('binaryen is loaded under the switches that an engine is given, and they are undone', async () => {
  let asked = 0
  const holds = (): boolean => {
    try {
      // Another text each time: one that was compiled before is not read again.
      return new Function(`return %IsJSReceiver(${asked++})`) instanceof Function
    } catch {
      return false
    }
  }
  const loadUnder = { during: ['--allow-natives-syntax'], afterwards: ['--no-allow-natives-syntax'] }
  const engine = start({ loadUnder })
  const seen: [string, boolean][] = []
  const job = await answer(5)
  expect((await engine.compute(job, { onStage: stage => void seen.push([stage, holds()]) })).out).toEqual({ ok: [5n] })
  expect(seen.map(([stage]) => stage)).toEqual(['admit', 'instrument', 'compile', 'run'])
  expect(seen.slice(2)).toEqual([['compile', false], ['run', false]])
  expect((await start({ loadUnder: { ...loadUnder, afterwards: [] } }).compute(job)).out).toEqual({ ok: [5n] })
  expect(holds()).toBe(true)
  expect((await start({ loadUnder }).compute(job)).out).toEqual({ ok: [5n] })
  expect(holds()).toBe(false)
})

test('a thread keeps as many modules as it is told', async () => {
  const engine = start({ keptBytes: 1 })
  const [one, two] = [await answer(1), await answer(2)]
  const empty = new Uint8Array(0)
  expect((await engine.compute(one)).out).toEqual({ ok: [1n] })
  expect((await engine.compute({ ...one, module: empty })).out).toEqual({ ok: [1n] })
  expect((await engine.compute(two)).out).toEqual({ ok: [2n] })
  expect((await engine.compute({ ...one, module: empty })).out).toMatchObject({ error: { code: 'malformed' } })
})

describe('threads that fail', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ipvm-threads-'))
  const worker = (name: string, source: string): URL => {
    writeFileSync(join(folder, name), source)
    return pathToFileURL(join(folder, name))
  }

  test.each<[string, URL]>([
    ['exits at once', worker('exit.mjs', 'process.exit(3)')],
    ['throws at once', worker('throw.mjs', 'throw new Error("no")')],
    ['exits when it is asked', worker('late.mjs', 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => process.exit())')],
    ['throws when it is asked', worker('cry.mjs', 'import { parentPort } from "node:worker_threads"; parentPort.on("message", () => { throw 1 })')],
    ['does not parse', worker('parse.mjs', 'this is no program')],
    ['is not there', pathToFileURL(join(folder, 'missing.mjs'))],
    ['cannot be a worker', new URL('https://example.org/worker.js')],
  ])('a worker that %s faults each job, and none hangs', async (_, workerUrl) => {
    const engine = start({ workerUrl })
    const jobs = [await answer(1), await answer(2), await answer(3)].map(job => faultOf(engine.compute(job)))
    expect(await Promise.all(jobs)).toEqual([fault('engine-failed'), fault('engine-failed'), fault('engine-failed')])
  })

  test('a worker that runs out of memory says so', async () => {
    // As Node tells it of a thread whose heap is full; to fill one takes minutes.
    const source = 'import "node:worker_threads"; throw Object.assign(new Error("heap"), { code: "ERR_WORKER_OUT_OF_MEMORY" })'
    const engine = start({ workerUrl: worker('full.mjs', source) })
    expect(await faultOf(engine.compute(await answer(1)))).toEqual(fault('host-memory'))
  })

  test('a job that cannot be handed over faults; the next one is computed', async () => {
    const engine = start()
    const job = await answer(1)
    const strange = { ...job, args: [(() => 1n) as unknown as bigint] }
    expect(await faultOf(engine.compute(strange))).toEqual(fault('engine-failed'))
    expect((await engine.compute(job)).out).toEqual({ ok: [1n] })
  })

  test('a stack too small for the guest is a fault, never a trap, and the next job is computed', async () => {
    const engine = start({ stackMb: 0.5 })
    const deep = jobOf(RECURSIONS['990 vectors under the call']!())
    const outcome = await engine.compute(deep).catch((error: unknown) => error)
    // Half a mebibyte holds the bound, or it does not; what must not be is another code.
    if (outcome instanceof Error) expect(outcome).toEqual(fault('host-stack'))
    else expect(outcome).toMatchObject({ out: { error: { code: 'stack-exhausted' } } })
    expect((await engine.compute(await answer(4))).out).toEqual({ ok: [4n] })
  })

  test('a fault of the computation crosses with its code, its words and its cause', async () => {
    const engine = start()
    const error = await faultOf(engine.compute({ ...await answer(1), abi: 'none' }))
    expect(error).toEqual(fault('bad-task', 'requestor'))
    expect((error as Error).message).toContain('not an ABI: "none"')
    expect((await engine.compute(await answer(6))).out).toEqual({ ok: [6n] })
  })
})

describe('the process', () => {
  const built = (file: string): string => new URL(`../../dist/${file}`, import.meta.url).href
  const run = (script: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['--input-type=module', '--unhandled-rejections=strict', '-e', `
      import { createThreadEngine } from ${JSON.stringify(built('engine/threads.js'))}
      import { PROFILE_1 as profile } from ${JSON.stringify(built('profile/v1.js'))}
      const module = Uint8Array.from(${JSON.stringify([...infiniteLoop()])})
      const job = gas => ({ key: 'k', module, profile, fun: 'f', abi: 'core', args: [], limits: { gas, pages: 1 } })
      const engine = createThreadEngine()
      ${script}`], { timeout: 20_000 })

  test('ends with threads that have nothing to do, though nobody closed the engine', async () => {
    const { stdout } = await run('console.log((await engine.compute(job(10000000n))).out.error.code)')
    expect(stdout).toBe('out-of-gas\n')
  })

  test('ends after a job was given up', async () => {
    const { stdout } = await run(`
      await engine.compute(job(10000000n))
      await engine.compute(job(2n ** 62n), { signal: AbortSignal.timeout(200) }).catch(fault => console.log(fault.code))`)
    expect(stdout).toBe('timeout\n')
  })

  test('stays until a job is done', async () => {
    const { stdout } = await run('void engine.compute(job(100000000n)).then(({ out }) => console.log(out.error.code))')
    expect(stdout).toBe('out-of-gas\n')
  })
})
