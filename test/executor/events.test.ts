/** The events and the statistics of an executor. */
import { expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { createExecutor, type ExecutorOptions } from '../../src/executor/executor.ts'
import type { ExecutorEventMap } from '../../src/executor/events.ts'
import { createMemoryMemo } from '../../src/executor/memory-memo.ts'
import { ControlledEngine, settled } from '../support/controlled-engine.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

const TYPES = ['queued', 'joined', 'running', 'prepared', 'ran', 'hit', 'retry', 'died', 'fault'] as const

async function place(more: Partial<ExecutorOptions> = {}) {
  const engine = new ControlledEngine()
  const bench = new Bench(engine)
  const executor = createExecutor({ store: bench.store, engine, ...more })
  const told: [type: string, detail: unknown][] = []
  for (const type of TYPES) executor.events.addEventListener(type, ({ detail }) => told.push([type, detail]))
  const task = (n: bigint) => bench.task(WATS.add, { params: [n, n] })
  return { engine, executor, told, task }
}

test('a run, a call that joins it, and an answer of the memo', async () => {
  const { engine, executor, told, task } = await place({ memo: createMemoryMemo() })
  const asked = await task(1n)
  const calls = [
    executor.execute(asked, LIMITS, { caller: 'a' }),
    executor.execute(asked, LIMITS, { caller: 'b', priority: 2 }),
  ]
  await settled()
  engine.jobs[0]!.options.onStage!('admit')
  engine.jobs[0]!.options.onStage!('run')
  engine.jobs[0]!.end()
  const [{ cid: receipt, task: cid }] = await Promise.all([calls[0]!, calls[1]!])
  await executor.execute(asked, LIMITS)
  expect(told).toEqual([
    ['running', { task: cid, attempt: 1 }],
    ['joined', { task: cid, caller: 'b', priority: 2 }],
    ['prepared', { task: cid }],
    ['ran', { task: cid, receipt }],
    ['hit', { task: cid, receipt }],
  ])
  expect(executor.stats()).toEqual({
    'ipvm_wasm.tasks.queued': 0,
    'ipvm_wasm.tasks.waiting': 0,
    'ipvm_wasm.tasks.running': 0,
    'ipvm_wasm.tasks.ran': 1,
    'ipvm_wasm.tasks.joined': 1,
    'ipvm_wasm.tasks.retries': 0,
    'ipvm_wasm.memo.hits': 1,
    'ipvm_wasm.memo.misses': 2,
    'ipvm_wasm.memo.errors': 0,
    'ipvm_wasm.modules.prepared': 1,
    'ipvm_wasm.threads.deaths': 0,
    'ipvm_wasm.faults': {},
  })
})

test('what waits, what is refused, and what fails', async () => {
  const { engine, executor, told, task } = await place({ queue: { concurrency: 1, maxQueued: 1 } })
  const calls = [1n, 2n, 3n].map(async n => executor.execute(await task(n), LIMITS, { caller: `c${n}` }))
  const ends = Promise.allSettled(calls)
  await settled()
  engine.deaths = 2
  const died = new Fault('host-memory', 'the thread ran out of memory')
  engine.jobs[0]!.fail(died)
  await settled()
  engine.jobs[1]!.end()
  await ends
  expect(told.map(([type]) => type)).toEqual(['running', 'queued', 'fault', 'died', 'running', 'fault', 'ran'])
  expect(told[1]![1]).toMatchObject({ caller: 'c2', priority: 0 })
  expect(told[2]![1]).toMatchObject({ fault: { code: 'busy' } })
  expect(told[3]![1]).toMatchObject({ deaths: 2 })
  expect(told[5]![1]).toMatchObject({ fault: died })
  expect(executor.stats()).toMatchObject({
    'ipvm_wasm.threads.deaths': 2,
    'ipvm_wasm.faults': { busy: 1, 'host-memory': 1 },
  })
})

test('attempts, and a fault of a call that names no task', async () => {
  const { engine, executor, told, task } = await place({ retry: { attempts: 2, delayMs: 0 } })
  const call = executor.execute(await task(1n), LIMITS)
  await settled()
  const fault = new Fault('engine-failed', 'no')
  engine.jobs[0]!.fail(fault)
  while (engine.jobs.length < 2) await settled()
  engine.jobs[1]!.end()
  const { task: cid } = await call
  await expect(executor.execute('no task' as never, LIMITS)).rejects.toMatchObject({ code: 'bad-usage' })
  expect(told.filter(([type]) => type !== 'ran')).toEqual([
    ['running', { task: cid, attempt: 1 }],
    ['retry', { task: cid, fault, attempt: 1, delayMs: 0 }],
    ['running', { task: cid, attempt: 2 }],
    ['fault', { task: undefined, fault: expect.objectContaining({ code: 'bad-usage' }) as unknown }],
  ])
})

test('a listener may stop listening, listen once, or be an object', async () => {
  const { engine, executor, task } = await place()
  const told: string[] = []
  const stopped = ({ detail }: ExecutorEventMap['running']): unknown => told.push(`stopped ${detail.attempt}`)
  executor.events.addEventListener('running', stopped)
  executor.events.removeEventListener('running', stopped)
  executor.events.addEventListener('running', { handleEvent: ({ detail }) => told.push(`object ${detail.attempt}`) })
  executor.events.addEventListener('running', () => told.push('once'), { once: true })
  for (const n of [1n, 2n]) {
    const call = executor.execute(await task(n), LIMITS)
    await settled()
    engine.jobs.at(-1)!.end()
    await call
  }
  expect(told).toEqual(['object 1', 'once', 'object 1'])
})
