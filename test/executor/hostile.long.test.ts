/** An executor among stores, memos, engines, listeners and policies that fail: it answers truly, or with a fault. */
import { encode } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createExecutor, type Executor, type ExecutorOptions } from '../../src/executor/executor.ts'
import { createMemoryMemo } from '../../src/executor/memory-memo.ts'
import type { MemoStore } from '../../src/executor/memo-store.ts'
import type { Outcome, Task } from '../../src/interface.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ControlledEngine, settled } from '../support/controlled-engine.ts'
import { HostileStore, MISDEEDS } from '../support/hostile-store.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

const inline = createInlineEngine()

/** A call that touches everything: a linked parameter, and a result that becomes a linked block. */
async function prepared(): Promise<{ readonly store: MemoryStore; readonly task: Task; readonly cid: string }> {
  const store = createMemoryStore()
  const mod = await addFile(store, await assemble(WATS.echo))
  const param = await addFile(store, new Uint8Array(2000).fill(7))
  const task = createTask({ mod, fun: 'f', params: [param], abi: 'bytes' })
  const { cid } = await createExecutor({ store, engine: inline }).execute(task, LIMITS)
  return { store: await copyOf(store, [mod, param]), task, cid: cid.toString() }
}

async function copyOf(store: MemoryStore, cids: readonly CID[]): Promise<MemoryStore> {
  const copy = createMemoryStore()
  for (const cid of cids) await copy.put(cid, store.get(cid) as Iterable<Uint8Array>)
  return copy
}

/** The CID of the receipt, or the code of the fault. Throws what is no fault. */
async function endOf(executor: Executor, task: Task, timeoutMs = 100): Promise<string> {
  try {
    return (await executor.execute(task, LIMITS, { timeoutMs })).cid.toString()
  } catch (error) {
    if (error instanceof Fault) return error.code
    throw error
  }
}

async function expectIdle(executor: Executor): Promise<void> {
  await settled()
  expect(executor.stats()).toMatchObject({
    'ipvm_wasm.tasks.queued': 0,
    'ipvm_wasm.tasks.waiting': 0,
    'ipvm_wasm.tasks.running': 0,
  })
}

describe('a store that fails at one call', () => {
  const codes = ['store-failed', 'block-missing', 'hash-mismatch', 'timeout']

  test.each(Object.entries(MISDEEDS))('%s: at each call of a run', async (_, misdeed) => {
    const { store: clean, task, cid } = await prepared()
    for (let at = 0; ; at++) {
      const store = createMemoryStore()
      for (const block of clean.blocks()) await store.put(block.cid, block.bytes)
      const hostile = new HostileStore(store, at, misdeed)
      const executor = createExecutor({ store: hostile, engine: inline, queue: { concurrency: 1 } })
      expect([cid, ...codes]).toContain(await endOf(executor, task))
      await expectIdle(executor)
      if (hostile.calls <= at) break
      // The next call finds the only place free, and a store that works.
      expect(await endOf(executor, task, 5000)).toBe(cid)
      expect(at).toBeLessThan(60)
    }
  })

  test.each(Object.entries(MISDEEDS))('%s: at each call of an answer of the memo', async (_, misdeed) => {
    const { store, task, cid } = await prepared()
    const memo = createMemoryMemo()
    await createExecutor({ store, engine: inline, memo }).execute(task, LIMITS)
    for (let at = 0; ; at++) {
      const hostile = new HostileStore(store, at, misdeed)
      const executor = createExecutor({ store: hostile, engine: inline, memo })
      expect([cid, ...codes]).toContain(await endOf(executor, task))
      await expectIdle(executor)
      if (hostile.calls <= at) break
      expect(await endOf(executor, task, 5000)).toBe(cid)
    }
  })
})

