/** The queue of an executor: the order of runs, refused calls, and aborted calls. */
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/base/fault.ts'
import { createExecutor, type ExecuteOptions } from '../../src/executor/executor.ts'
import type { QueueOptions } from '../../src/executor/queue.ts'
import { createTask, encodeTask } from '../../src/task/task.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ControlledEngine, settled } from '../support/controlled-engine.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

async function place(queue: QueueOptions) {
  const engine = new ControlledEngine()
  const { store } = new Bench(engine)
  const mod = await addFile(store, await assemble(WATS.add))
  const executor = createExecutor({ store, engine, queue })
  /** Executes the task with this function. Returns the origin of the receipt, or the fault. */
  const call = (fun: string, options: ExecuteOptions = {}): Promise<string | Fault> =>
    executor.execute(createTask({ mod, fun, params: [], abi: 'core' }), LIMITS, options).then(
      ({ origin }) => origin,
      (fault: Fault) => fault,
    )
  /** Ends the jobs one after the other, in the order in which they start. Returns the names of their functions. */
  const drain = async (): Promise<string[]> => {
    for (let i = 0; ; i++) {
      await settled()
      const job = engine.jobs[i]
      if (job === undefined) return engine.called
      job.end()
    }
  }
  return { engine, executor, call, drain }
}

test('no more tasks run than are allowed', async () => {
  const { engine, executor, call } = await place({ concurrency: 2 })
  const calls = ['a', 'b', 'c', 'd'].map(fun => call(fun))
  await settled()
  expect(engine.called).toEqual(['a', 'b'])
  expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.queued': 2, 'ipvm_wasm.tasks.running': 2 })
  engine.jobs[1]!.end()
  await settled()
  expect(engine.called).toEqual(['a', 'b', 'c'])
  for (const i of [0, 2]) engine.jobs[i]!.end()
  await settled()
  engine.jobs[3]!.end()
  expect(await Promise.all(calls)).toEqual(['run', 'run', 'run', 'run'])
  expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.queued': 0, 'ipvm_wasm.tasks.running': 0 })
})

test('a caller with many tasks does not keep another one waiting', async () => {
  const { call, drain } = await place({ concurrency: 1 })
  for (let i = 0; i < 100; i++) void call(`a${i}`, { caller: 'a' })
  void call('b0', { caller: 'b' })
  void call('c0', { caller: 'c' })
  expect((await drain()).slice(0, 5)).toEqual(['a0', 'a1', 'b0', 'c0', 'a2'])
})

test('the highest priority runs first, and callers take turns within it', async () => {
  const { call, drain } = await place({ concurrency: 1 })
  void call('first')
  void call('low', { priority: -3 })
  void call('usual', { caller: 'a' })
  for (const fun of ['a1', 'a2']) void call(fun, { caller: 'a', priority: 4 })
  void call('b1', { caller: 'b', priority: 4 })
  expect(await drain()).toEqual(['first', 'a1', 'b1', 'a2', 'usual', 'low'])
})

test('a call of higher priority raises the run that it joins', async () => {
  const { call, drain } = await place({ concurrency: 1 })
  for (const fun of ['first', 'second', 'third']) void call(fun)
  const joined = call('third', { priority: 1 })
  expect(await drain()).toEqual(['first', 'third', 'second'])
  expect(await joined).toBe('joined')
})

describe('a full queue refuses', () => {
  test('what would wait: the fault busy, and what is accepted is run', async () => {
    const { engine, executor, call, drain } = await place({ concurrency: 1, maxQueued: 2 })
    const calls: Promise<string | Fault>[] = []
    for (const fun of ['a', 'b', 'c', 'd', 'e']) {
      calls.push(call(fun))
      await settled()
    }
    expect(await calls[3]).toMatchObject({
      name: 'Fault',
      code: 'busy',
      whose: 'runner',
      retryable: true,
      detail: { waiting: 2, maxQueued: 2 },
    })
    expect(await drain()).toEqual(['a', 'b', 'c'])
    expect(await Promise.all(calls.slice(0, 3))).toEqual(['run', 'run', 'run'])
    expect(executor.stats()['ipvm_wasm.faults']).toEqual({ busy: 2 })
    const next = call('f')
    await settled()
    engine.jobs[3]!.end()
    expect(await next).toBe('run')
  })

  test('one call that would wait for an equal task as well', async () => {
    const { engine, executor, call } = await place({ concurrency: 1, maxQueued: 1 })
    const calls = ['a', 'a', 'a', 'b'].map(fun => call(fun))
    await settled()
    expect(executor.stats()['ipvm_wasm.tasks.waiting']).toBe(1)
    engine.jobs[0]!.end()
    expect(await Promise.all(calls)).toEqual([
      'run',
      'joined',
      expect.objectContaining({ code: 'busy' }),
      expect.objectContaining({ code: 'busy' }),
    ])
    expect(executor.stats()['ipvm_wasm.tasks.waiting']).toBe(0)
  })

  test('without room for anybody, one runs', async () => {
    const { call, drain } = await place({ concurrency: 1, maxQueued: 0 })
    const calls = ['a', 'b'].map(fun => call(fun))
    expect(await calls[1]).toMatchObject({ code: 'busy' })
    await drain()
    expect(await calls[0]).toBe('run')
  })

  test('many calls at once do not slip through', async () => {
    const { executor, call } = await place({ concurrency: 3, maxQueued: 5 })
    for (let i = 0; i < 100; i++) void call(`f${i}`)
    await settled()
    expect(executor.stats()).toMatchObject({
      'ipvm_wasm.tasks.queued': 5,
      'ipvm_wasm.tasks.running': 3,
      'ipvm_wasm.faults': { busy: 92 },
    })
  })
})

