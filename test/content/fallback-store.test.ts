/** A local store with a remote one: remote blocks are kept in memory, and stored before blocks that link to them. */
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { rawCid } from '../../src/content/cids.ts'
import { dagBlocks } from '../../src/content/dag.ts'
import { createFallbackStore } from '../../src/content/fallback-store.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import type { BlockStore } from '../../src/interface.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { createTask } from '../../src/task/task.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { WATS } from '../support/tasks.ts'
import { codeOf, noise, putCbor, putRaw, same, text } from './support.ts'

describe('a fallback store', () => {
  const bytes = text('remote')

  async function pair(): Promise<{
    local: ReturnType<typeof createMemoryStore>
    remote: ReturnType<typeof createMemoryStore>
    name: CID
  }> {
    const [local, remote] = [createMemoryStore(), createMemoryStore()]
    const name = await rawCid(bytes)
    await remote.put(name, bytes)
    return { local, remote, name }
  }

  it('keeps remote blocks in memory until commit', async () => {
    const { local, remote, name } = await pair()
    const store = createFallbackStore(local, remote)
    expect(await store.has(name)).toBe(true)
    expect(await getBlock(store, name)).toEqual(bytes)
    await remote.delete(name)
    expect(await getBlock(store, name)).toEqual(bytes)
    expect([local.size, await store.commit(), local.size, await store.commit()]).toEqual([0, 1, 1, 0])
    expect(await getBlock(local, name)).toEqual(bytes)
  })

  it('puts into the local store', async () => {
    const { local, remote } = await pair()
    const name = await rawCid(text('new'))
    await createFallbackStore(local, remote).put(name, text('new'))
    expect([await local.has(name), await remote.has(name)]).toEqual([true, false])
  })

  it('verifies the remote, and keeps no more than the bound', async () => {
    const { local, remote, name } = await pair()
    expect(await codeOf(() => createFallbackStore(local, remote, { maxBytes: 5 }).get(name))).toBe('too-large')
    await remote.put(name, text('forged'))
    const store = createFallbackStore(local, remote)
    expect(await codeOf(() => store.get(name))).toBe('hash-mismatch')
    expect(await store.commit()).toBe(0)
  })
})

describe('blocks in a fallback store', () => {
  /** A remote store with that many raw blocks of 100 bytes. */
  async function remoteOf(count: number): Promise<{ remote: ReturnType<typeof createMemoryStore>; names: CID[] }> {
    const remote = createMemoryStore()
    return {
      remote,
      names: await Promise.all(Array.from({ length: count }, (_, i) => putRaw(remote, noise(100, i + 1)))),
    }
  }

  it('can read without end in its bound, and fetches dropped blocks again', async () => {
    const { remote, names } = await remoteOf(50)
    let fetched = 0
    const store = createFallbackStore(
      createMemoryStore(),
      { get: cid => (fetched++, remote.get(cid)), has: cid => remote.has(cid) },
      { maxBytes: 1000 },
    )
    for (let round = 0; round < 3; round++)
      for (const name of names) expect((await getBlock(store, name)).length).toBe(100)
    expect(fetched).toBe(150)
    // A block that is read repeatedly stays.
    for (const name of names) for (const one of [names[0]!, name]) await getBlock(store, one)
    expect(fetched).toBe(200)
  })

  it('does not commit only a part of the blocks', async () => {
    const { remote, names } = await remoteOf(11)
    const local = createMemoryStore()
    const store = createFallbackStore(local, remote, { maxBytes: 1000 })
    for (const name of names) await store.get(name)
    expect([await codeOf(() => store.commit()), local.size]).toEqual(['too-large', 0])
    store.discard()
    expect(await store.commit()).toBe(0)
    for (const name of names.slice(1)) await store.get(name)
    expect([await store.commit(), local.size]).toEqual([10, 10])
  })

  it('frees its bound with a commit and with a put', async () => {
    const { remote, names } = await remoteOf(30)
    const store = createFallbackStore(createMemoryStore(), remote, { maxBytes: 1000 })
    for (let i = 0; i < 30; i += 10) {
      for (const name of names.slice(i, i + 10)) await store.get(name)
      if (i === 0) await store.put(names[0]!, noise(100, 1))
      expect(await store.commit()).toBe(i === 0 ? 9 : 10)
    }
  })

  it('counts concurrent reads of a block once', async () => {
    const { remote, names } = await remoteOf(10)
    const store = createFallbackStore(createMemoryStore(), remote, { maxBytes: 1000 })
    await Promise.all([...names, ...names, ...names].map(name => store.get(name)))
    expect(await store.commit()).toBe(10)
  })
})

