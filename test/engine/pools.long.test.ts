/** Engines on threads, on processes and on Web Workers: giving up, queueing, failures, and the end of the process. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import type { Job } from '../../src/engine/compute.ts'
import { createInlineEngine, type Engine, type PreparingEngine } from '../../src/engine/engine.ts'
import { createFsIndex } from '../../src/engine/fs-index.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { createWorkerEngine } from '../../src/engine/web-workers.ts'
import { CHILD, jobOf, watJob, WORKER, type PlainJob } from '../support/jobs.ts'
import { infiniteLoop, RECURSIONS } from '../support/shapes.ts'
import { WEB_WORKER, webWorker } from '../support/web-workers.ts'

interface Options {
  readonly at?: number
  readonly keptBytes?: number
  readonly stackMb?: number
  readonly index?: string
  readonly indexBytes?: number
}

/** The name of each kind, its function in `ipvm-wasm/node`, and how the tests make it. */
const KINDS: readonly [string, string | undefined, (options: Options) => PreparingEngine][] = [
  [
    'threads',
    'createThreadEngine',
    ({ at: threads, ...options }) =>
      createThreadEngine({ workerUrl: WORKER, ...(threads !== undefined && { threads }), ...options }),
  ],
  [
    'processes',
    'createProcessEngine',
    ({ at: processes, ...options }) =>
      createProcessEngine({
        workerUrl: WORKER,
        childUrl: CHILD,
        ...(processes !== undefined && { processes }),
        ...options,
      }),
  ],
  [
    'Web Workers',
    undefined,
    ({ at: workers, stackMb, index, indexBytes, ...options }) =>
      createWorkerEngine({
        worker: () => webWorker(WEB_WORKER, stackMb),
        ...(workers !== undefined && { workers }),
        ...(index !== undefined && { index: createFsIndex(index, { maxBytes: indexBytes }) }),
        ...options,
      }),
  ],
]

const unhandled: unknown[] = []
const note = (reason: unknown): void => void unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

/** A job that runs for hours. */
const endless = (): PlainJob => jobOf(infiniteLoop(), { gas: 2n ** 62n })
const answer = (value: number): Promise<PlainJob> =>
  watJob(`(module (func (export "f") (result i32) (i32.const ${value})))`)
/** A copy of the job that fails if its module is requested. */
const bare = (job: Job): Job => ({ ...job, module: () => Promise.reject(new Error('the module is asked for')) })
const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no fault',
    (error: unknown) => error,
  )
const fault = (code: string, whose = 'runner'): unknown => expect.objectContaining({ name: 'Fault', code, whose })
const later = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

