/** Files that are read block by block: what is loaded, on which engine, and what becomes of blocks that cannot be had. */
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Answerer } from '../../src/engine/answerer.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { createProcessEngine } from '../../src/engine/processes.ts'
import type { Answer } from '../../src/engine/protocol.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { createWorkerEngine } from '../../src/engine/web-workers.ts'
import { fileLoader } from '../../src/executor/files.ts'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  createVerifier,
  exportCar,
  importCar,
  load,
  type ExecuteOptions,
  type Execution,
  type Value,
} from '../../src/index.ts'
import { blockKey, rawCid } from '../../src/content/cids.ts'
import { faultOf, noise, text } from '../content/support.ts'
import { CHILD, jobOf, WORKER } from '../support/jobs.ts'
import { CHUNK, chunkOf, putDirectory, putLarge, putPb, readerOf, watched, type Watched } from '../support/streamed.ts'
import { webWorker } from '../support/web-workers.ts'

const inline = createInlineEngine()
/** Engines that load blocks while the guest runs, by name. */
const MADE = {
  thread: () => createThreadEngine({ workerUrl: WORKER }),
  process: () => createProcessEngine({ childUrl: CHILD, workerUrl: WORKER }),
  worker: () => createWorkerEngine({ worker: () => webWorker() }),
} as const
const STREAMING = (['thread', 'process', 'worker'] as const).map(name => [name, MADE[name]()] as const)
const ENGINES: readonly (readonly [name: string, engine: Engine])[] = [['inline', inline], ...STREAMING]
afterAll(() => Promise.all(STREAMING.map(([, engine]) => engine.close())))

/** Runs a program with these files, whose module is in the store afterwards. */
async function run(
  engine: Engine,
  store: Watched,
  module: Uint8Array,
  files: Readonly<Record<string, CID>>,
  options: ExecuteOptions & { readonly maxParamBytes?: number; readonly keep?: string[] } = {},
): Promise<Execution> {
  const { maxParamBytes, keep, ...rest } = options
  const executor = createExecutor({ store, engine, ...(maxParamBytes !== undefined && { maxParamBytes }) })
  const mod = await addFile(store, module)
  const param: Value = { files, ...(keep && { keep }) }
  const task = createTask({ mod, fun: '_start', abi: 'wasi', params: [param] })
  return executor.execute(task, { gas: 10n ** 12n, pages: 100 }, rest)
}

/** What the program has written. */
async function stdoutOf(store: Watched, { receipt: { out } }: Execution): Promise<Uint8Array> {
  if ('error' in out) throw new Error(JSON.stringify(out.error))
  const { stdout } = out.ok as unknown as { stdout: Uint8Array | CID }
  return stdout instanceof Uint8Array ? stdout : load(store, stdout)
}

/** A tree of 20 MiB in three files. */
async function large(store: Watched) {
  const files = [await putLarge(store, 0, 40), await putLarge(store, 1, 20), await putLarge(store, 2, 20)]
  const [a, b, c] = files.map(({ cid }) => cid) as [CID, CID, CID]
  const inner = await putDirectory(store, { c })
  return { files, root: await putDirectory(store, { a, b, inner }), inner }
}

describe('of a large tree', () => {
  test.each(STREAMING)('a %s engine loads the blocks that are read, and no others (WASI-27)', async (_, engine) => {
    const store = watched()
    const { files, root, inner } = await large(store)
    const module = await readerOf(
      { path: 'in/b', offset: 7 * CHUNK - 2, length: 4 },
      { path: 'in/b', offset: 3, length: 1, times: 1000, step: 11 },
    )
    await run(engine, store, module, { in: root })
    const read = [root, files[1]!.cid, ...[6, 7, 0].map(i => files[1]!.parts[i]!)].map(String)
    const all = [root, inner, ...files.flatMap(({ cid, parts }) => [cid, ...parts])].map(String)
    expect(store.asked.filter(cid => all.includes(cid))).toEqual(read)
  })

  test('all engines give the same receipt, and its CAR has the whole tree', async () => {
    const module = await readerOf({ path: 'in/inner/c', offset: 5 * CHUNK - 10, length: 2 * CHUNK })
    const receipts: string[] = []
    for (const [, engine] of ENGINES) {
      const store = watched()
      const { files, root } = await large(store)
      const came = await run(engine, store, module, { in: root }, { keep: ['in'] })
      receipts.push(Buffer.from(came.bytes).toString('hex'))
      const expected = Buffer.concat([4, 5, 6].map(i => chunkOf(2, i))).subarray(CHUNK - 10, 3 * CHUNK - 10)
      expect(Buffer.compare(await stdoutOf(store, came), expected)).toBe(0)
      const elsewhere = createMemoryStore()
      await importCar(elsewhere, await exportCar(store, [came.cid]))
      expect(await load(elsewhere, files[0]!.cid)).toHaveLength(40 * CHUNK)
      const verifier = createVerifier({ store: elsewhere, engine })
      expect(await verifier.verify(came.cid)).toMatchObject({ verdict: 'reproduced' })
    }
    expect(new Set(receipts).size).toBe(1)
  })

  test('maxParamBytes bounds what is read, and for an inline engine the whole (WASI-29)', async () => {
    const store = watched()
    const { root } = await large(store)
    const some = await readerOf({ path: 'in/b', times: 4, step: CHUNK })
    const more = await readerOf({ path: 'in/b', times: 9, step: CHUNK })
    const bound = { maxParamBytes: 8 * CHUNK }
    for (const [, engine] of STREAMING) {
      expect(await run(engine, store, some, { in: root }, bound)).toMatchObject({ receipt: { out: { ok: {} } } })
      const fault = await faultOf(run(engine, store, more, { in: root }, bound))
      expect(fault).toMatchObject({ code: 'too-large', detail: { maxBytes: 8 * CHUNK } })
    }
    expect(await faultOf(run(inline, store, some, { in: root }, bound))).toMatchObject({ code: 'too-large' })
  })

  test.each(ENGINES)('many small reads are quick on a %s engine', async (_, engine) => {
    const store = watched()
    const { cid } = await putLarge(store, 0, 4)
    const module = await readerOf({ path: 'f', times: 200_000, step: 5 })
    const start = performance.now()
    await run(engine, store, module, { f: cid })
    expect(performance.now() - start).toBeLessThan(10_000)
    expect(store.asked.filter(asked => asked === String(cid)).length).toBe(1)
  })
})

