/** The calls that an executor answers from its memo, and the receipts that it stores there. */
import { encode } from '@ipld/dag-cbor'
import { describe, expect, test } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { getBlock } from '../../src/content/block.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createExecutor, type Execution, type ExecutorOptions } from '../../src/executor/executor.ts'
import { createMemoryMemo } from '../../src/executor/memory-memo.ts'
import { memoRoots } from '../../src/executor/memo-roots.ts'
import type { MemoStore } from '../../src/executor/memo-store.ts'
import type { RunLimits, Task } from '../../src/interface.ts'
import { encodeProfile } from '../../src/profile/document.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { memoKey } from '../../src/receipt/memo.ts'
import { decodeReceipt } from '../../src/receipt/receipt.ts'
import { encodeTask } from '../../src/task/task.ts'
import { Bench, LIMITS, WATS } from '../support/tasks.ts'

/** An engine that counts its jobs. */
class Counting implements Engine {
  readonly #engine = createInlineEngine()
  jobs = 0

  compute(...args: Parameters<Engine['compute']>): ReturnType<Engine['compute']> {
    this.jobs++
    return this.#engine.compute(...args)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}

/** A memo store with public entries. */
class Shown implements MemoStore {
  readonly kept = new Map<string, Uint8Array>()

  get(key: string): Uint8Array | undefined {
    return this.kept.get(key)
  }

  put(key: string, bytes: Uint8Array): void {
    this.kept.set(key, bytes)
  }
}

function place(more: Partial<ExecutorOptions> = {}) {
  const engine = new Counting()
  const memo = new Shown()
  const bench = new Bench(engine)
  const executor = createExecutor({ store: bench.store, engine, memo, ...more })
  const plain = new Bench(engine)
  /** Runs the task on an executor without a memo, with a store of its own. */
  const fresh = async (module: string, task: Task, limits: RunLimits): Promise<Execution> => {
    await plain.task(module)
    return plain.execute(task, limits)
  }
  return { engine, memo, bench, store: bench.store, executor, fresh }
}

const origins = (executions: readonly Execution[]): string[] => executions.map(({ origin }) => origin)

/** Returns limits with this gas. No amount is enough for a run of `WATS.loop`. */
const gas = (amount: bigint, pages = LIMITS.pages): RunLimits => ({ gas: amount, pages })

describe('a task that has run is answered from the memo (RECEIPT-17)', () => {
  test.each<[string, string, readonly unknown[], RunLimits]>([
    ['under the same limits', WATS.add, [1n, 2n], LIMITS],
    ['under other limits', WATS.add, [1n, 2n], gas(10n ** 11n, 7)],
    ['with a result that is linked', WATS.echo, [new Uint8Array(2000).fill(7)], LIMITS],
    ['with logs', WATS.logs, [], gas(10n ** 11n, 70)],
    ['that trapped', WATS.trap, [], gas(10n ** 11n, 70)],
    ['that was rejected', WATS.clock, [], gas(3n, 0)],
    ['that ran out of gas, with less gas', WATS.loop, [], gas(10n ** 8n)],
    ['with less gas than it used', WATS.add, [1n, 2n], gas(5n)],
    ['with a linked result, and less gas than it used', WATS.echo, [new Uint8Array(2000).fill(7)], gas(5n)],
    ['with logs, and less gas than it used', WATS.logs, [], gas(5n)],
    ['that trapped, with less gas than it used', WATS.trap, [], gas(5n)],
  ])('%s: with the bytes that a run gives', async (_, module, params, limits) => {
    const { engine, bench, executor, fresh, store } = place()
    const abi = module === WATS.echo ? 'bytes' : 'core'
    const task = await bench.task(module, { params: params as never, abi })
    const first = await executor.execute(task, module === WATS.loop ? gas(10n ** 9n) : LIMITS)
    const second = await executor.execute(task, limits)
    expect([first.origin, second.origin, engine.jobs]).toEqual(['run', 'memo', 1])
    const run = await fresh(module, task, limits)
    expect(second.bytes).toEqual(run.bytes)
    expect(second.cid.toString()).toBe(run.cid.toString())
    expect(second.receipt).toEqual(run.receipt)
    expect(decodeReceipt(await getBlock(store, second.cid))).toEqual(run.receipt)
  })

  test('also if the task is given by its CID', async () => {
    const { engine, bench, executor } = place()
    const { task } = await executor.execute(await bench.task(WATS.add, { params: [1n, 2n] }), LIMITS)
    const again = await executor.execute(task, LIMITS)
    expect([again.origin, again.receipt.out, engine.jobs]).toEqual(['memo', { ok: [3n] }, 1])
  })

  test.each<[string, string, RunLimits, RunLimits]>([
    ['more gas than it ran out of', WATS.loop, gas(10n ** 7n), gas(10n ** 8n)],
    ['other pages than it ran out of gas with', WATS.loop, gas(10n ** 7n), gas(10n ** 7n, 3)],
    ['fewer pages than it used', WATS.trap, LIMITS, gas(5n, 1)],
  ])('but not under limits that the receipt does not tell of: %s', async (_, module, before, after) => {
    const { engine, bench, executor } = place()
    const task = await bench.task(module)
    expect(origins([await executor.execute(task, before), await executor.execute(task, after)])).toEqual(['run', 'run'])
    expect(engine.jobs).toBe(2)
  })

  test('an equal task, a task with other parameters, and the same task under another profile', async () => {
    const { bench, executor, memo, engine, store } = place()
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    await executor.execute(task, LIMITS)
    const equal = await executor.execute(await bench.task(WATS.add, { params: [1n, 2n] }), LIMITS)
    const other = await executor.execute(await bench.task(WATS.add, { params: [1n, 3n] }), LIMITS)
    const profile = { ...PROFILE_1, id: 'another' }
    const under = await createExecutor({ store, engine, memo, profile }).execute(task, LIMITS)
    expect(origins([equal, other, under])).toEqual(['memo', 'run', 'run'])
    expect(memo.kept.size).toBe(3)
  })

  test('a caller owns what it gets: changing it changes no later answer', async () => {
    const { bench, executor } = place()
    const task = await bench.task(WATS.echo, { abi: 'bytes', params: [Uint8Array.of(1, 2, 3)] })
    for (let i = 0; i < 3; i++) {
      const { receipt, bytes } = await executor.execute(task, LIMITS)
      expect(receipt.out).toEqual({ ok: Uint8Array.of(1, 2, 3) })
      expect(decodeReceipt(bytes)).toEqual(receipt)
      ;(receipt.out as { ok: Uint8Array }).ok.fill(9)
      bytes.fill(0)
    }
  })

  test('a trap is run again for its details, and out of gas is not', async () => {
    const { bench, executor } = place()
    const trap = await bench.task(WATS.trap)
    const loop = await bench.task(WATS.loop)
    await executor.execute(trap, LIMITS)
    await executor.execute(loop, gas(10n ** 7n))
    const explained = await executor.execute(trap, LIMITS, { explain: true })
    expect([explained.origin, explained.details]).toEqual([
      'run',
      expect.objectContaining({ offset: expect.any(Number) as number }),
    ])
    expect((await executor.execute(loop, gas(10n ** 7n), { explain: true })).origin).toBe('memo')
  })

  test('without a memo every call runs', async () => {
    const engine = new Counting()
    const bench = new Bench(engine)
    const executor = createExecutor({ store: bench.store, engine })
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    expect(origins([await executor.execute(task, LIMITS), await executor.execute(task, LIMITS)])).toEqual([
      'run',
      'run',
    ])
  })
})

describe('several receipts of a task (RECEIPT-28)', () => {
  test('out of gas shadows no success, and a success serves what is out of gas', async () => {
    const { bench, executor, engine, memo } = place()
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const asked = [gas(5n), LIMITS, gas(4n), gas(10n ** 9n), gas(5n)]
    const answers: Execution[] = []
    for (const limits of asked) answers.push(await executor.execute(task, limits))
    expect(origins(answers)).toEqual(['run', 'run', 'memo', 'memo', 'memo'])
    expect(answers.map(({ receipt }) => 'ok' in receipt.out)).toEqual([false, true, false, true, false])
    expect(answers.map(({ receipt }) => receipt.meta.gasUsed)).toEqual([
      5n,
      answers[1]!.receipt.meta.gasUsed,
      4n,
      answers[1]!.receipt.meta.gasUsed,
      5n,
    ])
    expect([engine.jobs, memo.kept.size]).toEqual([2, 1])
  })

  test('a receipt that another one serves is not kept beside it', async () => {
    const { bench, executor, memo } = place()
    const task = await bench.task(WATS.loop)
    for (const amount of [10n ** 6n, 10n ** 7n]) await executor.execute(task, gas(amount))
    const [bytes] = memo.kept.values()
    await executor.execute(task, gas(10n ** 5n))
    expect([...memo.kept.values()]).toEqual([bytes])
    const size = bytes!.length
    await executor.execute(task, gas(10n ** 8n))
    expect(Math.abs([...memo.kept.values()][0]!.length - size)).toBeLessThan(20)
  })
})

describe('blocks that a receipt links to (RECEIPT-27)', () => {
  test('if one of them is gone, the task runs again', async () => {
    const { bench, executor, store } = place()
    const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => i * 31)
    const task = await bench.task(WATS.echo, { abi: 'bytes', params: [bytes] })
    const before = new Set([...store.blocks()].map(({ cid }) => cid.toString()))
    const first = await executor.execute(task, LIMITS)
    const made = [...store.blocks()].map(({ cid }) => cid).filter(cid => !before.has(cid.toString()))
    const documents = [first.cid, first.task, first.receipt.meta.profile].map(String)
    const linked = made.filter(cid => !documents.includes(cid.toString()))
    // The blocks are two chunks and their root, which links to the first chunk twice.
    expect(linked.length).toBe(3)
    for (const cid of linked) {
      expect((await executor.execute(task, LIMITS)).origin).toBe('memo')
      await store.delete(cid)
      expect((await executor.execute(task, LIMITS)).origin).toBe('run')
    }
  })

  test('profile, task and receipt are put again', async () => {
    const { bench, executor, store } = place()
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const { cid } = await executor.execute(task, LIMITS)
    const documents = [cid, encodeTask(task).cid, encodeProfile(PROFILE_1).cid]
    for (const document of documents) await store.delete(document)
    expect((await executor.execute(task, LIMITS)).origin).toBe('memo')
    for (const document of documents) expect(await store.has(document)).toBe(true)
  })

  test('another store, which lacks the module, gets no answer', async () => {
    const { bench, executor, memo, engine } = place()
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    await executor.execute(task, LIMITS)
    const elsewhere = createExecutor({ store: createMemoryStore(), engine, memo })
    await expect(elsewhere.execute(task, LIMITS)).rejects.toMatchObject({ code: 'block-missing' })
    await expect(elsewhere.execute(encodeTask(task).cid, LIMITS)).rejects.toMatchObject({ code: 'block-missing' })
  })
})

describe('what is no entry is not believed (RECEIPT-27)', () => {
  const profile = encodeProfile(PROFILE_1).cid
  const wrong: [string, (entry: Uint8Array, other: Uint8Array) => Uint8Array][] = [
    ['nothing', () => new Uint8Array(0)],
    ['half of it', entry => entry.subarray(0, entry.length / 2)],
    ['a changed bit', entry => entry.map((byte, i) => (i === 60 ? byte ^ 1 : byte))],
    ['a byte more', entry => Uint8Array.of(...entry, 0)],
    ['the entry of another task', (_, other) => other],
    ['a receipt that contradicts itself', () => encode([{ receipt: encode({ ran: profile }), linked: [] }])],
    ['another document', () => encode({ receipts: [] })],
  ]

  test.each(wrong)('%s', async (_, damage) => {
    const { bench, executor, memo, engine, store } = place()
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    const { task: cid } = await executor.execute(task, LIMITS)
    await executor.execute(await bench.task(WATS.add, { params: [3n, 4n] }), LIMITS)
    const key = memoKey(cid, profile)
    const entry = memo.kept.get(key)!
    const other = [...memo.kept].find(([name]) => name !== key)![1]
    memo.kept.set(key, damage(entry, other))
    for (const one of [executor, createExecutor({ store, engine, memo })]) {
      const { origin, receipt } = await one.execute(task, LIMITS)
      expect(receipt.out).toEqual({ ok: [3n] })
      expect(origin).toBe(one === executor ? 'run' : 'memo')
    }
    expect(memo.kept.get(key)).toEqual(entry)
  })
})

describe('a memo store that fails', () => {
  test.each<[string, MemoStore]>([
    [
      'throws',
      {
        get: () => {
          throw new Error('no')
        },
        put: () => {
          throw new Error('no')
        },
      },
    ],
    [
      'rejects',
      { get: () => Promise.reject(new Error('no')), put: () => Promise.reject(new Fault('store-failed', 'no')) },
    ],
    ['gives something else', { get: () => 'text' as never, put: () => {} }],
  ])('%s: changes no answer', async (_, memo) => {
    const { bench, executor } = place({ memo })
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    for (let i = 0; i < 2; i++) {
      const { origin, receipt } = await executor.execute(task, LIMITS)
      expect([origin, receipt.out]).toEqual(['run', { ok: [3n] }])
    }
  })

  test('hangs: a call can be given up', async () => {
    const { bench, executor } = place({ memo: { get: () => new Promise(() => {}), put: () => {} } })
    const task = await bench.task(WATS.add, { params: [1n, 2n] })
    await expect(executor.execute(task, LIMITS, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'timeout' })
  })

  test('is no memo store', () => {
    const { store, engine } = place()
    for (const memo of [{}, null, 'folder', { get: () => undefined }])
      expect(() => createExecutor({ store, engine, memo: memo as never })).toThrow('memo')
  })
})

describe('a memo in memory', () => {
  test('has a bound: the least recently used entry goes first', async () => {
    const memo = createMemoryMemo({ maxEntries: 2 })
    for (const key of ['a', 'b']) await memo.put(key, Uint8Array.of(key.charCodeAt(0)))
    expect(await memo.get('a')).toEqual(Uint8Array.of(97))
    await memo.put('c', Uint8Array.of(3))
    expect([await memo.get('a'), await memo.get('b'), await memo.get('c')]).toEqual([
      Uint8Array.of(97),
      undefined,
      Uint8Array.of(3),
    ])
  })

  test.each([{ maxEntries: 0 }, { maxEntries: 1.5 }, { maxEntries: '9' }, null])('refuses %j', options => {
    expect(() => createMemoryMemo(options as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  })
})

describe('the roots of a memo', () => {
  test('are all CIDs without which it could not answer', async () => {
    const memo = createMemoryMemo()
    const { bench, executor, store } = place({ memo })
    const roots = new Set<string>()
    const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => i * 31)
    await executor.execute(await bench.task(WATS.echo, { abi: 'bytes', params: [bytes] }), LIMITS)
    await executor.execute(await bench.task(WATS.loop), gas(10n ** 7n))
    memo.put('something else', Uint8Array.of(1))
    for await (const cid of memoRoots(memo)) roots.add(cid.toString())
    expect([...roots].sort()).toEqual([...store.blocks()].map(({ cid }) => cid.toString()).sort())
  })

  test('are not to be had of a memo that does not list its entries', async () => {
    const { memo } = place()
    await expect(memoRoots(memo as never).next()).rejects.toMatchObject({ code: 'bad-usage' })
  })
})
