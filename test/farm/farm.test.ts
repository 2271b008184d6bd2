/** Submissions to a farm of honest workers: names, classes, the memo, bounds and closing. */
import { describe, expect, test } from 'vitest'
import { createMemoryMemo } from '../../src/executor/memory-memo.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createFarm, type FarmReceipt } from '../../src/farm/farm.ts'
import { jobId, replicaId } from '../../src/farm/job.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { encodeTask } from '../../src/task/task.ts'
import { WATS } from '../support/tasks.ts'
import { LIMITS, Scene, sceneOf } from './scene.ts'

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(() => 'no fault').catch(error => error.code)

describe('a submission', () => {
  test('has the receipt that a run under its limits gives, and its block is in the store (FARM-2)', async () => {
    const scene = sceneOf()
    const keys = [await scene.honest('a'), await scene.honest('b')]
    const task = await scene.task()
    const answer = await scene.farm.submit(task, LIMITS)
    const run = await scene.executor.execute(task, LIMITS)
    expect(answer.bytes).toEqual(run.bytes)
    expect(answer.cid).toEqual(run.cid)
    expect(await scene.store.has(answer.cid)).toBe(true)
    expect([answer.origin, answer.settled]).toEqual(['farm', 'confirmed'])
    expect([...answer.by!].sort()).toEqual(keys.map(({ did }) => did).sort())
    expect(scene.ran.map(({ limits }) => limits)).toEqual(
      Array.from({ length: 2 }, () => ({ gas: 2n ** 32n, pages: 128 })),
    )
  })

  test.each([
    ['a success', WATS.add, [1n, 2n], { gas: 3_000_000n, pages: 3 }],
    ['less gas than the task needs', WATS.add, [1n, 2n], { gas: 5n, pages: 3 }],
    ['a trap', WATS.trap, [], { gas: 5_000_000n, pages: 3 }],
    ['a rejection', WATS.clock, [], { gas: 5n, pages: 3 }],
    ['too few pages', WATS.trap, [], { gas: 5_000_000n, pages: 1 }],
    ['a refused growth of memory, which other pages may grant', WATS.grows, [9n], { gas: 50_000_000n, pages: 9 }],
    ['a loop, whose pages the class rounds up', WATS.loop, [], { gas: 3_000_000n, pages: 3 }],
  ] as const)('%s: with the bytes of a run (FARM-2) (RECEIPT-17)', async (_, wat, params, limits) => {
    const scene = sceneOf()
    await scene.honest('a')
    await scene.honest('b')
    const task = await scene.task(wat, [...params])
    const answer = await scene.farm.submit(task, limits)
    expect(answer.receipt).toEqual((await scene.executor.execute(task, limits)).receipt)
  })

  test('by the CID of a task in the store', async () => {
    const scene = sceneOf()
    await scene.honest('a')
    await scene.honest('b')
    const task = await scene.task()
    const { cid, bytes } = encodeTask(task)
    expect(await caught(scene.farm.submit(cid, LIMITS))).toBe('block-missing')
    await scene.store.put(cid, bytes)
    expect((await scene.farm.submit(cid, LIMITS)).receipt.out).toEqual({ ok: [3n] })
  })

  test('its replicas have ids of task, profile, class and lane, which the queue takes once (FARM-1) (FARM-3)', async () => {
    const scene = sceneOf({ lanes: ['a', 'b'] })
    const task = await scene.task()
    const answer = scene.farm.submit(task, LIMITS)
    const job = {
      task: encodeTask(task).cid,
      profile: encodeProfile(PROFILE_1).cid,
      limits: { gas: 2n ** 32n, pages: 128 },
    }
    expect(jobId(job)).toBe(`${job.task}.${job.profile}.4294967296.128`)
    await until(async () => (await scene.transport.lanes()).length === 2)
    for (const lane of ['a', 'b']) {
      const id = replicaId(job, lane)
      expect(id).toBe(`${jobId(job)}.${lane}`)
      expect(await scene.transport.add({ lane, id, payload: new Uint8Array(0), priority: 0 })).toBe(false)
    }
    await scene.honest('a')
    await scene.honest('b')
    expect((await answer).receipt.out).toEqual({ ok: [3n] })
  })
})