describe('a block that is longer than the shared memory', () => {
  test.each(ENGINES)('comes in pieces on a %s engine', async (_, engine) => {
    const store = watched()
    const bytes = noise(3 * 1024 * 1024 + 17)
    const cid = await addFile(store, bytes, { format: 'raw' })
    const empty = await addFile(store, new Uint8Array(0), { format: 'raw' })
    const module = await readerOf({ path: 'e' }, { path: 'f', length: 4 * 1024 * 1024 })
    const came = await run(engine, store, module, { f: cid, e: empty })
    expect(Buffer.compare(await stdoutOf(store, came), bytes)).toBe(0)
  })
})

describe.each(ENGINES)('blocks that cannot be had, on a %s engine (WASI-28)', (_, engine) => {
  test('change nothing where they are not read', async () => {
    const [whole, broken] = [watched(), watched()]
    const module = await readerOf({ path: 'in/b', offset: CHUNK })
    const { root } = await large(whole)
    const { files, inner } = await large(broken)
    const [a, b] = files
    for (const cid of [a!.cid, b!.parts[0]!]) broken.instead.set(String(cid), () => undefined)
    for (const cid of [inner, b!.parts[2]!]) broken.instead.set(String(cid), () => text('other bytes'))
    const expected = await run(engine, whole, module, { in: root }, { keep: ['in'] })
    const came = await run(engine, broken, module, { in: root }, { keep: ['in'] })
    expect(came.bytes).toEqual(expected.bytes)
    expect(came.receipt.out).toHaveProperty('ok')
  })

  test('are the fault of the store, with their CID, where they are read', async () => {
    for (const [answer, code] of [
      [() => undefined, 'block-missing'],
      [() => text('other bytes'), 'hash-mismatch'],
      [() => Promise.reject(new Error('the disk is on fire')), 'store-failed'],
    ] as const) {
      const store = watched()
      const { files, root } = await large(store)
      const cid = files[1]!.parts[3]!
      store.instead.set(String(cid), answer)
      const module = await readerOf({ path: 'in/b', offset: 3 * CHUNK - 1, length: 2 })
      const fault = await faultOf(run(engine, store, module, { in: root }))
      expect(fault).toMatchObject({ code, detail: { cid } })
      if (code === 'store-failed') expect(fault.cause).toMatchObject({ message: 'the disk is on fire' })
      // What the store has later is read.
      store.instead.clear()
      expect((await run(engine, store, module, { in: root })).receipt.out).toHaveProperty('ok')
    }
  })

  test('end no more than the attempt that reads them', async () => {
    const store = watched()
    const { files, root } = await large(store)
    store.instead.set(String(files[0]!.cid), () => undefined)
    // Engines differ in the sign of 0/0. In a run by the rules it is positive.
    const negative = '(i32.lt_s (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.load (i32.const 32)))) (i32.const 0))'
    const positive = '(i32.gt_s (i32.reinterpret_f32 (f32.div (f32.const 0) (f32.load (i32.const 32)))) (i32.const 0))'
    const module = await readerOf({ path: 'in/a', when: negative }, { path: 'in/b', when: positive })
    expect((await run(engine, store, module, { in: root })).receipt.out).toHaveProperty('ok')
  })

  test('are named if they are not what belongs in their place', async () => {
    const store = watched()
    const short = await rawCid(text('short'))
    store.made.set(blockKey(short), () => text('short'))
    const data = new UnixFS({ type: 'file', blockSizes: [6n] })
    const cid = await putPb(store, data, [['', short]])
    const fault = await faultOf(run(engine, store, await readerOf({ path: 'f' }), { f: cid }))
    expect(fault).toMatchObject({ code: 'bad-dag', detail: { cid: short, root: cid } })
    expect(fault.message).toContain('has 5 bytes of content where the node above declares 6')
  })

  test('malformed roots of links are faults before the program runs (WASI-27)', async () => {
    const store = watched()
    const missing = await putDirectory(watched(), { x: await rawCid(text('x')) })
    const idle = await readerOf({ path: 'x', when: '(i32.const 0)' })
    expect(await faultOf(run(engine, store, idle, { a: missing }))).toMatchObject({ code: 'block-missing' })
  })
})

