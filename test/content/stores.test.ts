import { mkdir, readFile, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { MemoryBlockstore } from 'blockstore-core/memory'
import type { Blockstore } from 'interface-blockstore'
import { CID } from 'multiformats/cid'
import type { MultihashDigest } from 'multiformats'
import { describe, expect, it } from 'vitest'
import { getBlock, putBlock } from '../../src/content/block.ts'
import { DAG_PB, blockKey, cidOf, rawCid } from '../../src/content/cids.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { codeOf, faultOf, noise, same, temporaryFolder, text } from './support.ts'

async function bytesOf(source: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = []
  for await (const piece of source) bytes.push(...piece)
  return bytes
}

const STORES: [string, () => Promise<Blockstore>][] = [
  ['memory', async () => createMemoryStore()],
  ['file system', async () => createFsStore(join(await temporaryFolder(), 'made', 'on', 'demand'))],
  ['foreign (blockstore-core)', async () => new MemoryBlockstore()],
]

describe.each(STORES)('a %s store', (_name, make) => {
  it('keeps blocks, also empty and larger ones', async () => {
    const store = await make()
    for (const bytes of [text('a block'), new Uint8Array(0), noise(1_500_000)]) {
      const cid = await rawCid(bytes)
      expect(await store.has(cid)).toBe(false)
      expect(await codeOf(getBlock(store, cid))).toBe('block-missing')
      await putBlock(store, { cid, bytes })
      await putBlock(store, { cid, bytes })
      expect(await store.has(cid)).toBe(true)
      expect(same(await getBlock(store, cid), bytes)).toBe(true)
    }
  })

  it('shares a block between versions and codecs', async () => {
    const store = await make()
    const bytes = text('shared')
    const cid = await cidOf(DAG_PB, bytes)
    await store.put(cid, bytes)
    expect(await getBlock(store, CID.createV0(cid.multihash as MultihashDigest<18>))).toEqual(bytes)
    expect(await getBlock(store, await rawCid(bytes))).toEqual(bytes)
  })

  it('has the methods of interface-blockstore', async () => {
    const store = await make()
    const [one, two] = [text('one'), text('two')]
    const pairs = [
      { cid: await rawCid(one), bytes: one },
      { cid: await rawCid(two), bytes: [two.slice(0, 1), two.slice(1)] },
    ]
    const put: CID[] = []
    for await (const cid of store.putMany(pairs)) put.push(cid)
    expect(put.map(String)).toEqual(pairs.map(pair => pair.cid.toString()))
    const got: number[][] = []
    for await (const pair of store.getMany(put)) got.push(await bytesOf(pair.bytes))
    expect(got).toEqual([[...one], [...two]])
    const all = new Map<string, number[]>()
    for await (const pair of store.getAll()) all.set(pair.cid.toString(), await bytesOf(pair.bytes))
    expect(all).toEqual(
      new Map([
        [put[0]!.toString(), [...one]],
        [put[1]!.toString(), [...two]],
      ]),
    )
    await store.delete(put[0]!)
    await store.delete(put[0]!)
    expect([await store.has(put[0]!), await store.has(put[1]!)]).toEqual([false, true])
  })
})

describe('a memory store', () => {
  it('copies what it is given, and lists it in order', async () => {
    const store = createMemoryStore()
    const bytes = text('one')
    const cid = await rawCid(bytes)
    await store.put(cid, bytes)
    bytes.fill(0)
    expect(await getBlock(store, cid)).toEqual(text('one'))
    await store.put(await rawCid(text('two')), text('two'))
    expect(store.size).toBe(2)
    expect([...store.blocks()].map(block => block.bytes)).toEqual([text('one'), text('two')])
  })
})

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true })
  return names
    .filter(entry => entry.isFile())
    .map(entry => entry.name)
    .sort()
}

/** Where the store keeps a block. */
async function pathOf(folder: string, cid: CID): Promise<string> {
  const key = blockKey(cid)
  return join(folder, key.slice(-3, -1), `${key}.block`)
}

/** Bytes of a block that is too large for a journal, and so has a file of its own. */
const large = (seed = 1): Uint8Array => noise(70_000, seed)