describe('equal work runs once (FARM-1)', () => {
  test('if it is submitted many times at once, by two farms, and under several limits of one class', async () => {
    const scene = sceneOf()
    const { transport, store } = scene
    const other = createFarm({ transport, store, seed: new Uint8Array(32).fill(7) })
    await scene.honest('a')
    await scene.honest('b')
    const task = await scene.task()
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        (i % 2 === 0 ? scene.farm : other).submit(task, { gas: 2n ** 31n + BigInt(i + 1), pages: 100 - (i % 5) }),
      ),
    )
    expect(scene.ran).toHaveLength(2)
    expect(answers.map(({ receipt }) => receipt.meta.limits.gas)).toEqual(
      Array.from({ length: 30 }, (_, i) => 2n ** 31n + BigInt(i + 1)),
    )
    expect(new Set(answers.map(({ receipt }) => JSON.stringify(receipt.out, String))).size).toBe(1)
    await other.close()
  })

  test('the answers of the queue serve later submissions, and earn no trust twice (FARM-10)', async () => {
    const scene = sceneOf()
    const key = await scene.honest('a')
    await scene.honest('b')
    const task = await scene.task()
    for (let i = 0; i < 3; i++) await scene.farm.submit(task, LIMITS)
    expect(scene.ran).toHaveLength(2)
    expect((await scene.ledger.histories()).get(key.did)).toMatchObject({ streak: 1, agreed: 1 })
  })

  test('the memo stands in front of the queue, and no executor believes what the farm accepted (FARM-12)', async () => {
    const memo = createMemoryMemo()
    const scene = sceneOf({ memo })
    await scene.honest('a')
    await scene.honest('b')
    const task = await scene.task(WATS.echo, [new Uint8Array(3000).fill(7)], 'bytes')
    const origins: string[] = []
    for (const gas of [LIMITS.gas, LIMITS.gas, 5n])
      origins.push((await scene.farm.submit(task, { ...LIMITS, gas })).origin)
    expect(origins).toEqual(['farm', 'memo', 'memo'])
    const executor = createExecutor({ store: scene.store, engine: createInlineEngine(), memo })
    expect((await executor.execute(task, LIMITS)).origin).toBe('run')
    expect((await scene.farm.status()).jobs).toMatchObject({ memo: 2, confirmed: 1 })
  })

  test('a receipt whose blocks are gone is not served from the memo (FARM-12)', async () => {
    const scene = sceneOf({ memo: createMemoryMemo() })
    await scene.honest('a')
    await scene.honest('b')
    const task = await scene.task(WATS.echo, [new Uint8Array(3000).fill(7)], 'bytes')
    const { receipt } = await scene.farm.submit(task, LIMITS)
    await scene.store.delete((receipt.out as unknown as { ok: never }).ok)
    // The queue still has the answers. Without the blocks of the result they are none, and new ones are asked for.
    const again = await scene.farm.submit(task, LIMITS)
    expect([again.origin, scene.ran.length]).toEqual(['farm', 4])
  })
})

