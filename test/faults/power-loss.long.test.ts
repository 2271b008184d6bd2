/** The power fails at any moment: what was answered is on the disk, and nothing is there by halves. */
import { mkdtempSync, rmSync } from 'node:fs'
import type * as Files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CID } from 'multiformats/cid'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { rawCid } from '../../src/content/cids.ts'
import { dagBlocks } from '../../src/content/dag.ts'
import { createFsStore, type FsStore, type FsStoreOptions } from '../../src/content/fs-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import type { Block } from '../../src/interface.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { noise } from '../content/support.ts'
import { LOSSES, type RecordedDisk } from '../support/recorded-disk.ts'
import { LIMITS, WATS } from '../support/tasks.ts'

const mocked = vi.hoisted(() => ({ disk: undefined as RecordedDisk | undefined }))

vi.mock('node:fs/promises', async original => {
  const { RecordedDisk: Disk } = await import('../support/recorded-disk.ts')
  mocked.disk = new Disk()
  return mocked.disk.wrap(await original<typeof Files>())
})

let folder = ''
let disk: RecordedDisk
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ipvm-power-'))
  disk = mocked.disk!
  disk.begin(folder)
})
afterEach(() => {
  disk.begin('/nowhere')
  rmSync(folder, { recursive: true })
})

/** What was answered, and after how many events. */
interface Answer {
  readonly cid: CID
  readonly at: number
}

/**
 * Lets the power fail after each event from one on, in each way, and looks at what the store has then: each block that it
 * lists must be whole. Returns how often that was.
 */
async function failEverywhere(
  check: (store: FsStore, answered: (all: readonly Answer[]) => CID[]) => Promise<void>,
  from = 0,
): Promise<number> {
  const random = lcg()
  let crashes = 0
  for (let count = from; count <= disk.events.length; count++) {
    for (const loss of LOSSES) {
      const after = mkdtempSync(join(tmpdir(), 'ipvm-power-'))
      try {
        disk.restore(count, loss, after, random)
        const store = createFsStore(after)
        for await (const { cid } of store.getAll()) await getBlock(store, cid)
        await check(store, all => all.filter(({ at }) => at <= count).map(({ cid }) => cid))
        crashes++
      } catch (error) {
        throw new Error(`after event ${count} of ${disk.events.length}, ${loss}: ${String(error)}`, { cause: error })
      } finally {
        rmSync(after, { recursive: true })
      }
    }
  }
  return crashes
}