describe.each(STREAMING)('a store that does not answer, on a %s engine', (name, engine) => {
  test('is left when the run is given up, and the next one has a seat at once', async () => {
    const store = watched()
    const { files, root } = await large(store)
    const module = await readerOf({ path: 'in/b' })
    await run(engine, store, module, { in: root })
    const cid = String(files[1]!.parts[0]!)
    for (const [reason, code] of [
      [new DOMException('too late', 'TimeoutError'), 'timeout'],
      [undefined, 'aborted'],
    ] as const) {
      const controller = new AbortController()
      let given = 0
      store.instead.set(cid, () => {
        setTimeout(() => {
          given = performance.now()
          controller.abort(reason)
        }, 100)
        return new Promise(() => {})
      })
      const { signal } = controller
      expect(await faultOf(run(engine, store, module, { in: root }, { signal }))).toMatchObject({ code })
      expect(performance.now() - given).toBeLessThan(1000)
      store.instead.clear()
      expect((await run(engine, store, module, { in: root })).receipt.out).toHaveProperty('ok')
    }
  })

  test('is left when the engine is closed', async () => {
    const own = MADE[name]()
    const store = watched()
    const { files, root } = await large(store)
    const waiting = new Promise<void>(resolve =>
      store.instead.set(String(files[1]!.parts[0]!), () => {
        resolve()
        return new Promise(() => {})
      }),
    )
    const running = faultOf(run(own, store, await readerOf({ path: 'in/b' }), { in: root }))
    await waiting
    const start = performance.now()
    await own.close()
    expect(await running).toMatchObject({ code: 'aborted' })
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

describe('a seat that shares no memory', () => {
  test('loads all blocks before the guest runs, and gives the same outcome', async () => {
    const store = watched()
    const { root, files } = await large(store)
    const module = await readerOf({ path: 'in/b', offset: CHUNK - 3, length: 6 })
    const parameter = { files: { in: { '/': root.toString() } } }
    const job = { ...jobOf(module, { fun: '_start', abi: 'wasi', args: [parameter] }), files: fileLoader(store, { maxBytes: 2 ** 25 }) } // prettier-ignore
    const expected = await inline.compute(job)
    store.asked.length = 0
    const told: Answer[] = []
    const outcome = await new Promise(resolve => {
      const answerer: Answerer = new Answerer({ hostModules: [] }, answer => void reply(answer))
      const reply = async (answer: Answer): Promise<void> => {
        told.push(answer)
        if ('outcome' in answer) return resolve(answer.outcome)
        if (!('request' in answer)) return
        const { request } = answer
        if (request === 'source') answerer.take({ given: { source: { module, profile: job.profile } } })
        else if (typeof request === 'object' && 'block' in request)
          answerer.take({ given: { block: await job.files.load(request.block) } })
        else answerer.take({ given: { prepared: undefined } })
      }
      const { key, fun, abi, limits, args } = job
      answerer.take({ compute: { key, task: undefined, fun, abi, limits, args, fileBytes: job.files.maxBytes } })
    })
    expect(outcome).toEqual(expected)
    expect(new Set(store.asked).size).toBe(2 + files.length + 80)
  })

  test('is what Web Workers are on a page that is not isolated: the same receipts, and a bound on the whole', async () => {
    const store = watched()
    const { root } = await large(store)
    const module = await readerOf({ path: 'in/b', offset: CHUNK - 3, length: 6 })
    const expected = await run(inline, store, module, { in: root })
    vi.stubGlobal('crossOriginIsolated', false)
    onTestFinished(() => void vi.unstubAllGlobals())
    const engine = MADE.worker()
    onTestFinished(() => engine.close())
    expect((await run(engine, store, module, { in: root })).bytes).toEqual(expected.bytes)
    const fault = await faultOf(run(engine, store, module, { in: root }, { maxParamBytes: 8 * CHUNK }))
    expect(fault).toMatchObject({ code: 'too-large' })
  })
})