describe('a call that is given up', () => {
  test('while it waits leaves the queue, and makes room', async () => {
    const { engine, executor, call, drain } = await place({ concurrency: 1, maxQueued: 1 })
    const leaving = new AbortController()
    void call('a')
    const waiting = call('b', { signal: leaving.signal })
    await settled()
    expect(executor.stats()['ipvm_wasm.tasks.queued']).toBe(1)
    leaving.abort()
    expect(await waiting).toMatchObject({ code: 'aborted' })
    expect(executor.stats()['ipvm_wasm.tasks.queued']).toBe(0)
    const next = call('c')
    expect(await drain()).toEqual(['a', 'c'])
    expect([await next, engine.jobs.length]).toEqual(['run', 2])
  })

  test('while it runs makes room for the next one', async () => {
    const { engine, call } = await place({ concurrency: 1 })
    const leaving = new AbortController()
    const running = call('a', { signal: leaving.signal })
    const next = call('b')
    await settled()
    leaving.abort()
    expect(await running).toMatchObject({ code: 'aborted' })
    await settled()
    expect(engine.called).toEqual(['a', 'b'])
    engine.jobs[1]!.end()
    expect(await next).toBe('run')
  })

  test('by its time, which counts from the call on', async () => {
    const { engine, call } = await place({ concurrency: 1 })
    void call('a')
    expect(await call('b', { timeoutMs: 2 })).toMatchObject({ code: 'timeout' })
    await settled()
    expect(engine.called).toEqual(['a'])
  })
})

describe('closing', () => {
  test('lets what was accepted end, and takes no more', async () => {
    const { executor, call, drain } = await place({ concurrency: 1 })
    const calls = [call('a'), call('b')]
    let closed = false
    const closing = executor.close().then(() => (closed = true))
    expect(await call('c')).toMatchObject({ code: 'aborted', message: 'the executor is closed' })
    await settled()
    expect(closed).toBe(false)
    expect(await drain()).toEqual(['a', 'b'])
    expect(await Promise.all(calls)).toEqual(['run', 'run'])
    await closing
  })

  test('with abort gives up what waits and what runs', async () => {
    const { engine, executor, call } = await place({ concurrency: 1 })
    const calls = [call('a'), call('a'), call('b')]
    await settled()
    await executor.close({ abort: true })
    expect(await Promise.all(calls)).toEqual(
      [1, 2, 3].map(() => expect.objectContaining({ code: 'aborted' }) as unknown),
    )
    expect(engine.jobs.map(({ aborted }) => aborted)).toEqual([true])
    expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.queued': 0, 'ipvm_wasm.tasks.running': 0 })
    await executor.close()
  })

  test('with abort gives up calls whose store does not answer, and begins nothing for them later', async () => {
    const engine = new ControlledEngine()
    const { store } = new Bench(engine)
    let answer = (): void => {}
    const slow = { ...store, put: store.put.bind(store), has: store.has.bind(store) }
    const task = createTask({ mod: await addFile(store, await assemble(WATS.add)), fun: 'f', params: [], abi: 'core' })
    const { cid, bytes } = encodeTask(task)
    const get = (): Promise<Uint8Array> => new Promise(resolve => (answer = () => resolve(bytes)))
    const executor = createExecutor({ store: { ...slow, get }, engine })
    const call = executor.execute(cid, LIMITS)
    const ended = expect(call).rejects.toMatchObject({ code: 'aborted', message: 'the executor was closed' })
    await settled()
    await executor.close({ abort: true })
    await ended
    answer()
    await settled()
    expect(engine.jobs).toEqual([])
  })

  test('idle waits for what is under way', async () => {
    const { engine, executor, call } = await place({ concurrency: 1 })
    await executor.idle()
    void call('a')
    let idle = 0
    void executor.idle().then(() => idle++)
    void executor.idle().then(() => idle++)
    await settled()
    expect(idle).toBe(0)
    engine.jobs[0]!.end()
    await settled()
    expect(idle).toBe(2)
  })
})

describe('wrong usage', () => {
  test.each<[string, unknown]>([
    ['nothing', null],
    ['no concurrency', {}],
    ['no room to run', { concurrency: 0 }],
    ['a part of a task', { concurrency: 1.5 }],
    ['a text', { concurrency: '4' }],
    ['a negative bound', { concurrency: 1, maxQueued: -1 }],
  ])('queue: %s', (_, queue) => {
    const engine = new ControlledEngine()
    const make = (): unknown => createExecutor({ store: new Bench(engine).store, engine, queue: queue as never })
    expect(make).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })

  test.each<[string, unknown]>([
    ['a priority that is no number', { priority: 'high' }],
    ['a priority out of range', { priority: 11 }],
    ['half a priority', { priority: 0.5 }],
    ['a caller that is no text', { caller: 7 }],
  ])('execute: %s', async (_, options) => {
    const { call } = await place({ concurrency: 1 })
    expect(await call('a', options as never)).toMatchObject({ code: 'bad-usage' })
  })

  test('close: what is neither true nor false', async () => {
    const { executor } = await place({ concurrency: 1 })
    await expect(executor.close({ abort: 'now' as never })).rejects.toMatchObject({ code: 'bad-usage' })
  })
})
