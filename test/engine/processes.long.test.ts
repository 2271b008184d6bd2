/** Processes of an engine: one that dies takes its own task with it, memory is bounded, and nothing outlives the engine. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import type { Engine, PreparingEngine } from '../../src/engine/engine.ts'
import { createProcessEngine, type ProcessOptions } from '../../src/engine/processes.ts'
import { CHILD, jobOf, watJob, WORKER, type PlainJob } from '../support/jobs.ts'
import { childrenOf, runs } from '../support/processes.ts'
import { infiniteLoop } from '../support/shapes.ts'
import { readerOf } from '../support/streamed.ts'

const engines: Engine[] = []
function start(options: ProcessOptions = {}): PreparingEngine {
  const engine = createProcessEngine({ childUrl: CHILD, workerUrl: WORKER, ...options })
  engines.push(engine)
  return engine
}
afterEach(async () => {
  await Promise.all(engines.splice(0).map(engine => engine.close()))
})

const folder = mkdtempSync(join(tmpdir(), 'ipvm-processes-'))
afterAll(() => rmSync(folder, { recursive: true }))

const answer = (value: number): Promise<PlainJob> =>
  watJob(`(module (func (export "f") (result i32) (i32.const ${value})))`)
const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no fault',
    (error: unknown) => error,
  )
const fault = (code: string): unknown => expect.objectContaining({ name: 'Fault', code, whose: 'runner' })
const later = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))

/** The file of a thread that does `instead` when it is asked; with `first`, only in the first process. */
function worker(name: string, instead: string, first = true): URL {
  const file = join(folder, `${name}.mjs`)
  writeFileSync(
    file,
    `
    import { existsSync, writeFileSync, writeSync } from 'node:fs'
    import { parentPort } from 'node:worker_threads'
    const met = ${JSON.stringify(`${file}.met`)}
    if (${first} && existsSync(met)) await import(${JSON.stringify(WORKER.href)})
    else {
      writeFileSync(met, '')
      parentPort.on('message', () => { ${instead} })
    }`,
  )
  return pathToFileURL(file)
}

describe('a process that dies (RECEIPT-11)', () => {
  test.each([
    ['aborts', 'process.kill(process.pid, "SIGABRT")', 'engine-failed'],
    ['is killed, as by a system without memory', 'process.kill(process.pid, "SIGKILL")', 'host-memory'],
    ['meets a bad address', 'process.kill(process.pid, "SIGSEGV")', 'engine-failed'],
    [
      'says that a zone of its compiler is full',
      'writeSync(2, "Fatal process out of memory: Zone"); process.kill(process.pid, "SIGABRT")',
      'host-memory',
    ],
    ['exits', 'process.exit(3)', 'engine-failed'],
    ['throws', 'throw new Error("no")', 'engine-failed'],
    ['takes more and more', 'const all = []; setInterval(() => all.push(Buffer.alloc(20 << 20, 1)), 5)', 'host-memory'],
  ])('because it %s is a fault of its task, and the next task has another process', async (name, instead, code) => {
    const engine = start({ workerUrl: worker(name.replaceAll(' ', '-'), instead), memoryMb: 512 })
    const jobs = [await answer(1), await answer(2)]
    const [first, second] = await Promise.all(jobs.map(job => engine.compute(job).catch((error: unknown) => error)))
    expect(first).toEqual(fault(code))
    expect(second).toMatchObject({ out: { ok: [2n] } })
    // What the system killed may or may not have been without memory, and the words say no more.
    if (name.startsWith('is killed')) expect((first as Error).message).toContain('was killed (SIGKILL)')
  })

  test('leaves the task of another process alone', async () => {
    const engine = start({ processes: 2, workerUrl: worker('one-of-two', 'process.kill(process.pid, "SIGABRT")') })
    const jobs = [await answer(1), await answer(2)]
    const ends = await Promise.all(
      jobs.map(job =>
        engine.compute(job).then(
          ({ out }) => out,
          (error: unknown) => error,
        ),
      ),
    )
    expect(ends).toContainEqual(fault('engine-failed'))
    expect((await engine.compute(await answer(3))).out).toEqual({ ok: [3n] })
  })

  test('that cannot be started is a fault of each task', async () => {
    for (const childUrl of [pathToFileURL(join(folder, 'missing.mjs')), worker('no-child', '')]) {
      const engine = start({ childUrl })
      const jobs = [await answer(1), await answer(2)]
      expect(await Promise.all(jobs.map(job => faultOf(engine.compute(job, { timeoutMs: 20_000 }))))).toEqual([
        fault('engine-failed'),
        fault('engine-failed'),
      ])
    }
  })
})

