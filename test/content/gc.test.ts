/** Pins and collections of a store in a folder: what stays, what goes, and what others put meanwhile. */
import { chmod, mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { DAG_CBOR, DAG_PB, blockKey, cidOf, rawCid } from '../../src/content/cids.ts'
import { createFsStore, type FsStore } from '../../src/content/fs-store.ts'
import type { GcOptions } from '../../src/content/gc.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { LIMITS, WATS } from '../support/tasks.ts'
import { codeOf, faultOf, noise, putCbor, putRaw, same, temporaryFolder, text } from './support.ts'

/** Makes all files of a store look as if they had been written two hours ago. */
async function age(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const old = new Date((await stat(path)).mtimeMs - 2 * 3_600_000)
    await utimes(path, old, old)
  }
}

/** A store whose blocks were put long ago, so that a collection may take them. */
async function oldStore(fill: (store: FsStore) => Promise<unknown>): Promise<{ folder: string; store: FsStore }> {
  const folder = await temporaryFolder()
  const store = createFsStore(folder)
  await fill(store)
  await store.close()
  await age(folder)
  return { folder, store: createFsStore(folder) }
}

/** The CIDs that a collection takes, or would take. */
async function taken(store: FsStore, options: GcOptions = {}): Promise<string[]> {
  const gone: string[] = []
  const report = await store.gc({ ...options, onBlock: cid => gone.push(cid.toString()) })
  expect(report.blocks).toBe(gone.length)
  return gone.sort()
}

const raw = (cid: CID): string => CID.createV1(0x55, cid.multihash).toString()

async function isHeld(store: FsStore, cids: readonly CID[]): Promise<boolean[]> {
  return Promise.all(cids.map(cid => store.has(cid)))
}

const bytesOf = (name: string, isLarge: boolean): Uint8Array =>
  isLarge ? new Uint8Array([...noise(70_000), ...text(name)]) : text(name)

describe.each([
  ['in journals', false],
  ['in files', true],
])('a collection of blocks %s', (_, isLarge) => {
  it('keeps what roots and pins reach, and takes the rest', async () => {
    const cids: Record<string, CID> = {}
    const { folder, store } = await oldStore(async made => {
      for (const name of ['linked', 'pinned', 'other', 'last']) cids[name] = await putRaw(made, bytesOf(name, isLarge))
      cids['root'] = await putCbor(made, { list: [{ link: cids['linked'] }], rest: 1 })
      cids['lost'] = await putCbor(made, { link: cids['other'] })
    })
    await store.pin(cids['pinned']!)
    const gone = [cids['lost']!, cids['other']!, cids['last']!].map(raw).sort()
    expect(await taken(store, { roots: [cids['root']!], dryRun: true })).toEqual(gone)
    expect(await isHeld(store, Object.values(cids))).toEqual(Array(6).fill(true))
    const other = createFsStore(folder)
    expect(await isHeld(other, Object.values(cids))).toEqual(Array(6).fill(true))
    expect(await taken(store, { roots: [cids['root']!] })).toEqual(gone)
    for (const found of [store, other, createFsStore(folder)]) {
      expect(await isHeld(found, [cids['root']!, cids['linked']!, cids['pinned']!])).toEqual([true, true, true])
      expect(await isHeld(found, [cids['lost']!, cids['other']!, cids['last']!])).toEqual([false, false, false])
      expect(same(await getBlock(found, cids['linked']!), bytesOf('linked', isLarge))).toBe(true)
    }
    expect(await taken(store, { roots: [cids['root']!] })).toEqual([])
  })

  it('tells how many bytes go, and gives them back to the disk', async () => {
    const { folder, store } = await oldStore(async made => {
      for (let i = 0; i < 40; i++) await putRaw(made, bytesOf(`block ${i}`, isLarge))
    })
    const sizes = async (): Promise<number> => {
      let sum = 0
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size
      return sum
    }
    const before = await sizes()
    const report = await store.gc()
    expect(report).toMatchObject({ blocks: 40, reached: 0 })
    expect(before - (await sizes())).toBeGreaterThanOrEqual(report.bytes)
    expect(report.bytes).toBe(
      Array.from({ length: 40 }, (__, i) => bytesOf(`block ${i}`, isLarge).length).reduce((a, b) => a + b),
    )
  })

  it('keeps what was put within the grace period, by any process', async () => {
    const { folder, store } = await oldStore(made => putRaw(made, bytesOf('old', isLarge)))
    const other = createFsStore(folder)
    const young = await putRaw(other, bytesOf('young', isLarge))
    const [old] = [await rawCid(bytesOf('old', isLarge))]
    expect(await taken(store, { graceMs: 24 * 3_600_000 })).toEqual([])
    expect(await taken(store)).toEqual([raw(old)])
    expect(await isHeld(store, [old, young])).toEqual([false, true])
  })

  it('keeps a block that is old and was put again', async () => {
    const { folder, store } = await oldStore(made => putRaw(made, bytesOf('again', isLarge)))
    const cid = await putRaw(createFsStore(folder), bytesOf('again', isLarge))
    await store.gc()
    for (const found of [store, createFsStore(folder)])
      expect(same(await getBlock(found, cid), bytesOf('again', isLarge))).toBe(true)
  })

  it('keeps what is put while it goes on, also if it is there already, by any process and without a grace period', async () => {
    const { folder, store } = await oldStore(async made => {
      for (const name of ['own', 'other']) await putRaw(made, bytesOf(name, isLarge))
    })
    const other = createFsStore(folder)
    const put: CID[] = []
    async function* roots(): AsyncGenerator<CID> {
      // The collection has begun. These blocks are in the store, and nothing reaches them.
      put.push(await putRaw(store, bytesOf('own', isLarge)), await putRaw(other, bytesOf('other', isLarge)))
      put.push(await putRaw(store, bytesOf('new', isLarge)))
      yield* []
    }
    await store.gc({ roots: roots(), graceMs: 0 })
    expect(await isHeld(createFsStore(folder), put)).toEqual([true, true, true])
  })

  it('leaves a writer alone whose journal it has taken blocks from', async () => {
    const folder = await temporaryFolder()
    const writer = createFsStore(folder)
    const first = await putRaw(writer, bytesOf('first', isLarge))
    await age(folder)
    expect(await taken(createFsStore(folder))).toEqual([raw(first)])
    expect(await isHeld(writer, [first])).toEqual([false])
    const again = await putRaw(writer, bytesOf('first', isLarge))
    const second = await putRaw(writer, bytesOf('second', isLarge))
    expect(await isHeld(createFsStore(folder), [again, second])).toEqual([true, true])
  })
})