describe('bounds', () => {
  test('without a worker, a submission ends with busy', async () => {
    expect(await caught(sceneOf().farm.submit(await sceneOf().task(), LIMITS))).toBe('busy')
  })

  test('when too many jobs wait on all lanes, or too many submissions wait here', async () => {
    const full = sceneOf({ lanes: ['a'], maxWaiting: 2 })
    const waiting = await Promise.all([1n, 2n].map(n => full.task(WATS.add, [n, n])))
    const calls = waiting.map(task => caught(full.farm.submit(task, LIMITS)))
    await until(async () => (await full.transport.lanes())[0]?.waiting === 2)
    expect(await caught(full.farm.submit(await full.task(), LIMITS))).toBe('busy')
    await full.farm.close({ abort: true })
    expect(await Promise.all(calls)).toEqual(['aborted', 'aborted'])

    const narrow = sceneOf({ lanes: ['a'], queue: { concurrency: 1, maxQueued: 1 } })
    const tasks = await Promise.all([1n, 2n, 3n].map(n => narrow.task(WATS.add, [n, n])))
    const ends = tasks.map(task => caught(narrow.farm.submit(task, LIMITS)))
    expect(await ends[2]).toBe('busy')
    await narrow.farm.close({ abort: true })
    expect(await Promise.all(ends)).toEqual(['aborted', 'aborted', 'busy'])
  })

  test('a submission that is given up leaves the queue, unless another one waits for the same job', async () => {
    const scene = sceneOf({ lanes: ['a', 'b'] })
    const task = await scene.task()
    const controller = new AbortController()
    const gone = caught(scene.farm.submit(task, LIMITS, { signal: controller.signal }))
    const stays = scene.farm.submit(task, LIMITS)
    await until(async () => (await scene.transport.lanes()).length === 2)
    controller.abort()
    expect(await gone).toBe('aborted')
    expect((await scene.transport.lanes()).map(({ waiting }) => waiting)).toEqual([1, 1])
    await scene.honest('a')
    await scene.honest('b')
    await stays
    const late = await scene.task(WATS.add, [5n, 5n])
    const alone = sceneOf({ lanes: ['a', 'b'] })
    await alone.store.put(late.args.mod, await scene.store.get(late.args.mod))
    expect(await caught(alone.farm.submit(late, LIMITS, { timeoutMs: 20 }))).toBe('timeout')
    await until(async () => (await alone.transport.lanes()).length === 0)
  })

  test('higher priorities run first', async () => {
    const scene = sceneOf({ lanes: ['a'] })
    const tasks = await Promise.all([1n, 2n, 3n].map(n => scene.task(WATS.add, [n, n])))
    const answers = tasks.map((task, i) => scene.farm.submit(task, LIMITS, { priority: [0, -5, 5][i]! }))
    await until(async () => (await scene.transport.lanes())[0]?.waiting === 3)
    await scene.honest('a')
    await Promise.all(answers)
    const order = [2, 0, 1].map(i => encodeTask(tasks[i]!).cid.toString())
    expect(scene.ran.map(({ task }) => task.toString())).toEqual(order)
  })

  test.each([
    ['a priority out of range', { priority: 11 }, 'bad-usage'],
    ['a caller that is no text', { caller: 7 as never }, 'bad-usage'],
    ['a time that is none', { timeoutMs: -1 }, 'bad-limits'],
  ])('%s is refused', async (_, options, code) => {
    const scene = sceneOf()
    expect(await caught(scene.farm.submit(await scene.task(), LIMITS, options))).toBe(code)
  })

  test('limits out of range are refused', async () => {
    const scene = sceneOf()
    expect(await caught(scene.farm.submit(await scene.task(), { gas: -1n, pages: 1 }))).toBe('bad-limits')
  })
})

describe('closing', () => {
  test('ends when what was submitted has ended, and refuses what comes later', async () => {
    const scene = sceneOf({ lanes: ['a', 'b'] })
    const task = await scene.task()
    const answer = scene.farm.submit(task, LIMITS)
    let isClosed = false
    const closing = scene.farm.close().then(() => (isClosed = true))
    expect(await caught(scene.farm.submit(task, LIMITS))).toBe('aborted')
    expect(isClosed).toBe(false)
    await scene.honest('a')
    await scene.honest('b')
    const { receipt }: FarmReceipt = await answer
    await closing
    expect([isClosed, receipt.out]).toEqual([true, { ok: [3n] }])
  })
})

test.each([
  ['no way to a queue', {}],
  ['two ways', { connection: 'redis://localhost', transport: new Scene().transport }],
  ['an address that is none', { connection: 'http://localhost' }],
  ['a policy that asks for fewer replicas than agree', { policy: { replicas: 3, maxReplicas: 2 } }],
  ['a seed that is too short', { seed: new Uint8Array(5) }],
  ['a lane that is no name', { lanes: ['a b'] }],
])('options with %s are refused', (_, more) => {
  const { transport, store } = new Scene()
  const options =
    'connection' in more || Object.keys(more).length === 0 ? { store, ...more } : { transport, store, ...more }
  expect(() => createFarm(options as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  throw new Error('it does not come to hold')
}