describe('memory', () => {
  test('a bound that is too low for the platform is a fault with advice', async () => {
    const engine = start({ memoryMb: 1 })
    const end = await faultOf(
      engine.compute(jobOf(infiniteLoop(), { gas: 2n ** 62n, pages: 16 }), { timeoutMs: 60_000 }),
    )
    expect(end).toEqual(fault('host-memory'))
    expect(end).toMatchObject({ message: expect.stringContaining('memoryMb'), detail: { allowedMb: 2 } })
  })

  test('pages that the task may use do not count, and a process that is left large is not used again', async () => {
    const engine = start({ memoryMb: 400 })
    const wat = `(module (memory 0 16384) (func (export "f") (param i32) (result i32) (drop (memory.grow (local.get 0)))
      (memory.fill (i32.const 0) (i32.const 1) (i32.shl (local.get 0) (i32.const 16))) (memory.size)))`
    const job = await watJob(wat, { args: [12_000n], gas: 10n ** 15n, pages: 12_000 })
    expect((await engine.compute(job)).out).toEqual({ ok: [12_000n] })
    const [process] = childrenOf(globalThis.process.pid)
    expect((await engine.compute({ ...job, args: [1n], limits: { gas: 10n ** 10n, pages: 1 } })).out).toEqual({
      ok: [1n],
    })
    expect(childrenOf(globalThis.process.pid)).not.toContain(process)
  })

  test.each([{ memoryMb: 0 }, { memoryMb: -1 }, { memoryMb: NaN }, { processes: 0 }, { stackMb: 0 }, { index: 5 }])(
    '%j are no options',
    options => {
      expect(() => createProcessEngine(options as object)).toThrow(
        expect.objectContaining({ name: 'Fault', code: 'bad-usage' }),
      )
    },
  )
})

