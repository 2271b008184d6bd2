/** Paths into directories, flat and sharded, compared with the importer and exporter of IPFS. */
import { encode, prepare } from '@ipld/dag-pb'
import { MemoryBlockstore } from 'blockstore-core/memory'
import { UnixFS } from 'ipfs-unixfs'
import { exporter } from 'ipfs-unixfs-exporter'
import { importer } from 'ipfs-unixfs-importer'
import type { ImporterOptions } from 'ipfs-unixfs-importer'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { DAG_PB, cidOf } from '../../src/content/cids.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { parsePath, resolvePath } from '../../src/content/path.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import type { BlockStore } from '../../src/interface.ts'
import { codeOf, counting, faultOf, noise, putCbor, putFileNode, putRaw, text } from './support.ts'

/** A folder of files. Each file contains its own path. */
async function folderOf(
  paths: readonly string[],
  options: ImporterOptions = {},
): Promise<{ store: MemoryBlockstore; root: CID }> {
  const store = new MemoryBlockstore()
  let root: CID | undefined
  const entries = paths.map(path => ({ path, content: [text(path)] }))
  for await (const entry of importer(entries, store, {
    wrapWithDirectory: true,
    rawLeaves: true,
    cidVersion: 1,
    ...options,
  }))
    root = entry.cid
  return { store, root: root! }
}

/** Puts a directory with these entries. */
async function putDirectory(
  store: BlockStore,
  entries: readonly (readonly [string, CID])[],
  shard?: { hashType?: bigint; fanout?: bigint },
): Promise<CID> {
  const data =
    shard === undefined
      ? new UnixFS({ type: 'directory' })
      : new UnixFS({
          type: 'hamt-sharded-directory',
          hashType: 0x22n,
          fanout: 256n,
          data: new Uint8Array(32),
          ...shard,
        })
  const Links = entries.map(([Name, Hash]) => ({ Name, Hash, Tsize: 0 }))
  const bytes = encode(prepare({ Data: data.marshal(), Links }))
  const cid = await cidOf(DAG_PB, bytes)
  await store.put(cid, bytes)
  return cid
}

const many = Array.from({ length: 500 }, (_, i) => `dir/файл ${i}.wasm`)

describe('paths of a directory', () => {
  const names = ['a.wasm', 'lib/math.wasm', 'lib/deep/deeper/x', 'lib/ü 100%.bin', 'b\\c']

  it.each<[string, ImporterOptions]>([
    ['flat', {}],
    ['of CID version 0', { cidVersion: 0 }],
    ['sharded', { shardSplitThresholdBytes: 0 }],
    ['sharded into 16', { shardSplitThresholdBytes: 0, shardFanoutBits: 4 }],
  ])('lead to its files: %s', async (_, options) => {
    const { store, root } = await folderOf(names, options)
    for (const name of names) {
      for (const path of [
        `${root}/${name}`,
        `/ipfs/${root}/${name}`,
        `ipfs://${root}/${name.split('/').map(encodeURIComponent).join('/')}`,
      ]) {
        expect(await load(store, await resolvePath(store, path))).toEqual(text(name))
      }
    }
    const lib = await resolvePath(store, `${root}/lib/`)
    expect(await load(store, await resolvePath(store, `${lib}/deep/deeper/x`))).toEqual(text('lib/deep/deeper/x'))
    for (const none of ['a', 'lib/deep/x', 'A.wasm', 'lib/ü 100%25.bin']) {
      expect(await faultOf(resolvePath(store, `${root}/${none}`))).toMatchObject({
        code: 'bad-cid',
        whose: 'requestor',
      })
    }
  })

  it.each([
    [256, 8],
    [16, 4],
    [8, 3],
    [1024, 10],
  ])('find each of 500 names in shards of %i, as the exporter does', async (_, shardFanoutBits) => {
    const { store, root } = await folderOf(many, { shardSplitThresholdBytes: 0, shardFanoutBits })
    for (const [i, name] of many.entries()) {
      const cid = await resolvePath(store, `${root}/${name}`)
      expect(await load(store, cid)).toEqual(text(name))
      if (i % 50 === 0) expect((await exporter(`${root}/${name}`, store)).cid.toString()).toBe(cid.toString())
    }
    expect(await codeOf(resolvePath(store, `${root}/dir/файл 500.wasm`))).toBe('bad-cid')
  })

  it('takes one block for each name, and one for each shard on the way', async () => {
    const { store, root } = await folderOf(many, { shardSplitThresholdBytes: 0 })
    const counted = counting(store)
    await resolvePath(counted, `${root}/${many[7]!}`)
    expect(counted.reads).toBeLessThanOrEqual(5)
  })

  it('of only a CID are that CID, and nothing is read', async () => {
    const store = createMemoryStore()
    const cid = await putCbor(store, { a: 1 })
    const counted = counting(store)
    for (const path of [`${cid}`, `${cid}/`, `ipfs://${cid}`, `/ipfs/${cid}`])
      expect((await resolvePath(counted, path)).equals(cid)).toBe(true)
    expect(counted.reads).toBe(0)
  })
})

