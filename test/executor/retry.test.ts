/** The faults after which a run is retried, when and how often. The tests use fake timers, so none of them waits. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Fault, isRetryable, type FaultCode } from '../../src/base/fault.ts'
import { createExecutor, type ExecutorOptions } from '../../src/executor/executor.ts'
import { backoff } from '../../src/executor/retry.ts'
import { ControlledEngine } from '../support/controlled-engine.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

const fault = (code: FaultCode): Fault => new Fault(code, 'for a test')

describe('the built-in policy', () => {
  test('waits twice as long each time, up to a bound, and ends', () => {
    const policy = backoff({ attempts: 6, delayMs: 100, maxDelayMs: 500 })
    expect([1, 2, 3, 4, 5, 6, 7].map(attempt => policy(fault('engine-failed'), attempt))).toEqual([
      100,
      200,
      400,
      500,
      500,
      undefined,
      undefined,
    ])
  })

  test.each<[FaultCode, boolean]>([
    ['engine-failed', true],
    ['host-memory', true],
    ['store-failed', true],
    ['gateway-failed', true],
    ['block-missing', true],
    ['host-stack', false],
    ['bad-task', false],
    ['unknown-profile', false],
    ['internal', false],
    ['aborted', false],
    ['timeout', false],
    ['busy', false],
  ])('repeats %s: %s', (code, repeats) => {
    expect(backoff({ attempts: 2 })(fault(code), 1) !== undefined).toBe(repeats)
  })

  test.each([{}, null, { attempts: 0 }, { attempts: 2, delayMs: -1 }, { attempts: 2, maxDelayMs: 'long' }])(
    'refuses %j',
    options => {
      expect(() => backoff(options as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
    },
  )
})

test('isRetryable tells what may succeed later', () => {
  expect(
    [fault('busy'), fault('timeout'), fault('bad-task'), new Error('no fault'), undefined].map(isRetryable),
  ).toEqual([true, true, false, false, false])
})

describe('an executor', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
  afterEach(() => void vi.useRealTimers())

  async function place(retry: ExecutorOptions['retry'], more: Partial<ExecutorOptions> = {}) {
    const engine = new ControlledEngine()
    const bench = new Bench(engine)
    const executor = createExecutor({ store: bench.store, engine, ...(retry && { retry }), ...more })
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const call = (signal?: AbortSignal): Promise<string> =>
      executor.execute(task, LIMITS, { signal }).then(
        ({ origin }) => origin,
        ({ code }: Fault) => code,
      )
    /** Fails the latest job with this fault. */
    const fail = async (code: FaultCode): Promise<void> => {
      await settled()
      engine.jobs.at(-1)!.fail(fault(code))
      await settled()
    }
    return { engine, executor, call, fail }
  }

  const settled = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await new Promise(resolve => setImmediate(resolve))
  }

  test('repeats a run until it ends, at the times that the policy says', async () => {
    const { engine, executor, call, fail } = await place({ attempts: 3, delayMs: 100 })
    const ended = call()
    await fail('engine-failed')
    await vi.advanceTimersByTimeAsync(99)
    expect(engine.jobs).toHaveLength(1)
    expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.waiting': 1, 'ipvm_wasm.tasks.running': 0 })
    await vi.advanceTimersByTimeAsync(1)
    await settled()
    expect(engine.jobs).toHaveLength(2)
    await fail('host-memory')
    await vi.advanceTimersByTimeAsync(200)
    await settled()
    engine.jobs[2]!.end()
    expect(await ended).toBe('run')
    expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.retries': 2, 'ipvm_wasm.faults': {} })
  })

  test('gives up with the last fault', async () => {
    const { engine, call, fail } = await place({ attempts: 2, delayMs: 10 })
    const ended = call()
    await fail('engine-failed')
    await vi.advanceTimersByTimeAsync(10)
    await fail('host-memory')
    expect([await ended, engine.jobs.length]).toEqual(['host-memory', 2])
  })

  test('repeats nothing by default, and never what will not change', async () => {
    for (const [retry, code] of [
      [undefined, 'engine-failed'],
      [{ attempts: 5 }, 'host-stack'],
    ] as const) {
      const { engine, call, fail } = await place(retry)
      const ended = call()
      await fail(code)
      expect([await ended, engine.jobs.length]).toEqual([code, 1])
    }
  })

  test('goes by a policy of the embedder', async () => {
    const asked: unknown[] = []
    const policy = (fault: Fault, attempt: number): number | undefined => {
      asked.push([fault.code, attempt])
      return attempt < 2 ? 0 : undefined
    }
    const { engine, call, fail } = await place(policy)
    const ended = call()
    await fail('host-stack')
    await vi.advanceTimersByTimeAsync(0)
    await fail('internal')
    expect(await ended).toBe('internal')
    expect([asked, engine.jobs.length]).toEqual([
      [
        ['host-stack', 1],
        ['internal', 2],
      ],
      2,
    ])
  })

  test.each([-1, NaN, 'soon', 2 ** 31])('a policy that returns %j is wrong usage', async delay => {
    const { call, fail } = await place(() => delay as never)
    const ended = call()
    await fail('engine-failed')
    expect(await ended).toBe('bad-usage')
  })

  test('can be given up while it waits for the next attempt', async () => {
    const { engine, call, fail } = await place({ attempts: 3, delayMs: 1000 })
    const leaving = new AbortController()
    const ended = call(leaving.signal)
    await fail('engine-failed')
    leaving.abort()
    expect(await ended).toBe('aborted')
    await settled()
    expect([engine.jobs.length, vi.getTimerCount()]).toEqual([1, 0])
  })

  test('lets others run while one waits for its next attempt', async () => {
    const { engine, executor, call, fail } = await place({ attempts: 2, delayMs: 100 }, { queue: { concurrency: 1 } })
    const ended = call()
    await fail('engine-failed')
    expect(executor.stats()).toMatchObject({ 'ipvm_wasm.tasks.running': 0, 'ipvm_wasm.tasks.waiting': 1 })
    await vi.advanceTimersByTimeAsync(100)
    await settled()
    engine.jobs[1]!.end()
    expect(await ended).toBe('run')
  })
})