describe('no process is left', () => {
  test('of an engine that was closed, busy or idle, in the middle of its start, or never used', async () => {
    const before = childrenOf(process.pid)
    const engine = start({ processes: 3 })
    expect((await engine.compute(await answer(1))).out).toEqual({ ok: [1n] })
    const busy = [faultOf(engine.compute(jobOf(infiniteLoop(), { gas: 2n ** 62n })))]
    await later(1000)
    busy.push(
      faultOf(engine.compute(jobOf(infiniteLoop(), { gas: 2n ** 62n }))),
      faultOf(engine.compute(await answer(2))),
    )
    expect(childrenOf(process.pid).length).toBeGreaterThan(before.length)
    await engine.close()
    expect(childrenOf(process.pid)).toEqual(before)
    expect(await Promise.all(busy)).toEqual([fault('aborted'), fault('aborted'), fault('aborted')])
    await start().close()
  })

  test('of a task that was given up, when another one has taken its seat', async () => {
    const engine = start()
    expect(await faultOf(engine.compute(jobOf(infiniteLoop(), { gas: 2n ** 62n }), { timeoutMs: 1000 }))).toEqual(
      fault('timeout'),
    )
    expect((await engine.compute(await answer(1))).out).toEqual({ ok: [1n] })
    expect(childrenOf(process.pid)).toHaveLength(1)
  })

  test.each([0, 100, 200, 400])('of one that is starting when its parent is killed, after %i ms', async ms => {
    const seat = JSON.stringify(new URL('../../dist/engine/process-seat.js', import.meta.url).href)
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { startProcess } from ${seat}
      const [childUrl, workerUrl] = ${JSON.stringify([CHILD, WORKER])}.map(url => new URL(url))
      console.log(startProcess({ childUrl, workerUrl, stackMb: 4, setup: { hostModules: [] } }).pid)
      setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [said] = (await once(parent.stdout, 'data')) as [Buffer]
    await later(ms)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => runs(Number(said)), { timeout: 10_000 }).toBe(false)
  })

  test.each([
    ['busy', 2n ** 62n],
    ['idle', 10n ** 7n],
  ])('of a %s process whose parent is killed', async (_, gas) => {
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { createProcessEngine } from ${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)}
      import { PROFILE_1 as profile } from ${JSON.stringify(new URL('../../dist/profile/v1.js', import.meta.url).href)}
      const module = Uint8Array.from(${JSON.stringify([...infiniteLoop()])})
      const job = { key: 'k', module, profile, fun: 'f', abi: 'core', args: [], limits: { gas: ${gas}n, pages: 1 } }
      await createProcessEngine().compute(job, { onStage: console.log })
      console.log('done')
      setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    for await (const text of parent.stdout) if (/run|done/.test((said += String(text)))) break
    await later(300)
    const [child] = childrenOf(parent.pid!) as [number]
    expect(runs(child)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => runs(child), { timeout: 10_000 }).toBe(false)
  })

  test('of one whose guest waits for a block when its parent is killed (WASI-29)', async () => {
    const library = (name: string): string => JSON.stringify(new URL(`../../dist/${name}.js`, import.meta.url).href)
    const module = await readerOf({ path: 'f' })
    const parent = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { addFile, createExecutor, createMemoryStore, createTask } from ${library('index')}
      import { createProcessEngine } from ${library('node')}
      const store = createMemoryStore()
      const mod = await addFile(store, Uint8Array.from(${JSON.stringify([...module])}))
      const f = await addFile(store, new Uint8Array(10))
      const task = createTask({ mod, fun: '_start', abi: 'wasi', params: [{ files: { f } }] })
      const get = (cid, options) => (cid.equals(f) ? (console.log('asked'), new Promise(() => {})) : store.get(cid, options))
      const silent = { get, has: cid => store.has(cid), put: (cid, bytes) => store.put(cid, bytes) }
      setInterval(() => {}, 1000)
      await createExecutor({ store: silent, engine: createProcessEngine() }).execute(task, { gas: 10n ** 12n, pages: 100 })`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    for await (const text of parent.stdout) if (String(text).includes('asked')) break
    await later(300)
    const [child] = childrenOf(parent.pid!) as [number]
    expect(runs(child)).toBe(true)
    parent.kill('SIGKILL')
    await once(parent, 'exit')
    await expect.poll(() => runs(child), { timeout: 10_000 }).toBe(false)
  })
})

describe('a process is on its own', () => {
  test('it has no environment variables, and its output is not shown', async () => {
    const tells = `
      process.stdout.write('out\\n'); process.stderr.write('err\\n'); console.log('log')
      parentPort.postMessage({ fault: { code: 'bad-task', message: JSON.stringify([process.env, process.execArgv]), detail: {}, cause: '' } })`
    const url = worker('tells', tells, false)
    const parent = spawn(
      process.execPath,
      [
        '--no-warnings',
        '--input-type=module',
        '-e',
        `
      import { createProcessEngine } from ${JSON.stringify(new URL('../../dist/node.js', import.meta.url).href)}
      const engine = createProcessEngine({ workerUrl: new URL(${JSON.stringify(url.href)}) })
      const job = { key: 'k', module: new Uint8Array(0), profile: {}, fun: 'f', abi: 'core', args: [], limits: { gas: 1n, pages: 1 } }
      console.log(await engine.compute(job).catch(({ message }) => message))
      await engine.close()`,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { SECRET: 'yes' } },
    )
    const [out, err] = await Promise.all(
      [parent.stdout, parent.stderr].map(async stream => (await stream.setEncoding('utf8').toArray()).join('')),
    )
    // Node itself hands over where to talk.
    const [env, execArgv] = JSON.parse(out!) as [Record<string, string>, string[]]
    expect([Object.keys(env).filter(name => !name.startsWith('NODE_CHANNEL_')), execArgv, err]).toEqual([[], [], ''])
  })

  test('signals of a terminal do not end it', async () => {
    const engine = start()
    await engine.compute(await answer(1))
    const [child] = childrenOf(process.pid) as [number]
    const spin = jobOf(infiniteLoop(), { gas: 10n ** 10n })
    const run = engine.compute(spin)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(child, signal)
    expect((await run).out).toMatchObject({ error: { code: 'out-of-gas' } })
    expect(childrenOf(process.pid)).toEqual([child])
  })
})
