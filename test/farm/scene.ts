/** A farm in memory, with workers of several characters. */
import { onTestFinished } from 'vitest'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { generateKey, type SigningKey } from '../../src/envelope/key.ts'
import { createExecutor, type Executor } from '../../src/executor/executor.ts'
import { receiptAnswer } from '../../src/farm/answer.ts'
import { createFarm, type Farm } from '../../src/farm/farm.ts'
import { decodeJob, type FarmJob } from '../../src/farm/job.ts'
import { createMemoryLedger } from '../../src/farm/ledger.ts'
import { createMemoryTransport } from '../../src/farm/memory-transport.ts'
import type { FarmOptions } from '../../src/farm/options.ts'
import { createFarmWorker, type FarmWorker } from '../../src/farm/worker.ts'
import type { Receipt, RunLimits, Task } from '../../src/interface.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { WATS } from '../support/tasks.ts'

export const LIMITS: RunLimits = { gas: 3_000_000_000n, pages: 100 }

const engine = createInlineEngine()

/** Makes a scene for one test, at whose end it is closed. */
export function sceneOf(options: Partial<FarmOptions> = {}): Scene {
  const scene = new Scene(options)
  onTestFinished(() => scene.close())
  return scene
}

/** A queue, a store, an executor and a farm. */
export class Scene {
  readonly transport = createMemoryTransport()
  readonly store = createMemoryStore()
  readonly ledger = createMemoryLedger()
  readonly executor: Executor = createExecutor({ store: this.store, engine })
  readonly farm: Farm
  /** The jobs that honest workers have run, in their order. */
  readonly ran: FarmJob[] = []
  readonly #workers: FarmWorker[] = []

  constructor(options: Partial<FarmOptions> = {}) {
    const { transport, store, ledger } = this
    this.farm = createFarm({
      transport,
      store,
      ledger,
      patienceMs: 50,
      seed: new Uint8Array(32),
      ...options,
    } as FarmOptions)
  }

  async task(wat: string = WATS.add, params: Task['args']['params'] = [1n, 2n], abi = 'core'): Promise<Task> {
    const mod = await addFile(this.store, await assemble(wat))
    return createTask({ mod, fun: 'f', params, abi })
  }

  /** A worker that runs its jobs. */
  async honest(lane: string, given?: SigningKey): Promise<SigningKey> {
    const key = given ?? (await generateKey())
    const { transport, store } = this
    const execute: Executor['execute'] = (task, limits, options) => {
      this.ran.push({ task: task as FarmJob['task'], profile: task as FarmJob['profile'], limits })
      return this.executor.execute(task, limits, options)
    }
    const executor = { ...this.executor, store, execute }
    this.#workers.push(await createFarmWorker({ transport, store, executor, lane, key }))
    return key
  }

  /** A worker whose answers are what a function makes of the job and of its true receipt. */
  async odd(
    lane: string,
    answer: (receipt: Receipt, job: FarmJob, key: SigningKey) => Promise<Uint8Array>,
    given?: SigningKey,
  ): Promise<SigningKey> {
    const key = given ?? (await generateKey())
    const handle = async ({ payload }: { readonly payload: Uint8Array }): Promise<Uint8Array> => {
      const job = decodeJob(payload)
      const { receipt } = await this.executor.execute(job.task, job.limits)
      return answer(receipt, job, key)
    }
    await this.transport.work({ lane, worker: key.did, concurrency: 1, handle })
    return key
  }

  /** A worker that lies whenever a function says so. */
  liar(lane: string, lies: (job: FarmJob) => boolean = () => true, by = 1n, given?: SigningKey): Promise<SigningKey> {
    return this.odd(
      lane,
      (receipt, job, key) => receiptAnswer(lies(job) ? falsified(receipt, by) : receipt, key),
      given,
    )
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker.close({ abort: true })
    await this.farm.close({ abort: true })
  }
}

/** A receipt with another number as its result. */
export function falsified(receipt: Receipt, by = 1n): Receipt {
  const { out } = receipt
  if (!('ok' in out) || !Array.isArray(out.ok)) throw new Error('not a list')
  return { ...receipt, out: { ok: [...(out.ok as bigint[]).slice(1), (out.ok[0] as bigint) + by] } }
}