describe('a file system store', () => {
  it('keeps one file per large block, and nothing else', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const bytes = large()
    const cid = await rawCid(bytes)
    await Promise.all(Array.from({ length: 8 }, () => store.put(cid, bytes)))
    await Promise.all(Array.from({ length: 4 }, () => createFsStore(folder).put(cid, bytes)))
    expect(await filesOf(folder)).toEqual([`${blockKey(cid)}.block`, 'version'])
    expect(same(await readFile(await pathOf(folder, cid)), bytes)).toBe(true)
  })

  it('does not rewrite a block that is there', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const bytes = large()
    const cid = await rawCid(bytes)
    await store.put(cid, bytes)
    const before = await stat(await pathOf(folder, cid))
    await store.put(cid, bytes)
    expect((await stat(await pathOf(folder, cid))).ino).toBe(before.ino)
  })

  it.each([
    ['flipped', (bytes: Uint8Array) => bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte))],
    ['cut', (bytes: Uint8Array) => bytes.slice(0, 50)],
    ['empty', () => new Uint8Array(0)],
  ])('notices a block that is %s on the disk, and repairs it when it is put again', async (_name, damage) => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const bytes = large()
    const cid = await rawCid(bytes)
    await store.put(cid, bytes)
    await writeFile(await pathOf(folder, cid), damage(bytes))
    expect(await faultOf(getBlock(store, cid))).toMatchObject({ code: 'hash-mismatch', detail: { cid } })
    await store.put(cid, bytes)
    expect(same(await getBlock(store, cid), bytes)).toBe(true)
  })

  it('ignores half-written files, and sweeps those older than an hour', async () => {
    const folder = await temporaryFolder()
    const bytes = large()
    const cid = await rawCid(bytes)
    const path = await pathOf(folder, cid)
    const half = join(folder, 'tmp', basename(path))
    await mkdir(join(folder, 'tmp'))
    await writeFile(`${half}.0.tmp`, 'swe')
    await writeFile(`${half}.1.tmp`, 'sw')
    await writeFile(join(folder, 'tmp', 'another.block.0.tmp'), 'from another shard')
    const old = new Date((await stat(`${half}.0.tmp`)).mtimeMs - 61 * 60 * 1000)
    for (const name of [`${half}.0.tmp`, join(folder, 'tmp', 'another.block.0.tmp')]) await utimes(name, old, old)
    const store = createFsStore(folder)
    expect([await store.has(cid), await codeOf(getBlock(store, cid))]).toEqual([false, 'block-missing'])
    const seen: unknown[] = []
    for await (const pair of store.getAll()) seen.push(pair)
    expect(seen).toEqual([])
    await store.put(cid, bytes)
    expect(same(await getBlock(store, cid), bytes)).toBe(true)
    expect(await filesOf(folder)).toEqual([`${blockKey(cid)}.block`, `${blockKey(cid)}.block.1.tmp`, 'version'])
  })

  it('reports what the file system refuses as store-failed, with errno and advice', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'file'), '')
    const store = createFsStore(join(folder, 'file'))
    const cid = await rawCid(text('x'))
    const facts = { code: 'store-failed', whose: 'runner', detail: { errno: 'ENOTDIR', cid } }
    for (const work of [() => store.put(cid, text('x')), () => getBlock(store, cid), () => store.has(cid)]) {
      const fault = await faultOf(work)
      expect(fault).toMatchObject(facts)
      expect(fault.message).toContain(
        'there is a file or a link where a folder is needed: remove it, or choose a store elsewhere',
      )
    }
    await writeFile(join(folder, 'elsewhere'), '')
    const linked = join(folder, 'linked')
    await mkdir(linked)
    await symlink(join(folder, 'elsewhere'), join(linked, 'version'))
    expect((await faultOf(() => createFsStore(linked).put(cid, text('x')))).message).toContain(
      `${join(linked, 'version')}: there is a link`,
    )
    const onFolder = createFsStore(folder)
    const largeCid = await rawCid(large())
    await mkdir(await pathOf(folder, largeCid), { recursive: true })
    expect((await faultOf(getBlock(onFolder, largeCid))).detail).toMatchObject({ errno: 'EISDIR' })
    expect(await onFolder.has(largeCid)).toBe(false)
    expect(await codeOf(() => onFolder.put(largeCid, large()))).toBe('store-failed')
    expect((await filesOf(folder)).filter(name => name.endsWith('.tmp'))).toEqual([])
  })

  describe('that others may have made', () => {
    /** A store with a block, a folder elsewhere that looks like its shard, and the shard a link to that. */
    async function linkedShard(): Promise<{ folder: string; elsewhere: string; cid: CID; bytes: Uint8Array }> {
      const [folder, elsewhere, bytes] = [await temporaryFolder(), await temporaryFolder(), large()]
      const cid = await rawCid(bytes)
      const path = await pathOf(folder, cid)
      await writeFile(join(elsewhere, basename(path)), bytes)
      await writeFile(join(elsewhere, 'old.tmp'), '')
      await utimes(join(elsewhere, 'old.tmp'), 1000, 1000)
      await symlink(elsewhere, dirname(path))
      return { folder, elsewhere, cid, bytes }
    }

    it('follows no link in the place of a shard: nothing is read, written or removed there', async () => {
      const { folder, elsewhere, cid, bytes } = await linkedShard()
      const store = createFsStore(folder)
      const works = [
        () => store.put(cid, bytes),
        () => getBlock(store, cid),
        () => store.has(cid),
        () => store.delete(cid),
      ]
      for (const work of works)
        expect(await faultOf(work)).toMatchObject({ code: 'store-failed', detail: { errno: 'ENOTDIR' } })
      for await (const pair of store.getAll()) expect.unreachable(`${pair.cid.toString()} is seen`)
      expect((await readdir(elsewhere)).length).toBe(2)
    })

    it('nor one in the place of a block or of the folder for temporary files', async () => {
      const { folder, elsewhere, cid, bytes } = await linkedShard()
      const path = await pathOf(folder, cid)
      await rm(dirname(path))
      await mkdir(dirname(path))
      await symlink(join(elsewhere, basename(path)), path)
      const store = createFsStore(folder)
      expect(await faultOf(getBlock(store, cid))).toMatchObject({ code: 'store-failed', detail: { errno: 'ELOOP' } })
      expect(await store.has(cid)).toBe(false)
      await store.put(cid, bytes)
      expect(same(await getBlock(store, cid), bytes)).toBe(true)
      await rm(join(folder, 'tmp'), { recursive: true })
      await symlink(elsewhere, join(folder, 'tmp'))
      expect(await codeOf(() => createFsStore(folder).put(cid, bytes))).toBe('store-failed')
      expect((await readdir(elsewhere)).length).toBe(2)
    })

    it('waits for no pipe', async () => {
      const folder = await temporaryFolder()
      const cid = await rawCid(text('pipe'))
      await mkdir(dirname(await pathOf(folder, cid)))
      execFileSync('mkfifo', [await pathOf(folder, cid)])
      expect(await faultOf(getBlock(createFsStore(folder), cid))).toMatchObject({
        code: 'store-failed',
        detail: { errno: 'ENOTSUP' },
      })
    })

    it.each(['ipvm-wasm block store, version 3\n', 'ipvm-wasm block store, version 0\n', '', 'notes'])(
      'neither reads nor writes one of the layout %j',
      async version => {
        const folder = await temporaryFolder()
        const cid = await rawCid(text('x'))
        await createFsStore(folder).put(cid, text('x'))
        await writeFile(join(folder, 'version'), version)
        const store = createFsStore(folder)
        for (const work of [
          () => store.put(cid, text('x')),
          () => getBlock(store, cid),
          () => store.has(cid),
          () => store.delete(cid),
        ]) {
          const fault = await faultOf(work)
          expect(fault).toMatchObject({ code: 'store-failed', detail: { version } })
          expect(fault.message).toContain('does not know')
        }
        await rm(join(folder, 'version'))
        expect(await getBlock(createFsStore(folder), cid)).toEqual(text('x'))
      },
    )
  })

  it('does not read more of a file than the bound', async () => {
    const folder = await temporaryFolder()
    const store = createFsStore(folder)
    const cid = await rawCid(large())
    await store.put(cid, large())
    await writeFile(await pathOf(folder, cid), new Uint8Array(5 * 1024 * 1024))
    expect(await codeOf(getBlock(store, cid))).toBe('too-large')
  })

  it('gives up on an aborted signal', async () => {
    const store = createFsStore(await temporaryFolder())
    const cid = await rawCid(text('x'))
    const signal = AbortSignal.abort()
    expect(await codeOf(() => store.put(cid, text('x'), { signal }))).toBe('aborted')
    expect(await store.has(cid)).toBe(false)
  })
})