describe('committing', () => {
  it('keeps blocks that are fetched meanwhile for the next commit', async () => {
    const [local, remote] = [createMemoryStore(), createMemoryStore()]
    const [first, second] = [await putRaw(remote, text('first')), await putRaw(remote, text('second'))]
    let during: Promise<unknown> = Promise.resolve()
    const slow: BlockStore = {
      get: cid => local.get(cid),
      has: cid => local.has(cid),
      put: async (cid, bytes) => {
        if (cid.equals(first)) await (during = Promise.resolve(store.get(second)))
        return local.put(cid, bytes)
      },
    }
    const store = createFallbackStore(slow, remote)
    await store.get(first)
    expect(await store.commit()).toBe(1)
    await during
    await remote.delete(second)
    expect(await getBlock(store, second)).toEqual(text('second'))
    expect([await local.has(second), await store.commit(), await local.has(second)]).toEqual([false, 1, true])
  })

  it('twice at once stores every block, and counts it once', async () => {
    const [local, remote] = [createMemoryStore(), createMemoryStore()]
    const names = await Promise.all(Array.from({ length: 20 }, (_, i) => putRaw(remote, noise(50, i + 1))))
    const store = createFallbackStore(local, remote)
    for (const name of names) await store.get(name)
    const counts = await Promise.all([store.commit(), store.commit()])
    expect([counts[0]! + counts[1]!, local.size]).toEqual([20, 20])
  })

  it("puts a file's leaves before its nodes; what is not taken can be committed again", async () => {
    const [local, remote] = [createMemoryStore(), createMemoryStore()]
    const cid = await addFile(remote, noise(3_000_000))
    const order: string[] = []
    let room = 5
    const small: BlockStore = {
      get: name => local.get(name),
      has: name => local.has(name),
      put: (name, bytes) => {
        if (room-- <= 0) throw new Error('full')
        order.push(name.toString())
        return local.put(name, bytes)
      },
    }
    const store = createFallbackStore(small, remote)
    await load(store, cid)
    expect([await codeOf(() => store.commit()), local.size, await local.has(cid)]).toEqual(['store-failed', 5, false])
    room = 100
    expect([await store.commit(), order.length, order.at(-1)]).toEqual([8, 13, cid.toString()])
    expect(same(await load(local, cid), noise(3_000_000))).toBe(true)
  })
})

