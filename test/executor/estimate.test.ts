/** Compares the estimated gas before a call begins with the gas of runs (GAS-4, GAS-18). */
import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { estimate, type Estimate } from '../../src/executor/estimate.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import type { Param, Receipt, Task } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

const engine = createInlineEngine()
const store = createMemoryStore()
const { entry, host } = PROFILE_1.schedule

const ECHO = `(module (memory (export "memory") 3) (func (export "ipvm_alloc") (param i32) (result i32) (i32.const 0))
  (func (export "f") (param i32 i32) (result i64) (i64.const 0)))`

async function task(text: string, params: readonly Param[], abi = 'core', fun = 'f'): Promise<Task> {
  return createTask({ mod: await addFile(store, await assemble(text)), fun, params, abi })
}

async function run(asked: Task, gas: bigint, pages = 3): Promise<Receipt> {
  return (await createExecutor({ store, engine }).execute(asked, { gas, pages })).receipt
}

test('a call of an empty function takes the estimated gas and its entry', async () => {
  const asked = await task('(module (memory 2) (func (export "f")))', [])
  const { least, instantiation, parameters, pages } = (await estimate(asked, { store })) as Estimate
  expect({ least, parameters, pages }).toEqual({ least: instantiation, parameters: 0n, pages: 2 })
  expect((await run(asked, least + BigInt(entry.flat))).meta.gasUsed).toBe(least + BigInt(entry.flat))
  expect((await run(asked, least + BigInt(entry.flat) - 1n)).out).toEqual({
    error: { kind: 'trap', code: 'out-of-gas' },
  })
})

describe('parameters', () => {
  test.each([
    ['bytes in the task', async () => new Uint8Array(100)],
    ['text in the task, by its UTF-8', async () => 'ä'.repeat(50)],
    ['a raw block', async () => addFile(store, new Uint8Array(100))],
  ] as const)('%s: each byte is paid', async (_, param) => {
    const found = (await estimate(await task(ECHO, [await param()], 'bytes'), { store })) as Estimate
    expect(found.parameters).toBe(BigInt(host.flat + 100 * host.perUnit))
    expect(found.least).toBe(found.instantiation + found.parameters)
  })

  test('only the root of a linked file is read', async () => {
    const large = await addFile(store, new Uint8Array(3_000_000))
    const asked = await task(ECHO, [large], 'bytes')
    const read: string[] = []
    const counting = { get: (cid: typeof large) => (read.push(cid.toString()), store.get(cid)) }
    const found = (await estimate(asked, { store: counting })) as Estimate
    expect(found.parameters).toBe(BigInt(host.flat) + 3_000_000n * BigInt(host.perUnit))
    expect(read).toEqual([asked.args.mod.toString(), large.toString()])
  })
})

describe('a call that no limits allow is the same rejection as that of a run', () => {
  test.each([
    ['a denied import', '(module (import "env" "now" (func)) (func (export "f")))', []],
    ['no such function', '(module)', []],
    ['bad arguments', '(module (func (export "f") (param i32)))', [2n ** 40n]],
  ] as const)('%s', async (_, text, params) => {
    const asked = await task(text, params)
    const found = await estimate(asked, { store })
    expect(found).toMatchObject({ kind: 'rejection' })
    expect((await run(asked, 10n ** 12n)).out).toEqual({ error: found })
  })
})

test('a missing block is a fault', async () => {
  const asked = await task(ECHO, [new Uint8Array(1)], 'bytes')
  await expect(estimate(asked, { store: createMemoryStore() })).rejects.toMatchObject({
    name: 'Fault',
    code: 'block-missing',
  })
})
