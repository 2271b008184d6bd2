/**
 * Host functions of an embedder on threads and in processes. They are loaded by their URLs, with the same outcomes as
 * inline.
 */
import { afterAll, describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { createExecutor, createMemoryStore, createTask, createVerifier, addFile } from '../../src/index.ts'
import { createProcessEngine, createThreadEngine } from '../../src/node.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { CHILD, watJob, WORKER } from '../support/jobs.ts'
import { HOST_MODULE, HOST_PROFILE } from './host.ts'

const hostModules = [HOST_MODULE]
const ENGINES = {
  threads: createThreadEngine({ hostModules, workerUrl: WORKER }),
  processes: createProcessEngine({ hostModules, workerUrl: WORKER, childUrl: CHILD }),
}

afterAll(() => Promise.all(Object.values(ENGINES).map(engine => engine.close())))

const WAT = `(module
  (import "test" "quit" (func $quit (param i32 i32))) (import "test" "again" (func $host (param i32) (result i32)))
  (import "test" "spend" (func $spend (param i32))) (import "test" "trap" (func $trap)) (import "test" "throw" (func $throw (param i32)))
  (memory (export "memory") 1) (data (i32.const 0) "abcdefgh")
  (func $again (export "again") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return (i32.const 5))))
    (call $spend (i32.const 2))
    (i32.add (i32.const 1) (call $host (i32.sub (local.get 0) (i32.const 1)))))
  (func (export "quit") (param i32) (result i32) (call $quit (i32.const 1) (local.get 0)) (i32.const 0))
  (func (export "trap") (param i32) (result i32) (call $trap) (i32.const 0))
  (func (export "throw") (param i32) (result i32) (call $throw (local.get 0)) (i32.const 0))
  (func (export "spend") (param i32) (result i32) (call $spend (local.get 0)) (i32.const 0)))`

describe.each(['threads', 'processes'] as const)('%s', which => {
  test.each([
    ['again', 9n],
    ['again', 1_000_000n],
    ['quit', 3n],
    ['quit', 70_000n],
    ['trap', 0n],
    ['spend', -1n],
  ])('%s(%i) has the same outcome as inline', async (fun, arg) => {
    const job = await watJob(WAT, { fun, args: [arg], profile: HOST_PROFILE, gas: 2n * 10n ** 9n })
    const inline = await new Computer('precise', { hostModules }).compute(job)
    const outcome = await ENGINES[which].compute(job)
    // Only the precise mode knows the position of a trap.
    expect({ ...outcome, trace: undefined }).toEqual({ ...inline, trace: undefined })
  })

  test('a failure is a fault there, too, and the next job is computed', async () => {
    const input = { fun: 'throw', args: [0n], profile: HOST_PROFILE }
    await expect(ENGINES[which].compute(await watJob(WAT, input))).rejects.toMatchObject({
      code: 'host-function-failed',
    })
    expect((await ENGINES[which].compute(await watJob(WAT, { ...input, fun: 'quit' }))).out).toMatchObject({
      ok: new Uint8Array(0),
    })
  })

  test('a missing module is a fault', async () => {
    const options = { hostModules: ['file:///nowhere.mjs'], workerUrl: WORKER, childUrl: CHILD }
    const engine = which === 'threads' ? createThreadEngine(options) : createProcessEngine(options)
    const job = await watJob(WAT, { fun: 'again', args: [0n], profile: HOST_PROFILE })
    await expect(engine.compute(job)).rejects.toMatchObject({ code: 'bad-usage' })
    await engine.close()
  })

  test('a receipt is reproduced by a host that has the functions, and other hosts have no verdict', async () => {
    const store = createMemoryStore()
    const mod = await addFile(store, await assemble(WAT))
    const executor = createExecutor({ store, engine: ENGINES[which], profile: HOST_PROFILE })
    const task = createTask({ mod, fun: 'quit', params: [4n], abi: 'core' })
    const { cid, receipt } = await executor.execute(task, { gas: 10n ** 10n, pages: 10 })
    expect(receipt.out).toEqual({ ok: new TextEncoder().encode('bcde') })
    const verifier = createVerifier({ store, engine: ENGINES[which], profiles: [HOST_PROFILE] })
    expect(await verifier.verify(cid)).toMatchObject({ verdict: 'reproduced' })
    const engine = createThreadEngine({ workerUrl: WORKER })
    const without = createVerifier({ store, engine, profiles: [HOST_PROFILE] })
    await expect(without.verify(cid)).rejects.toMatchObject({ code: 'unknown-host-function' })
    await engine.close()
  })
})
