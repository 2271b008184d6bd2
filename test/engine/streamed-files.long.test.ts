/** A tree of 200 MiB: only what is read of it is loaded (WASI-27), and all of it can be read. */
import { afterAll, expect, test } from 'vitest'
import { createProcessEngine } from '../../src/engine/processes.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import { createWorkerEngine } from '../../src/engine/web-workers.ts'
import { addFile, createExecutor, createTask } from '../../src/index.ts'
import { CHILD, WORKER } from '../support/jobs.ts'
import { CHUNK, chunkOf, putDirectory, putLarge, readerOf, watched } from '../support/streamed.ts'
import { webWorker } from '../support/web-workers.ts'

const threads = createThreadEngine({ workerUrl: WORKER })
const processes = createProcessEngine({ childUrl: CHILD, workerUrl: WORKER })
const workers = createWorkerEngine({ worker: () => webWorker() })
afterAll(() => Promise.all([threads.close(), processes.close(), workers.close()]))

const MIB = 2 ** 20

test.each([
  ['thread', threads],
  ['process', processes],
  ['worker', workers],
])('on a %s engine', async (name, engine) => {
  const store = watched()
  const { cid, parts } = await putLarge(store, 0, 800)
  const root = await putDirectory(store, { large: cid })
  const executor = createExecutor({ store, engine, maxParamBytes: 256 * MIB })
  const run = async (module: Uint8Array) => {
    const task = createTask({ mod: await addFile(store, module), fun: '_start', abi: 'wasi', params: [{ files: { in: root } }] }) // prettier-ignore
    store.asked.length = 0
    const start = performance.now()
    const { receipt } = await executor.execute(task, { gas: 10n ** 12n, pages: 100 })
    const milliseconds = Math.round(performance.now() - start)
    const chunks = parts.map(String)
    return { receipt, milliseconds, asked: store.asked.filter(cid => chunks.includes(cid)).length }
  }
  const few = await run(await readerOf({ path: 'in/large', offset: 400 * CHUNK - 1, length: 2 }))
  expect(few).toMatchObject({ asked: 2, receipt: { out: { ok: { exit: 0n } } } })
  const all = await run(await readerOf({ path: 'in/large', length: 512, times: 200 * 2048, step: 512 }))
  expect(all).toMatchObject({ asked: 800, receipt: { out: { ok: { exit: 0n } } } })
  const { stdout } = (all.receipt.out as unknown as { ok: { stdout: Uint8Array } }).ok
  expect(stdout).toEqual(chunkOf(0, 799).subarray(CHUNK - 512))
  console.log(
    `${name}: two bytes of 200 MiB ${few.milliseconds} ms, all of it in pieces of 512 bytes ${all.milliseconds} ms`,
  )
})
