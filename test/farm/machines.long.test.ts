/** Workers with stores of their own: they read through a gateway, and write the blocks of results back. */
import { expect, test } from 'vitest'
import { createFallbackStore } from '../../src/content/fallback-store.ts'
import { createGatewayStore } from '../../src/content/gateway.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { generateKey } from '../../src/envelope/key.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createFarm } from '../../src/farm/farm.ts'
import { createMemoryTransport } from '../../src/farm/memory-transport.ts'
import { createFarmWorker } from '../../src/farm/worker.ts'
import type { BlockStore } from '../../src/interface.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { gatewayOf, TOKEN } from '../gateway/support.ts'
import { WATS } from '../support/tasks.ts'

const LIMITS = { gas: 3_000_000_000n, pages: 100 }
const DATA = new Uint8Array(700_000).fill(7)
/** Gives all bytes but the last. So the blocks of the result are others than those of the parameter. */
const SHORTEN = WATS.echo.replace(
  '(i64.extend_i32_u (local.get 1))',
  '(i64.extend_i32_u (i32.sub (local.get 1) (i32.const 1)))',
)

/** A farm over a gateway, and a worker on a machine of its own. */
async function place(writable: boolean) {
  const transport = createMemoryTransport()
  const { url, store } = await gatewayOf(writable ? { token: TOKEN } : {})
  const farm = createFarm({ transport, store, patienceMs: 50 })
  const mod = await addFile(store, await assemble(SHORTEN))
  const task = createTask({ mod, fun: 'f', abi: 'bytes', params: [await addFile(store, DATA)] })
  const worker = async (lane: string, target?: BlockStore) => {
    const local = createMemoryStore()
    const own = createFallbackStore(local, createGatewayStore(url))
    const executor = createExecutor({ store: own, engine: createInlineEngine() })
    const key = await generateKey()
    return createFarmWorker({ transport, executor, store: target ?? own, lane, key })
  }
  return { url, store, farm, task, worker }
}

test('a worker reads through a gateway, and puts the blocks of its result there with a token (FARM-6)', async () => {
  const { url, store, farm, task, worker } = await place(true)
  const workers = [
    await worker('a', createGatewayStore(url, { token: TOKEN })),
    await worker('b', createGatewayStore(url, { token: TOKEN })),
  ]
  const { receipt, settled } = await farm.submit(task, LIMITS)
  const { ok } = receipt.out as unknown as { readonly ok: Parameters<typeof load>[1] }
  expect(settled).toBe('confirmed')
  expect(await load(store, ok)).toEqual(DATA.subarray(1))
  expect(workers.map(one => one.stats())).toEqual(
    Array.from({ length: 2 }, () => ({ running: 0, answered: 1, faulted: 0 })),
  )
  for (const one of workers) await one.close()
})

test('a worker that keeps its result to itself gives no answer that counts (FARM-6)', async () => {
  const { farm, task, worker } = await place(true)
  const elsewhere = createMemoryStore()
  const workers = [await worker('a', elsewhere), await worker('b', elsewhere)]
  const fault = await farm.submit(task, LIMITS).catch((error: { code: string; message: string }) => error)
  expect(fault).toMatchObject({ code: 'block-missing', message: expect.stringContaining('its result is incomplete') })
  for (const one of workers) await one.close()
})

test('a gateway that refuses the token is a fault of the worker, and no lie', async () => {
  const { url, farm, task, worker } = await place(true)
  const workers = [await worker('a', createGatewayStore(url, { token: 'wrong-token-wrong-token' }))]
  const fault = await farm.submit(task, LIMITS).catch((error: { code: string }) => error.code)
  expect(fault).toBe('store-failed')
  const { workers: judged } = await farm.status()
  expect(judged.map(({ lies, faults }) => [lies, faults > 0])).toEqual([[0, true]])
  for (const one of workers) await one.close()
})