describe('a path that leads nowhere', () => {
  it.each(['', 'x', 'no-cid/a', '/a', '%/a', 'bafy/../a'])('"%s" is not a path', path =>
    expect(codeOf(() => parsePath(path))).resolves.toBe('bad-cid'),
  )

  it.each(['//a', '/a//b', '/.', '/a/..', '/../a', `/${'a'.repeat(5000)}`])(
    'a CID and "%s" are not a path',
    async rest => {
      const cid = await putRaw(createMemoryStore(), text('x'))
      expect(await codeOf(() => parsePath(`${cid}${rest}`))).toBe('bad-cid')
    },
  )

  it('a name that is not percent-encoded', async () => {
    const cid = await putRaw(createMemoryStore(), text('x'))
    expect(await codeOf(() => parsePath(`ipfs://${cid}/100%`))).toBe('bad-cid')
    expect(parsePath(`${cid}/100%`).names).toEqual(['100%'])
  })

  it('leads through a file, a raw block, or a document', async () => {
    const store = createMemoryStore()
    const file = await addFile(store, noise(600_000))
    for (const cid of [file, await putRaw(store, text('x')), await putCbor(store, { a: file })]) {
      const root = await putDirectory(store, [['a', cid]])
      expect((await resolvePath(store, `${root}/a`)).equals(cid)).toBe(true)
      expect(await faultOf(resolvePath(store, `${root}/a/a`))).toMatchObject({ code: 'bad-dag', whose: 'requestor' })
    }
  })

  it('takes names unescaped, and gives advice for one that looks escaped', async () => {
    const store = createMemoryStore()
    const cid = await putRaw(store, text('x'))
    const root = await putDirectory(store, [
      ['a b', cid],
      ['a%20c', cid],
    ])
    for (const name of ['a b', 'a%20c']) expect((await resolvePath(store, `${root}/${name}`)).equals(cid)).toBe(true)
    expect((await faultOf(resolvePath(store, `${root}/a%20b`))).message).toContain('without % escapes')
  })

  it('is distinguished from faults of the store', async () => {
    const { store, root } = await folderOf(['a', 'b'])
    const other = await folderOf(['a', 'c'])
    const forged = await resolvePath(other.store, `${other.root}`)
    const bytes = [...(other.store.get(forged) as Iterable<Uint8Array>)]
    expect(await codeOf(resolvePath({ get: () => bytes }, `${root}/a`))).toBe('hash-mismatch')
    expect(await codeOf(resolvePath(createMemoryStore(), `${root}/a`))).toBe('block-missing')
    expect(await codeOf(resolvePath(store, `${root}/a`, { signal: AbortSignal.abort() }))).toBe('aborted')
  })
})

describe('a hostile directory', () => {
  const store = createMemoryStore()
  const first = putRaw(store, text('1'))
  const second = putRaw(store, text('2'))

  it('that contains a name twice', async () => {
    const root = await putDirectory(store, [
      ['a', await first],
      ['a', await second],
      ['b', await first],
    ])
    expect(await codeOf(resolvePath(store, `${root}/a`))).toBe('bad-dag')
    expect((await resolvePath(store, `${root}/b`)).equals(await first)).toBe(true)
  })

  it.each<[string, { hashType?: bigint; fanout?: bigint }]>([
    ['another hash function', { hashType: 0x12n }],
    ['3 slots', { fanout: 3n }],
    ['1 slot', { fanout: 1n }],
    ['no slot', { fanout: 0n }],
    ['2⁴⁰ slots', { fanout: 2n ** 40n }],
    ['2⁶³ slots', { fanout: 2n ** 63n }],
  ])('whose shard has %s', async (_, shard) => {
    const root = await putDirectory(store, [['00a', await first]], shard)
    expect(await codeOf(resolvePath(store, `${root}/a`))).toBe('bad-dag')
  })

  it('with endless shards', async () => {
    let root = await putDirectory(store, [], {})
    const all = Array.from({ length: 256 }, (_, i) => i.toString(16).toUpperCase().padStart(2, '0'))
    for (let level = 0; level < 20; level++) {
      const below = root
      root = await putDirectory(
        store,
        all.map(name => [name, below] as const),
        {},
      )
    }
    const counted = counting(store)
    expect(await codeOf(resolvePath(counted, `${root}/a`))).toBe('bad-dag')
    expect(counted.reads).toBe(9)
  })

  it('whose shard links to another kind of block', async () => {
    const all = Array.from({ length: 256 }, (_, i) => i.toString(16).toUpperCase().padStart(2, '0'))
    for (const below of [
      await first,
      await putFileNode(store, [], []),
      await putDirectory(store, [['a', await first]]),
    ]) {
      const root = await putDirectory(
        store,
        all.map(name => [name, below] as const),
        {},
      )
      expect(await codeOf(resolvePath(store, `${root}/a`))).toBe('bad-dag')
    }
    const leaf = await first
    const twice = await putDirectory(
      store,
      [...all, ...all].map(name => [name, leaf] as const),
      {},
    )
    expect(await codeOf(resolvePath(store, `${twice}/a`))).toBe('bad-dag')
  })
})
