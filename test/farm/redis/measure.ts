/**
 * What a farm costs: the time of a task beyond that of a local executor, and the rate with 1, 2 and 4 workers. All of it
 * runs on this host, so the rate grows until its processors are used up.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFsStore } from '../../../src/content/fs-store.ts'
import { addFile } from '../../../src/content/unixfs.ts'
import { createThreadEngine } from '../../../src/engine/threads.ts'
import { writeKeyFile } from '../../../src/envelope/key-file.ts'
import { generateKey } from '../../../src/envelope/key.ts'
import { createExecutor } from '../../../src/executor/executor.ts'
import { createBullTransport } from '../../../src/farm/bull-transport.ts'
import { createFarm } from '../../../src/farm/farm.ts'
import type { Task } from '../../../src/interface.ts'
import { createTask } from '../../../src/task/task.ts'
import { assemble } from '../../../wasm-fixtures/wat.ts'
import { WORKER as ENGINE_WORKER } from '../../support/jobs.ts'
import { WATS } from '../../support/tasks.ts'
import { RedisServer } from './server.ts'

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url))
const LOCK_MS = 30_000
/** Counts down from its parameter. */
const COUNTS = `(module (func (export "f") (param i64) (result i64) (local i64)
  (loop (local.set 1 (i64.add (local.get 1) (local.get 0)))
    (br_if 0 (i64.ne (local.tee 0 (i64.sub (local.get 0) (i64.const 1))) (i64.const 0))))
  (local.get 1)))`
const LIMITS = { gas: 10n ** 13n, pages: 16 }
/** Rounds of a long task: about half a second of a present-day processor. */
const ROUNDS = 150_000_000n
const SHORT_TASKS = 300
const LONG_TASKS = 24

/** Prints the numbers. */
export async function measureFarm(log: (line: string) => void): Promise<void> {
  const server = new RedisServer()
  await server.start()
  const folder = join(server.folder, 'store')
  const store = createFsStore(folder, { durable: 'soon' })
  const engine = createThreadEngine({ threads: 1, workerUrl: ENGINE_WORKER })
  try {
    const [add, counts] = await Promise.all([WATS.add, COUNTS].map(async wat => addFile(store, await assemble(wat))))
    const short = (n: number): Task => createTask({ mod: add!, fun: 'f', params: [BigInt(n), 7n], abi: 'core' })
    const long = (n: number): Task => createTask({ mod: counts!, fun: 'f', params: [ROUNDS + BigInt(n)], abi: 'core' })
    const executor = createExecutor({ store, engine })
    await executor.execute(short(-1), LIMITS)
    const local = await timed(async () => {
      for (let n = 0; n < SHORT_TASKS; n++) await executor.execute(short(n), LIMITS)
    })
    let one = 0
    for (const workers of [1, 2, 4]) {
      const prefix = `measure${workers}`
      const processes = await start(workers, server, prefix, folder)
      const transport = createBullTransport({ connection: server.address, prefix, lockMs: LOCK_MS })
      // Each answer is accepted alone, so that the rate is that of the workers.
      const farm = createFarm({ transport, store, policy: { replicas: 1 } })
      await Promise.all(Array.from({ length: 2 * workers }, (_, n) => farm.submit(long(-1_000_000 - n), LIMITS)))
      if (workers === 1) {
        await farm.submit(short(-2), LIMITS)
        const ms = await timed(async () => {
          for (let n = 0; n < SHORT_TASKS; n++) await farm.submit(short(1_000_000 + n), LIMITS)
        })
        const each = (all: number): string => (all / SHORT_TASKS).toFixed(2)
        log(`a short task, one after the other: ${each(local)} ms on this host, ${each(ms)} ms on the farm`)
      }
      const ms = await timed(() =>
        Promise.all(Array.from({ length: LONG_TASKS }, (_, n) => farm.submit(long(workers * 1000 + n), LIMITS))),
      )
      if (workers === 1) one = ms
      const factor = (one / ms).toFixed(2)
      log(`${LONG_TASKS} long tasks, ${workers} workers: ${(ms / 1000).toFixed(1)} s, ${factor} times as fast as one`)
      await farm.close()
      await transport.close()
      for (const process of processes) process.kill('SIGKILL')
      await Promise.all(processes.map(process => once(process, 'exit')))
    }
    log(`this host has ${availableParallelism()} processors`)
  } finally {
    await engine.close()
    await store.close()
    await server.end()
  }
}

/** Worker processes, each on a lane of its own. Resolves when all of them serve. */
async function start(count: number, server: RedisServer, prefix: string, folder: string): Promise<ChildProcess[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n) => {
      const keyFile = join(server.folder, `${prefix}-${n}.pem`)
      await writeKeyFile(keyFile, await generateKey())
      const queue = { address: server.address, prefix, lockMs: LOCK_MS, lane: `${n}` }
      const settings = { ...queue, keyFile, folder, index: join(server.folder, 'index'), lies: 0, dies: 0 }
      const worker = spawn(process.execPath, [WORKER, JSON.stringify(settings)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      await once(worker.stdout, 'data')
      return worker
    }),
  )
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