describe('a put also commits linked blocks', () => {
  const engine = createInlineEngine()

  /** A task whose module and argument are only in the remote store. */
  async function remoteTask(): Promise<{
    remote: ReturnType<typeof createMemoryStore>
    task: ReturnType<typeof createTask>
  }> {
    const remote = createMemoryStore()
    const mod = await addFile(remote, await assemble(WATS.echo))
    return {
      remote,
      task: createTask({ mod, fun: 'f', params: [await addFile(remote, noise(600_000))], abi: 'bytes' }),
    }
  }
  const limits = { gas: 10n ** 12n, pages: 100 }

  /** The number of blocks to which a receipt links directly or indirectly. Throws a fault if one is missing. */
  async function wholeness(store: BlockStore, receipt: CID): Promise<number> {
    let count = 0
    for await (const _ of dagBlocks(store, receipt)) count++
    return count
  }

  it('a store with a receipt has its module and arguments', async () => {
    const { remote, task } = await remoteTask()
    const local = createMemoryStore()
    const store = createFallbackStore(local, remote)
    const { cid } = await createExecutor({ store, engine }).execute(task, limits)
    expect(await wholeness(local, cid)).toBe(local.size)
    expect(await store.commit()).toBe(0)
    // Receipt, profile, task, module, argument, result: which is the argument.
    expect(local.size).toBe(4 + 4)
  })

  it('even if fetched blocks have been dropped', async () => {
    const { remote, task } = await remoteTask()
    const local = createMemoryStore()
    const store = createFallbackStore(local, remote, { maxBytes: 300_000 })
    const { cid } = await createExecutor({ store, engine }).execute(task, limits)
    expect(await wholeness(local, cid)).toBe(local.size)
  })

  it('even if some blocks were local before', async () => {
    const { remote, task } = await remoteTask()
    for (const missing of [...remote.blocks()].map(block => block.cid)) {
      const local = createMemoryStore()
      for (const { cid, bytes } of remote.blocks()) if (!cid.equals(missing)) await local.put(cid, bytes)
      const { cid } = await createExecutor({ store: createFallbackStore(local, remote), engine }).execute(task, limits)
      expect(await wholeness(local, cid)).toBe(8)
    }
  })

  it('a receipt is committed with everything that it links to, or not at all', async () => {
    const { remote, task } = await remoteTask()
    const { cid } = await createExecutor({ store: remote, engine }).execute(task, limits)
    // The engine has the module, so a verifier reads neither it nor the profile.
    const verified = async (from: BlockStore, maxBytes?: number): Promise<[typeof local, typeof store]> => {
      const local = createMemoryStore()
      const store = createFallbackStore(local, from, maxBytes === undefined ? {} : { maxBytes })
      expect(await createVerifier({ store, engine }).verify(cid)).toMatchObject({ verdict: 'reproduced' })
      return [local, store]
    }
    const [local, store] = await verified(remote)
    expect([await store.commit(), local.size, await store.commit()]).toEqual([8, 8, 0])
    expect(await wholeness(local, cid)).toBe(8)

    for (const lost of [task.args.mod, task.args.params[0] as CID]) {
      const bytes = await getBlock(remote, lost)
      const [local, store] = await verified(remote)
      await remote.delete(lost)
      await store.commit()
      const hasLost = await local.has(lost)
      expect(await local.has(cid)).toBe(hasLost)
      await remote.put(lost, bytes)
      await store.commit()
      expect(await wholeness(local, cid)).toBe(8)
    }
  })

  it('fetching for a put has a bound', async () => {
    const remote = createMemoryStore()
    const big = await addFile(remote, noise(600_000))
    const root = await putCbor(remote, { big })
    const local = createMemoryStore()
    const store = createFallbackStore(local, remote, { maxBytes: 300_000 })
    await store.get(root)
    expect([await codeOf(() => store.commit()), await local.has(root)]).toEqual(['too-large', false])
  })

  it('if the local store fails in between, the receipt is not stored', async () => {
    const { remote, task } = await remoteTask()
    for (let room = 0; room < 8; room++) {
      const local = createMemoryStore()
      let left = room
      const small: BlockStore = {
        get: cid => local.get(cid),
        has: cid => local.has(cid),
        put: (cid, bytes) => {
          if (left-- <= 0) throw new Error('full')
          return local.put(cid, bytes)
        },
      }
      const store = createFallbackStore(small, remote)
      expect(await codeOf(createExecutor({ store, engine }).execute(task, limits))).toBe('store-failed')
      for (const { cid } of local.blocks()) await wholeness(local, cid)
    }
  })

  it('other blocks are not committed, and blocks of unknown codecs have no links', async () => {
    const [local, remote] = [createMemoryStore(), createMemoryStore()]
    const stray = await putRaw(remote, text('stray'))
    const linked = await putRaw(remote, text('linked'))
    const root = await putCbor(remote, { linked })
    const store = createFallbackStore(local, remote)
    for (const name of [stray, linked, root]) await store.get(name)
    await store.put(root, await getBlock(remote, root))
    expect([local.size, await local.has(linked), await store.commit()]).toEqual([2, true, 1])
    const strange = CID.createV1(0x0200, (await rawCid(text('?'))).multihash)
    await store.put(strange, text('?'))
    expect(await local.has(strange)).toBe(true)
  })
})
