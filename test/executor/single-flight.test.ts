/** Concurrent calls of equal tasks share one run, which goes on until the last of the calls is aborted. */
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import type { Stage } from '../../src/engine/preparer.ts'
import {
  createExecutor,
  type ExecuteOptions,
  type Execution,
  type ExecutorOptions,
} from '../../src/executor/executor.ts'
import type { RunLimits } from '../../src/interface.ts'
import { ControlledEngine, settled } from '../support/controlled-engine.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

async function place(more: Partial<ExecutorOptions> = {}) {
  const engine = new ControlledEngine()
  const bench = new Bench(engine)
  const executor = createExecutor({ store: bench.store, engine, ...more })
  const task = await bench.task(WATS.add, { params: [1n, 2n] })
  /** Returns the origin of the receipt of a call, or the code of its fault. */
  const call = (options: ExecuteOptions = {}, limits: RunLimits = LIMITS): Promise<string> =>
    executor.execute(task, limits, options).then(
      ({ origin }) => origin,
      (fault: Fault) => fault.code,
    )
  return { engine, executor, task, call, bench }
}

const gas = (amount: bigint, pages = LIMITS.pages): RunLimits => ({ gas: amount, pages })

test('calls that ask the same share one run and its receipt', async () => {
  const { engine, executor, task } = await place()
  const calls = [1, 2, 3].map(() => executor.execute(task, LIMITS))
  await settled()
  expect(engine.jobs).toHaveLength(1)
  engine.jobs[0]!.end([7n])
  const executions = await Promise.all(calls)
  expect(executions.map(({ origin }) => origin)).toEqual(['run', 'joined', 'joined'])
  expect(new Set(executions.map(({ cid }) => cid.toString())).size).toBe(1)
  expect(executions.map(({ receipt }) => receipt.out)).toEqual([1, 2, 3].map(() => ({ ok: [7n] })))
  void executor.execute(task, LIMITS)
  await settled()
  expect(engine.jobs).toHaveLength(2)
})

test('other tasks have runs of their own', async () => {
  const { engine, executor, task, bench } = await place()
  const other = await bench.task(WATS.add, { params: [1n, 3n] })
  const calls = [executor.execute(task, LIMITS), executor.execute(other, LIMITS)]
  await settled()
  for (const job of engine.jobs) job.end()
  expect((await Promise.all(calls)).map(({ origin }) => origin)).toEqual(['run', 'run'])
})

describe('under other limits (RECEIPT-17)', () => {
  test('a call with more gas waits for the run, and is served its receipt under its own limits', async () => {
    const { engine, executor, task, bench } = await place()
    const calls = [executor.execute(task, gas(100n)), executor.execute(task, gas(200n, 7))]
    await settled()
    expect(engine.jobs).toHaveLength(1)
    engine.jobs[0]!.end()
    const [run, joined] = (await Promise.all(calls)) as [Execution, Execution]
    expect([run.origin, joined.origin]).toEqual(['run', 'joined'])
    expect(joined.receipt.meta.limits).toEqual(gas(200n, 7))
    expect(await bench.store.has(joined.cid)).toBe(true)
    expect(joined.cid.equals(run.cid)).toBe(false)
  })

  test('a call with less gas does not wait for a run that may take longer', async () => {
    const { engine, call } = await place()
    const calls = [call({}, gas(200n)), call({}, gas(100n))]
    await settled()
    expect(engine.jobs.map(({ job }) => job.limits.gas)).toEqual([200n, 100n])
    for (const job of engine.jobs) job.end()
    expect(await Promise.all(calls)).toEqual(['run', 'run'])
  })

  test('if the receipt does not tell, those that wait run once themselves', async () => {
    const { engine, call } = await place()
    const calls = [call({}, gas(5n)), call({}, gas(50n)), call({}, gas(50n))]
    await settled()
    expect(engine.jobs).toHaveLength(1)
    engine.jobs[0]!.runOut()
    await settled()
    expect(engine.jobs.map(({ job }) => job.limits.gas)).toEqual([5n, 50n])
    engine.jobs[1]!.end()
    expect(await Promise.all(calls)).toEqual(['run', 'run', 'joined'])
  })
})