function lcg(): () => number {
  let state = 1
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

async function block(bytes: Uint8Array): Promise<Block> {
  return { cid: await rawCid(bytes), bytes }
}

/** Puts many blocks at once, small ones and some that are too large for a journal. */
async function putMany(store: FsStore, count: number, seed: number): Promise<Answer[]> {
  const answers: Answer[] = []
  const put = async (i: number): Promise<void> => {
    const { cid, bytes } = await block(noise(i % 10 === 9 ? 70_000 : 20 + 97 * i, seed + i))
    await store.put(cid, bytes)
    answers.push({ cid, at: disk.events.length })
  }
  await Promise.all(Array.from({ length: count }, (_, i) => put(i)))
  return answers
}

describe('after the power has failed', () => {
  test('a store has each block that was put, and each that it lists is whole', async () => {
    const store = createFsStore(folder)
    const answers = [...(await putMany(store, 12, 100))]
    answers.push(...(await putMany(store, 30, 200)))
    await store.close()
    answers.push(...(await putMany(store, 5, 300)))
    const crashes = await failEverywhere(async (found, answered) => {
      for (const cid of answered(answers)) expect(await found.has(cid)).toBe(true)
    })
    expect(crashes).toBeGreaterThan(100)
  })

  test('each answered receipt is there, and each receipt that is there has all that it links to', async () => {
    const store = createFsStore(folder)
    const executor = createExecutor({ store, engine: createInlineEngine() })
    const mod = await addFile(store, await assemble(WATS.echo))
    const receipts: Answer[] = []
    const run = async (i: number): Promise<void> => {
      // Results of 5 000 bytes and more become linked blocks.
      const params = [noise(i % 4 === 0 ? 100_000 : i % 2 === 0 ? 5_000 : 10, i)]
      const { cid } = await executor.execute(createTask({ mod, fun: 'f', params, abi: 'bytes' }), LIMITS)
      receipts.push({ cid, at: disk.events.length })
    }
    const before = disk.events.length
    for (let round = 0; round < 2; round++) await Promise.all([0, 1, 2, 3, 4].map(i => run(5 * round + i)))
    await failEverywhere(async (found, answered) => {
      for (const cid of answered(receipts)) expect(await found.has(cid)).toBe(true)
      for (const { cid } of receipts)
        if (await found.has(cid)) for await (const part of dagBlocks(found, cid)) expect(part.bytes).toBeDefined()
    }, before)
  })

  test.each(['always', 'soon'] as const)('journals that were put together are all there (%s)', async durable => {
    const answers: Answer[] = []
    for (let i = 0; i < 10; i++) {
      const store = createFsStore(folder, { durable })
      const put = await putMany(store, 3, 1000 * i)
      await store.close()
      answers.push(...put.map(({ cid }) => ({ cid, at: disk.events.length })))
    }
    expect(disk.events.some(event => event.kind === 'remove' && event.path.endsWith('.journal'))).toBe(true)
    await failEverywhere(async (found, answered) => {
      for (const cid of answered(answers)) expect(await found.has(cid)).toBe(true)
    })
  })

  test('a collection has removed nothing that is kept', async () => {
    const store = createFsStore(folder)
    const answers = await putMany(store, 20, 1)
    await new Promise(resolve => setTimeout(resolve, 20))
    const kept = answers.filter((_, i) => i % 2 === 0)
    const before = disk.events.length
    const { blocks } = await store.gc({ roots: kept.map(({ cid }) => cid), graceMs: 0 })
    expect(blocks).toBe(10)
    await failEverywhere(async found => {
      for (const { cid } of kept) expect(await found.has(cid)).toBe(true)
    }, before)
  })

  describe('with blocks that are flushed soon', () => {
    const SOON: FsStoreOptions = { durable: 'soon' }

    test('what was put before a flush is there', async () => {
      const store = createFsStore(folder, SOON)
      const put = await putMany(store, 12, 1)
      await store.flush()
      const flushed = put.map(({ cid }) => ({ cid, at: disk.events.length }))
      const more = await putMany(store, 12, 100)
      await store.close()
      flushed.push(...more.map(({ cid }) => ({ cid, at: disk.events.length })))
      await failEverywhere(async (found, answered) => {
        for (const cid of answered(flushed)) expect(await found.has(cid)).toBe(true)
      })
    })

    test('of blocks that were put in an order, none is there without those before it', async () => {
      const store = createFsStore(folder, SOON)
      const groups = await Promise.all(
        [1, 2, 3, 4, 5, 6].map(seed =>
          Promise.all([200, 300, seed === 3 ? 70_000 : 50, 100].map((size, i) => block(noise(size, 10 * seed + i)))),
        ),
      )
      await Promise.all(groups.slice(0, 3).map(group => store.putInOrder(group)))
      await Promise.all(groups.slice(3).map(group => store.putInOrder(group)))
      await store.close()
      await failEverywhere(async found => {
        for (const group of groups) {
          const there = await Promise.all(group.map(({ cid }) => found.has(cid)))
          expect(there.indexOf(false)).toBe(there.lastIndexOf(true) === 3 ? -1 : there.lastIndexOf(true) + 1)
        }
      })
    })
  })

  test('the recorded disk loses what is not flushed', async () => {
    const { open } = await import('node:fs/promises')
    const path = join(folder, 'x.journal')
    const handle = await open(path, 'ax')
    await handle.writeFile(Uint8Array.of(1, 2, 3))
    const after = mkdtempSync(join(tmpdir(), 'ipvm-power-'))
    const held = async (count: number): Promise<number[] | undefined> => {
      disk.restore(count, 'all is lost', after, () => 0)
      const { readFile } = await import('node:fs/promises')
      return readFile(join(after, 'x.journal')).then(
        bytes => [...bytes],
        () => undefined,
      )
    }
    await handle.sync()
    await handle.close()
    expect(await held(disk.events.length)).toBeUndefined()
    const above = await open(folder, 'r')
    await above.sync()
    await above.close()
    expect([await held(1), await held(disk.events.length)]).toEqual([undefined, [1, 2, 3]])
    rmSync(after, { recursive: true })
  })
})