describe('a collection', () => {
  it('keeps all that a receipt leads to: task, module, parameters, linked results', async () => {
    const folder = await temporaryFolder()
    const made = createFsStore(folder)
    const mod = await addFile(made, await assemble(WATS.echo))
    const param = await addFile(made, noise(300_000))
    const engine = createInlineEngine()
    const run = (seed: number): Promise<{ cid: CID }> =>
      createExecutor({ store: made, engine }).execute(
        createTask({ mod, fun: 'f', params: [seed === 1 ? param : noise(5000, seed)], abi: 'bytes' }),
        LIMITS,
      )
    const [kept, gone] = [await run(1), await run(2)]
    await made.close()
    await age(folder)
    const store = createFsStore(folder)
    async function* memo(): AsyncGenerator<CID> {
      yield kept.cid
    }
    const { blocks, reached } = await store.gc({ roots: memo() })
    // Of the other receipt: itself, its task, its result.
    expect(blocks).toBe(3)
    expect(reached).toBeGreaterThan(6)
    expect(await store.has(gone.cid)).toBe(false)
    const { verdict } = await createVerifier({ store, engine }).verify(kept.cid)
    expect(verdict).toBe('reproduced')
  })

  it('follows a block under each codec by which it is named', async () => {
    let [leaf, root] = [undefined as CID | undefined, undefined as CID | undefined]
    const { store } = await oldStore(async made => {
      leaf = await putRaw(made, text('leaf'))
      root = await putCbor(made, { leaf })
    })
    const asRaw = CID.createV1(0x55, root!.multihash)
    expect(await taken(store, { roots: [asRaw], dryRun: true })).toEqual([raw(leaf!)])
    expect(await taken(store, { roots: [asRaw, root!] })).toEqual([])
  })

  it('takes blocks whose links nobody can follow as they are, and roots that are missing', async () => {
    const { store } = await oldStore(async made => {
      await made.put(await cidOf(0x71, text('no cbor')), text('no cbor'))
      await made.put(await cidOf(0x129, text('{}')), text('{}'))
      await made.put(await cidOf(DAG_PB, text('?')), text('?'))
    })
    const roots = [
      await cidOf(DAG_CBOR, text('no cbor')),
      await cidOf(0x129, text('{}')),
      await cidOf(DAG_PB, text('?')),
      await cidOf(DAG_CBOR, text('missing')),
    ]
    expect(await taken(store, { roots })).toEqual([])
  })

  it('removes nothing if a block is damaged that may have links', async () => {
    const value = { bytes: noise(70_000) }
    let root: CID | undefined
    const { folder, store } = await oldStore(async made => {
      root = await putCbor(made, value)
      await putRaw(made, text('other'))
    })
    const key = blockKey(root!)
    const path = join(folder, key.slice(-3, -1), `${key}.block`)
    const bytes = await readFile(path)
    bytes[100]! ^= 1
    await writeFile(path, bytes)
    await age(folder)
    expect(await faultOf(() => store.gc({ roots: [root!] }))).toMatchObject({
      code: 'hash-mismatch',
      detail: { cid: root },
    })
    expect(await store.has(await rawCid(text('other')))).toBe(true)
  })

  it('removes temporary files that are left over', async () => {
    const { folder, store } = await oldStore(made => putRaw(made, text('x')))
    await writeFile(join(folder, 'tmp', 'left.block.0.tmp'), 'half')
    await age(folder)
    await writeFile(join(folder, 'tmp', 'busy.block.0.tmp'), 'half')
    await store.gc({ dryRun: true })
    expect(await readdir(join(folder, 'tmp'))).toEqual(['busy.block.0.tmp', 'left.block.0.tmp'])
    await store.gc()
    expect(await readdir(join(folder, 'tmp'))).toEqual(['busy.block.0.tmp'])
  })

  it('of a folder that does not exist does nothing, and makes none', async () => {
    const folder = join(await temporaryFolder(), 'none')
    expect(await createFsStore(folder).gc()).toEqual({ blocks: 0, bytes: 0, reached: 0 })
    await expect(stat(folder)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('ends on a signal', async () => {
    const { store } = await oldStore(made => putRaw(made, text('x')))
    expect(await codeOf(() => store.gc({ signal: AbortSignal.abort() }))).toBe('aborted')
  })

  it.skipIf(process.getuid?.() === 0)('in a folder that cannot be written is a fault', async () => {
    const { folder, store } = await oldStore(made => putRaw(made, text('x')))
    await chmod(join(folder, 'tmp'), 0o500)
    expect(await faultOf(() => store.gc())).toMatchObject({ code: 'store-failed', detail: { errno: 'EACCES' } })
    await chmod(join(folder, 'tmp'), 0o700)
  })

  it.each([
    [{ roots: 5 }, 'roots'],
    [{ roots: ['bafy'] }, 'a root'],
    [{ graceMs: -1 }, 'graceMs'],
    [{ onBlock: 1 }, 'onBlock'],
  ])('refuses %j', async (options, name) => {
    const { store } = await oldStore(made => putRaw(made, text('x')))
    const fault = await faultOf(() => store.gc(options as unknown as GcOptions))
    expect(fault.code).toBe('bad-usage')
    expect(fault.message).toContain(name)
  })
})

describe('pins', () => {
  it('are kept in the folder, with their names, and are private', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const [one, two] = [
      await cidOf(DAG_CBOR, text('one')),
      CID.createV0((await cidOf(DAG_PB, text('two'))).multihash as never),
    ]
    await store.pin(one, { name: 'first' })
    await store.pin(two)
    await store.pin(one, { name: 'renamed \u001b[2J' })
    const list = async (): Promise<unknown[]> => {
      const found = []
      for await (const { cid, name } of createFsStore(folder).pins()) found.push([cid.toString(), name])
      return found
    }
    expect(await list()).toEqual(
      [
        [one.toString(), 'renamed \u001b[2J'],
        [two.toV1().toString(), ''],
      ].sort(),
    )
    const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777
    expect(await mode(join(folder, 'pins'))).toBe(0o700)
    for (const name of await readdir(join(folder, 'pins'))) expect(await mode(join(folder, 'pins', name))).toBe(0o600)
    expect(await store.unpin(two)).toBe(true)
    expect(await store.unpin(two)).toBe(false)
    expect(await list()).toEqual([[one.toString(), 'renamed \u001b[2J']])
  })

  it('of a folder that does not exist are none', async () => {
    const store = createFsStore(join(await temporaryFolder(), 'none'))
    expect((await store.pins().next()).done).toBe(true)
    expect(await store.unpin(await rawCid(text('x')))).toBe(false)
  })

  it('are not followed if they are elsewhere', async () => {
    const folder = await temporaryFolder()
    await mkdir(join(folder, 'real'))
    const store = createFsStore(folder)
    await putRaw(store, text('x'))
    const { symlink } = await import('node:fs/promises')
    await symlink(join(folder, 'real'), join(folder, 'pins'))
    const cid = await rawCid(text('x'))
    for (const work of [() => store.pin(cid), () => store.unpin(cid), () => store.pins().next(), () => store.gc()])
      expect(await faultOf(work)).toMatchObject({ code: 'store-failed', detail: { errno: 'ENOTDIR' } })
    await rm(join(folder, 'pins'))
  })

  it('refuse names that are too long, and what is no CID', async () => {
    const store = createFsStore(await temporaryFolder())
    const cid = await rawCid(text('x'))
    for (const work of [
      () => store.pin(cid, { name: 'x'.repeat(1025) }),
      () => store.pin(cid, { name: 5 as unknown as string }),
      () => store.pin('bafy' as unknown as CID),
      () => store.unpin(undefined as unknown as CID),
    ])
      expect(await codeOf(work)).toBe('bad-usage')
  })
})

it('a large file that is collected is loaded again when it is added again', async () => {
  const { folder, store } = await oldStore(made => addFile(made, noise(600_000)))
  await store.gc()
  const cid = await addFile(store, noise(600_000))
  expect(same(await load(createFsStore(folder), cid), noise(600_000))).toBe(true)
})