describe('a call that leaves', () => {
  test.each(['first', 'second'])('the %s: the other one goes on', async who => {
    const { engine, call } = await place()
    const leaving = new AbortController()
    const options = { signal: leaving.signal }
    const calls = who === 'first' ? [call(options), call()] : [call(), call(options)]
    await settled()
    leaving.abort()
    await settled()
    expect([engine.jobs.length, engine.jobs[0]!.aborted]).toEqual([1, false])
    engine.jobs[0]!.end()
    expect(await Promise.all(calls)).toEqual(who === 'first' ? ['aborted', 'joined'] : ['run', 'aborted'])
  })

  test('when the last one has left, the engine is told, and the next call begins anew', async () => {
    const { engine, call } = await place()
    const controllers = [new AbortController(), new AbortController()]
    const calls = controllers.map(({ signal }) => call({ signal }))
    await settled()
    controllers[0]!.abort()
    expect(engine.jobs[0]!.aborted).toBe(false)
    controllers[1]!.abort()
    expect(engine.jobs[0]!.aborted).toBe(true)
    const next = call()
    expect(await Promise.all(calls)).toEqual(['aborted', 'aborted'])
    await settled()
    expect(engine.jobs).toHaveLength(2)
    engine.jobs[1]!.end()
    expect(await next).toBe('run')
  })

  test('by its own time: a timeout is that of the call alone', async () => {
    const { engine, call } = await place()
    const calls = [call({ timeoutMs: 1 }), call()]
    expect(await calls[0]).toBe('timeout')
    engine.jobs[0]!.end()
    expect(await calls[1]).toBe('joined')
  })

  test('before it has begun: nothing runs', async () => {
    const { engine, call } = await place()
    expect(await call({ signal: AbortSignal.abort() })).toBe('aborted')
    await settled()
    expect(engine.jobs).toEqual([])
  })
})

describe('stages', () => {
  test('are heard by all that wait', async () => {
    const { engine, call } = await place()
    const heard: [number, Stage][] = []
    const calls = [1, 2].map(who => call({ onStage: stage => heard.push([who, stage]) }))
    await settled()
    engine.jobs[0]!.options.onStage!('admit')
    engine.jobs[0]!.options.onStage!('run')
    engine.jobs[0]!.end()
    await Promise.all(calls)
    expect(heard).toEqual([
      [1, 'admit'],
      [2, 'admit'],
      [1, 'run'],
      [2, 'run'],
    ])
  })

  test('a callback that throws ends its own call only', async () => {
    const { engine, call } = await place()
    const throwing = (): never => {
      throw new Error('not now')
    }
    const calls = [call({ onStage: throwing }), call()]
    await settled()
    engine.jobs[0]!.options.onStage!('admit')
    expect(await calls[0]).toBe('bad-usage')
    expect(engine.jobs[0]!.aborted).toBe(false)
    engine.jobs[0]!.end()
    expect(await calls[1]).toBe('joined')
    const alone = call({ onStage: throwing })
    await settled()
    engine.jobs[1]!.options.onStage!('admit')
    expect(await alone).toBe('bad-usage')
    expect(engine.jobs[1]!.aborted).toBe(true)
  })
})

test('a fault of the run is that of all who wait, and is not kept', async () => {
  const { engine, call } = await place()
  const calls = [call(), call()]
  await settled()
  engine.jobs[0]!.fail(new Fault('host-memory', 'full'))
  expect(await Promise.all(calls)).toEqual(['host-memory', 'host-memory'])
  const next = call()
  await settled()
  engine.jobs[1]!.end()
  expect(await next).toBe('run')
})

test('with a memo, a call that comes after the run is answered by it', async () => {
  const entries = new Map<string, Uint8Array>()
  const { engine, call } = await place({
    memo: { get: key => entries.get(key), put: (key, bytes) => entries.set(key, bytes) },
  })
  const calls = [call(), call()]
  await settled()
  engine.jobs[0]!.end()
  expect(await Promise.all(calls)).toEqual(['run', 'joined'])
  expect(await call()).toBe('memo')
  expect(engine.jobs).toHaveLength(1)
})