describe.each(KINDS)('on %s', (_kind, factory, create) => {
  const engines: Engine[] = []

  function start(options: Options = {}): PreparingEngine {
    const engine = create(options)
    engines.push(engine)
    return engine
  }

  afterEach(async () => {
    await Promise.all(engines.splice(0).map(engine => engine.close()))
  })

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

    test('a timeout is not an abort', async () => {
      const engine = start()
      expect(await faultOf(engine.compute(endless(), { signal: AbortSignal.timeout(300) }))).toEqual(fault('timeout'))
      expect((await engine.compute(await answer(8))).out).toEqual({ ok: [8n] })
    })

    test('a signal that has already fired starts nothing', async () => {
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

    test('a waiting job can be given up without effect on the running one', async () => {
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

    test('closing rejects running, waiting and later jobs', async () => {
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
    test('one seat answers in the order of the jobs', async () => {
      const engine = start()
      const order: number[] = []
      await Promise.all(
        [4, 5, 6, 7].map(async value => {
          const { out } = await engine.compute(await answer(value))
          order.push(value)
          expect(out).toEqual({ ok: [BigInt(value)] })
        }),
      )
      expect(order).toEqual([4, 5, 6, 7])
    })

    test('two seats run two jobs at once, and not a third', async () => {
      const engine = start({ at: 2 })
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

    test('a module that was prepared for a job serves the next one of its key', async () => {
      const engine = start()
      const job = await answer(5)
      const outcome = await engine.compute(job)
      // The key names the module, so other bytes under it are not read.
      expect(await engine.compute(bare(job))).toEqual(outcome)
    })
  })

  describe('inspecting a module without running it', () => {
    test('returns the exports, and the next job needs no module', async () => {
      for (const engine of [start(), createInlineEngine()]) {
        const job = await answer(5)
        const stages: string[] = []
        const onStage = (stage: string): unknown => stages.push(stage)
        expect(await engine.inspect(job, { onStage })).toEqual({
          exports: [{ name: 'f', kind: 'function', index: 0 }],
          functions: [{ params: [], results: [0x7f] }],
          globals: [],
        })
        expect(stages).toEqual(['admit'])
        expect((await engine.compute(bare(job), { onStage })).out).toEqual({ ok: [5n] })
        expect(stages).toEqual(['admit', 'instrument', 'compile', 'run'])
      }
    })

    test('returns the rejection', async () => {
      for (const engine of [start(), createInlineEngine()]) {
        const rejection = { kind: 'rejection', code: 'malformed', offset: 0 }
        expect(await engine.inspect(jobOf(new Uint8Array(0)))).toEqual(rejection)
        expect(await faultOf(engine.inspect(jobOf(new Uint8Array(0)), { signal: AbortSignal.abort() }))).toEqual(
          fault('aborted'),
        )
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
      const trap = { ...(await watJob('(module (func (export "f") (result i32) unreachable))')) }
      const outcomes = []
      for (const made of [job, trap]) {
        const engine = start({ index })
        outcomes.push(await engine.compute(made))
        await engine.close()
      }
      const other = start({ index })
      expect([await other.compute(bare(job)), await other.compute(bare(trap))]).toEqual(outcomes)
      expect(outcomes.map(({ out }) => out)).toEqual([{ ok: [5n] }, { error: { kind: 'trap', code: 'unreachable' } }])
      expect(await faultOf(start({ index: folder() }).compute(bare(job)))).toEqual(fault('engine-failed'))
    })

    const files = (index: string): string[] =>
      readdirSync(index, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.prepared'))

    test('keeps to its bound', async () => {
      const index = folder()
      const job = await answer(5)
      for (const [indexBytes, entries] of [
        [10, 0],
        [100_000, 1],
      ] as const) {
        const engine = start({ index, indexBytes })
        await engine.compute(job)
        await engine.close()
        expect(files(index)).toHaveLength(entries)
      }
    })
  })

  test('a seat gets the prepared modules of an earlier one, even after an abort, and without an index', async () => {
    const engine = start()
    const job = jobOf(infiniteLoop(), { gas: 2n ** 62n })
    const controller = new AbortController()
    const stages: string[] = []
    const run = faultOf(
      engine.compute(job, {
        signal: controller.signal,
        onStage: stage => void (stages.push(stage), stage === 'run' && setTimeout(() => controller.abort(), 100)),
      }),
    )
    expect(await run).toEqual(fault('aborted'))
    expect(stages).toEqual(['admit', 'instrument', 'compile', 'run'])
    const again = await engine.compute(
      { ...bare(job), limits: { gas: 10n ** 7n, pages: 1 } },
      { onStage: stage => void stages.push(stage) },
    )
    expect([again.out, stages.length]).toEqual([{ error: { kind: 'trap', code: 'out-of-gas' } }, 4])
  })

  test('rejections are passed on, too', async () => {
    const engine = start({ at: 2 })
    const job = await watJob('(module (import "env" "now" (func (result f64))) (func (export "f")))')
    const blocked = faultOf(engine.compute(endless(), { timeoutMs: 2000 }))
    const outcome = await engine.compute(job)
    expect(outcome.out).toMatchObject({ error: { code: 'import' } })
    expect(await Promise.all([engine.compute(bare(job)), engine.inspect(bare(job))])).toEqual([
      outcome,
      (outcome.out as { error: unknown }).error,
    ])
    expect(await blocked).toEqual(fault('timeout'))
    expect(await Promise.all([1, 2].map(() => engine.compute(bare(job))))).toEqual([outcome, outcome])
  })

  test('keeps as many modules as its option says', async () => {
    const engine = start({ keptBytes: 1 })
    const [one, two] = [await answer(1), await answer(2)]
    expect((await engine.compute(one)).out).toEqual({ ok: [1n] })
    expect((await engine.compute(bare(one))).out).toEqual({ ok: [1n] })
    expect((await engine.compute(two)).out).toEqual({ ok: [2n] })
    expect(await faultOf(engine.compute(bare(one)))).toEqual(fault('engine-failed'))
    // Only its own job fails.
    expect((await engine.compute(two)).out).toEqual({ ok: [2n] })
  })

  describe('modules are loaded when it is the turn of their job', () => {
    test('no more modules are loaded than there are seats', async () => {
      const engine = start({ at: 2 })
      const job = await answer(3)
      let loading = 0
      let most = 0
      const module = async (): Promise<Uint8Array> => {
        most = Math.max(most, ++loading)
        await later(20)
        loading--
        return job.module
      }
      const outcomes = await Promise.all(
        Array.from({ length: 12 }, (_, i) => engine.compute({ ...job, key: `lazy ${i}`, module })),
      )
      expect(outcomes.map(({ out }) => out)).toEqual(outcomes.map(() => ({ ok: [3n] })))
      expect(most).toBeLessThanOrEqual(2)
    })

    test('a module that cannot be loaded is a fault of its own job', async () => {
      const engine = start()
      const job = await answer(3)
      const missing = new Fault('block-missing', 'not there')
      const jobs = [engine.compute({ ...job, module: () => Promise.reject(missing) }), engine.compute(job)]
      expect(await faultOf(jobs[0]!)).toBe(missing)
      expect((await jobs[1]!).out).toEqual({ ok: [3n] })
    })

    test('after a job is given up while its module is loaded, the next one is computed', async () => {
      const engine = start()
      const job = await answer(3)
      let resolve: (module: Uint8Array) => void = () => {}
      const module = (): Promise<Uint8Array> => new Promise(done => (resolve = done))
      expect(await faultOf(engine.compute({ ...job, module }, { timeoutMs: 500 }))).toEqual(fault('timeout'))
      resolve(job.module)
      expect((await engine.compute(job)).out).toEqual({ ok: [3n] })
    })
  })

  describe('failures', () => {
    test('a job with an invalid argument is refused, and the next one is computed', async () => {
      const engine = start()
      const job = await answer(1)
      const strange = { ...job, args: [(() => 1n) as unknown as bigint] }
      expect(await faultOf(engine.compute(strange))).toEqual(fault('bad-usage', 'requestor'))
      expect((await engine.compute(job)).out).toEqual({ ok: [1n] })
    })

    test('a stack too small for the guest is a fault, never a trap, and the next job is computed', async () => {
      const engine = start({ stackMb: 0.5 })
      const deep = jobOf(RECURSIONS['990 vectors under the call']!())
      const outcome = await engine.compute(deep).catch((error: unknown) => error)
      // Half a mebibyte may suffice for the bound or not, but no other code is allowed.
      if (outcome instanceof Error) expect(outcome).toEqual(fault('host-stack'))
      else expect(outcome).toMatchObject({ out: { error: { code: 'stack-exhausted' } } })
      expect((await engine.compute(await answer(4))).out).toEqual({ ok: [4n] })
    })

    test('a fault keeps its code, its message and its cause', async () => {
      const engine = start()
      const error = await faultOf(engine.compute({ ...(await answer(1)), abi: 'none' }))
      expect(error).toEqual(fault('bad-task', 'requestor'))
      expect((error as Error).message).toContain('not an ABI: "none"')
      expect((await engine.compute(await answer(6))).out).toEqual({ ok: [6n] })
    })
  })

  describe.runIf(factory !== undefined)('the process', () => {
    const built = (file: string): string => new URL(`../../dist/${file}`, import.meta.url).href
    const run = (script: string): Promise<{ stdout: string }> =>
      promisify(execFile)(
        process.execPath,
        [
          '--input-type=module',
          '--unhandled-rejections=strict',
          '-e',
          `
        import { ${factory} as create } from ${JSON.stringify(built('node.js'))}
        import { PROFILE_1 as profile } from ${JSON.stringify(built('profile/v1.js'))}
        const module = Uint8Array.from(${JSON.stringify([...infiniteLoop()])})
        const job = gas => ({ key: 'k', module, profile, fun: 'f', abi: 'core', args: [], limits: { gas, pages: 1 } })
        const engine = create()
        ${script}`,
        ],
        { timeout: 20_000 },
      )

    test('ends with idle threads, although the engine was not closed', async () => {
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
      const { stdout } = await run(
        'void engine.compute(job(100000000n)).then(({ out }) => console.log(out.error.code))',
      )
      expect(stdout).toBe('out-of-gas\n')
    })
  })
})