describe('a memo that lies or fails (RECEIPT-27)', () => {
  afterEach(() => void vi.useRealTimers())

  /** The honest entry of the task, and the memo that has it. */
  async function place() {
    const bench = new Bench(inline)
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const kept = new Map<string, Uint8Array>()
    const memo: MemoStore = { get: key => kept.get(key), put: (key, bytes) => kept.set(key, bytes) }
    const { cid, bytes } = await createExecutor({ store: bench.store, engine: inline, memo }).execute(task, LIMITS)
    const executorOn = (get: () => unknown, put: () => unknown = () => {}): Executor =>
      createExecutor({ store: bench.store, engine: inline, memo: { get, put } as MemoStore })
    return { bench, task, cid, receipt: bytes, executorOn, entry: [...kept.values()][0]! }
  }

  const absent = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')
  const entries: readonly [string, (receipt: Uint8Array) => unknown][] = [
    ['nothing', () => null],
    ['a number', () => 7],
    ['a text', () => 'text'],
    ['a promise of a list', () => Promise.resolve([1, 2])],
    ['a promise that rejects', () => Promise.reject(new Error('no'))],
    ['what throws when it is looked at', MISDEEDS['answers with what throws when it is looked at']!.bind(null, 'get')],
    ['a block that the store does not have', receipt => encode([{ receipt, linked: [absent] }])],
    [
      'more links than are kept',
      receipt => encode([{ receipt, linked: Array(2049).fill(encodeProfile(PROFILE_1).cid) }]),
    ],
    ['more receipts than are kept', receipt => encode(Array.from({ length: 9 }, () => ({ receipt, linked: [] })))],
    ['three megabytes', () => new Uint8Array(3 * 1024 * 1024)],
    ['a deep list', () => new Uint8Array(10_000).fill(0x81)],
  ]

  test.each(entries)('its answer is %s: the task runs', async (_, answer) => {
    const { task, cid, receipt, executorOn } = await place()
    const executor = executorOn(() => answer(receipt))
    const execution = await executor.execute(task, LIMITS)
    expect([execution.origin, execution.cid]).toEqual(['run', cid])
  })

  test('its bytes change after it has answered: what was answered stays', async () => {
    const { task, cid, entry, executorOn } = await place()
    const executor = executorOn(() => entry)
    const first = await executor.execute(task, LIMITS)
    entry.fill(0)
    expect([first.origin, first.cid]).toEqual(['memo', cid])
    expect((await executor.execute(task, LIMITS)).cid).toEqual(cid)
  })

  test.each(['get', 'put'] as const)('its %s never answers: the run is answered after five seconds', async method => {
    const { task, executorOn } = await place()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const hang = (): unknown => new Promise(() => {})
    const executor = method === 'get' ? executorOn(hang) : executorOn(() => undefined, hang)
    const call = executor.execute(task, LIMITS)
    let ended = false
    void call.then(() => (ended = true))
    await settled()
    await vi.advanceTimersByTimeAsync(4999)
    await settled()
    expect(ended).toBe(false)
    // Looking the receipt up, and then reading the entry again to keep the receipt.
    for (let i = 0; i < 2; i++) {
      await vi.advanceTimersByTimeAsync(5000)
      await settled()
    }
    expect((await call).origin).toBe('run')
    expect(executor.stats()['ipvm_wasm.memo.errors']).toBe(method === 'get' ? 2 : 1)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('its put never answers: a call with a time limit is given up, and the next one is not held up', async () => {
    const { task, executorOn } = await place()
    const executor = executorOn(() => undefined, () => new Promise(() => {})) // prettier-ignore
    expect(await endOf(executor, task, 20)).toBe('timeout')
    await expectIdle(executor)
  })
})

describe('an engine that fails', () => {
  const outcome = { out: { ok: [3n] }, gasUsed: 10n, peakPages: 0, growRefused: false, logs: new Uint8Array(0) }
  const computes: readonly [string, () => unknown][] = [
    ['throws', () => { throw new TypeError('no') }], // prettier-ignore
    ['rejects with no error', () => Promise.reject('no')],
    ['gives nothing', () => undefined],
    ['gives a text', () => Promise.resolve('text')],
    ['gives no logs', () => ({ ...outcome, logs: undefined })],
    ['gives no end', () => ({ ...outcome, out: {} })],
    ['gives two ends', () => ({ ...outcome, out: { ok: 1n, error: { kind: 'trap', code: 'unreachable' } } })],
    ['has used more gas than there was', () => ({ ...outcome, gasUsed: LIMITS.gas + 1n })],
    ['has used less than nothing', () => ({ ...outcome, gasUsed: -1n })],
    ['has more pages than there were', () => ({ ...outcome, peakPages: LIMITS.pages + 1 })],
    ['gives an unknown trap', () => ({ ...outcome, out: { error: { kind: 'trap', code: 'boredom' } } })],
    ['gives a function', () => ({ ...outcome, out: { ok: () => 1 } })],
    ['gives blocks that are none', () => ({ ...outcome, blocks: [{ link: { '/': 'no CID' }, bytes: 7 }] })],
  ]

  test.each(computes)('%s: a fault of this host, and no receipt (RECEIPT-11)', async (_, compute) => {
    const bench = new Bench(inline)
    const engine: Engine = { compute: async () => compute() as Outcome, close: async () => {} }
    const executor = createExecutor({ store: bench.store, engine, memo: createMemoryMemo() })
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const size = bench.store.size
    const error: unknown = await executor.execute(task, LIMITS).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Fault)
    expect(error).toMatchObject({ whose: 'runner' })
    expect(bench.store.size).toBe(size)
    await expectIdle(executor)
  })

  test('throws before it returns a promise', async () => {
    const bench = new Bench(inline)
    const compute = (): never => {
      throw new Error('no')
    }
    const executor = createExecutor({ store: bench.store, engine: { compute, close: async () => {} } })
    await expect(executor.execute(await bench.task(WATS.add), LIMITS)).rejects.toMatchObject({ code: 'engine-failed' })
  })

  test('cannot tell how many of its threads have died: the fault of the run is told', async () => {
    const engine = new ControlledEngine()
    const stats = vi.spyOn(engine, 'stats').mockImplementation(() => {
      throw new Error('no')
    })
    const bench = new Bench(engine)
    const executor = createExecutor({ store: bench.store, engine })
    const call = executor.execute(await bench.task(WATS.add), LIMITS)
    await settled()
    engine.jobs[0]!.fail(new Fault('host-memory', 'full'))
    await expect(call).rejects.toMatchObject({ code: 'host-memory' })
    expect(executor.stats()['ipvm_wasm.threads.deaths']).toBe(0)
    expect(stats).toHaveBeenCalled()
  })
})

describe('listeners', () => {
  async function place(more: Partial<ExecutorOptions> = {}) {
    const engine = new ControlledEngine()
    const bench = new Bench(engine)
    const executor = createExecutor({ store: bench.store, engine, ...more })
    const task = (n: bigint): Promise<Task> => bench.task(WATS.add, { params: [n, n] })
    return { engine, executor, task }
  }

  test('one that throws changes no answer', async () => {
    const { engine, executor, task } = await place({ queue: { concurrency: 1 }, memo: createMemoryMemo() })
    const seen: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', error => seen.push(error.message))
    try {
      for (const type of ['queued', 'running', 'joined', 'ran', 'hit', 'fault'] as const)
        executor.events.addEventListener(type, () => {
          throw new Error(type)
        })
      const calls = [await task(1n), await task(2n), await task(1n)].map(one => executor.execute(one, LIMITS))
      for (let i = 0; i < 2; i++) {
        await settled()
        engine.jobs[i]!.end()
      }
      expect((await Promise.all(calls)).map(({ origin }) => origin)).toEqual(['run', 'run', 'joined'])
      expect((await executor.execute(await task(1n), LIMITS)).origin).toBe('memo')
      await expect(executor.execute('no task' as never, LIMITS)).rejects.toMatchObject({ code: 'bad-usage' })
      await settled()
      expect(new Set(seen)).toEqual(new Set(['queued', 'running', 'joined', 'ran', 'hit', 'fault']))
    } finally {
      process.removeAllListeners('uncaughtException')
      for (const listener of before) process.on('uncaughtException', listener)
    }
  })

  test.each(['running', 'queued'] as const)('one that closes the executor at %s: nothing runs on', async type => {
    const { engine, executor, task } = await place({ queue: { concurrency: 1 } })
    const tasks = [await task(1n), await task(2n)]
    let closed: Promise<void> | undefined
    executor.events.addEventListener(type, () => (closed ??= executor.close({ abort: true })))
    const ends = await Promise.allSettled(tasks.map(one => executor.execute(one, LIMITS)))
    expect(ends.map(end => end.status === 'rejected' && (end.reason as Fault).code)).toEqual(['aborted', 'aborted'])
    await closed
    await settled()
    expect(engine.jobs.filter(({ aborted }) => !aborted)).toEqual([])
    await expectIdle(executor)
  })

  test.each(['running', 'queued'] as const)('one that gives its own call up at %s: nothing runs on', async type => {
    const { engine, executor, task } = await place({ queue: { concurrency: 1 } })
    const first = executor.execute(await task(1n), LIMITS)
    await settled()
    const leaving = new AbortController()
    executor.events.addEventListener(type, () => leaving.abort())
    const call = executor.execute(await task(2n), LIMITS, { signal: leaving.signal })
    const ended = expect(call).rejects.toMatchObject({ code: 'aborted' })
    await settled()
    engine.jobs[0]!.end()
    await Promise.all([first, ended])
    await settled()
    expect(engine.jobs.slice(1).filter(({ aborted }) => !aborted)).toEqual([])
    await expectIdle(executor)
  })

  test('one that calls the executor again is served', async () => {
    const { engine, executor, task } = await place({ queue: { concurrency: 1 } })
    const [one, other] = [await task(1n), await task(2n)]
    let again: ReturnType<Executor['execute']> | undefined
    executor.events.addEventListener('running', () => (again ??= executor.execute(other, LIMITS)))
    const first = executor.execute(one, LIMITS)
    for (let i = 0; i < 2; i++) {
      await settled()
      engine.jobs[i]!.end()
    }
    expect([(await first).origin, (await again!).origin]).toEqual(['run', 'run'])
  })
})

describe('a retry policy', () => {
  test.each<[string, () => unknown]>([
    ['throws', () => { throw new Error('no idea') }], // prettier-ignore
    ['returns null', () => null],
    ['returns infinity', () => Infinity],
    ['returns a promise that rejects', () => Promise.reject(new Error('later'))],
    ['returns a bigint', () => 5n],
  ])('that %s is wrong usage, and names the fault', async (_, retry) => {
    const engine = new ControlledEngine()
    const bench = new Bench(engine)
    const executor = createExecutor({ store: bench.store, engine, retry: retry as never })
    const call = executor.execute(await bench.task(WATS.add), LIMITS)
    await settled()
    engine.jobs[0]!.fail(new Fault('host-memory', 'the thread ran out of memory'))
    await expect(call).rejects.toMatchObject({
      code: 'bad-usage',
      message: expect.stringContaining('the thread ran out of memory') as string,
    })
    await settled()
    await expectIdle(executor)
  })
})

describe('a caller that floods', () => {
  async function place(queue: NonNullable<ExecutorOptions['queue']>) {
    const engine = new ControlledEngine()
    const { store } = new Bench(engine)
    const mod = await addFile(store, await assemble(WATS.add))
    const executor = createExecutor({ store, engine, queue })
    const call = (fun: string, caller: string): Promise<string> =>
      executor.execute(createTask({ mod, fun, params: [], abi: 'core' }), LIMITS, { caller }).then(
        ({ origin }) => origin,
        ({ code }: Fault) => code,
      )
    return { engine, executor, call }
  }

  test('leaves room for others if its share is bounded', async () => {
    const { engine, executor, call } = await place({ concurrency: 1, maxQueued: 10, maxQueuedPerCaller: 6 })
    const flood = Array.from({ length: 50 }, (_, i) => call(`a${i}`, 'a'))
    await settled()
    const other = call('b', 'b')
    await settled()
    expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.queued': 7, 'ipvm_wasm.faults': { busy: 43 } })
    engine.jobs[0]!.end()
    await settled()
    engine.jobs[1]!.end()
    await settled()
    expect(engine.called).toEqual(['a0', 'a1', 'b'])
    engine.jobs[2]!.end()
    expect(await other).toBe('run')
    await executor.close({ abort: true })
    await Promise.all(flood)
  })

  test('does not hold up a task that it was the first to ask for', async () => {
    const { engine, executor, call } = await place({ concurrency: 1 })
    const flood = Array.from({ length: 50 }, (_, i) => call(`a${i}`, 'a'))
    await settled()
    // The run stands at the end of the line of a. The call of b joins it, and it gets a place in the line of b.
    const joined = call('a49', 'b')
    await settled()
    for (let i = 0; i < 2; i++) {
      engine.jobs[i]!.end()
      await settled()
    }
    expect(engine.called).toEqual(['a0', 'a1', 'a49'])
    engine.jobs[2]!.end()
    expect(await joined).toBe('joined')
    await executor.close({ abort: true })
    await Promise.all(flood)
  })

  test('of calls whose store does not answer is refused, too', async () => {
    const engine = new ControlledEngine()
    const store = { get: () => new Promise<never>(() => {}), has: async () => true, put: async (cid: CID) => cid }
    const executor = createExecutor({ store, engine, queue: { concurrency: 2, maxQueued: 3 } })
    const { cid } = encodeProfile(PROFILE_1)
    const calls = Array.from({ length: 20 }, () => executor.execute(cid, LIMITS).catch(({ code }: Fault) => code))
    await settled()
    expect(executor.stats()['ipvm_wasm.faults']).toEqual({ busy: 15 })
    await executor.close({ abort: true })
    expect((await Promise.all(calls)).filter(code => code === 'aborted')).toHaveLength(5)
  })
})

test('a call may leave at any moment: the others get their answers, and nothing stays', async () => {
  const { store, task, cid } = await prepared()
  for (let ticks = 0; ticks < 150; ticks += 1) {
    const executor = createExecutor({ store, engine: inline, memo: createMemoryMemo(), queue: { concurrency: 1 } })
    const leaving = new AbortController()
    const calls = [leaving.signal, undefined, leaving.signal].map((signal, i) =>
      executor.execute(task, LIMITS, { signal, caller: String(i) }).then(
        execution => execution.cid.toString(),
        ({ code }: Fault) => code,
      ),
    )
    for (let i = 0; i < ticks; i++) await Promise.resolve()
    leaving.abort()
    const [first, second, third] = await Promise.all(calls)
    expect(second).toBe(cid)
    for (const end of [first, third]) expect([cid, 'aborted']).toContain(end)
    await executor.idle()
    await expectIdle(executor)
  }
})

test('the time is up while the module is prepared: the job is given up, and nothing stays', async () => {
  const engine = new ControlledEngine()
  const bench = new Bench(engine)
  const executor = createExecutor({ store: bench.store, engine, queue: { concurrency: 1 } })
  const call = endOf(executor, await bench.task(WATS.add), 20)
  await settled()
  engine.jobs[0]!.options.onStage!('admit')
  expect(await call).toBe('timeout')
  expect(engine.jobs[0]!.aborted).toBe(true)
  await settled()
  await expectIdle(executor)
})

test('closing with abort at any moment ends all calls, and no job goes on', async () => {
  for (let turns = 0; turns < 30; turns++) {
    const engine = new ControlledEngine()
    const bench = new Bench(engine)
    const executor = createExecutor({
      store: bench.store,
      engine,
      memo: createMemoryMemo(),
      queue: { concurrency: 2 },
      retry: { attempts: 3, delayMs: 1 },
    })
    const tasks = await Promise.all([1n, 2n, 3n].map(n => bench.task(WATS.add, { params: [n, n] })))
    const calls = [...tasks, tasks[0]!].map(task => executor.execute(task, LIMITS).catch(({ code }: Fault) => code))
    for (let i = 0; i < turns; i++) {
      await Promise.resolve()
      const job = engine.jobs[i % 3]
      if (i % 7 === 6) job?.fail(new Fault('engine-failed', 'for a test'))
      else if (i % 7 === 3) job?.end()
      if (i % 5 === 4) await new Promise(resolve => setImmediate(resolve))
    }
    await executor.close({ abort: true })
    for (const end of await Promise.all(calls)) if (typeof end === 'string') expect(end).toBe('aborted')
    await settled()
    await expectIdle(executor)
    // Jobs that were under way were given up, and no further one has begun.
    const known = engine.jobs.length
    await settled()
    expect(engine.jobs).toHaveLength(known)
  }
})
