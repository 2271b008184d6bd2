/** Reading CARs from a gateway, over HTTP: paths, scopes, ranges of files. */
import { encode, prepare } from '@ipld/dag-pb'
import { importer } from 'ipfs-unixfs-importer'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { addTree } from '../../src/content/add-tree.ts'
import { readCar } from '../../src/content/car.ts'
import { cidOf, DAG_PB, parseCid, rawCid } from '../../src/content/cids.ts'
import { dagBlocks } from '../../src/content/dag.ts'
import { readGatewayCar } from '../../src/content/gateway.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { resolvePath } from '../../src/content/path.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { noise, putCbor, putFileNode, putRaw, sample, same, text } from '../content/support.ts'
import { CAR, cidsOf, gatewayOf, texts, told } from './support.ts'

const ask = async (url: string, path: string): Promise<string[]> => cidsOf(await fetch(`${url}/ipfs/${path}`))

/** Leaves of four bytes, under nodes of up to two links, and their root. */
async function smallFile(store: MemoryStore, content = 'aaaabbbbccccddddee') {
  const leaves: CID[] = []
  for (const piece of content.match(/.{1,4}/g)!) leaves.push(await putRaw(store, text(piece)))
  const [a, b, c, d, e] = leaves as [CID, CID, CID, CID, CID]
  const left = await putFileNode(store, [a, b], [4n, 4n])
  const right = await putFileNode(store, [c, d], [4n, 4n])
  const root = await putFileNode(store, [left, right, e], [8n, 8n, 2n])
  return { root, left, right, a, b, c, d, e }
}

describe('a CAR', () => {
  test('has the blocks of a DAG, depth first, each once, without those of identity CIDs (SERVE-6, SERVE-7)', async () => {
    const { store, root, order } = await sample()
    const { url } = await gatewayOf({ store })
    const response = await fetch(`${url}/ipfs/${root}?format=car`)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': `${CAR}; version=1; order=dfs; dups=n`,
      'content-disposition': `attachment; filename="${root}.car"; filename*=UTF-8''${root}.car`,
      'accept-ranges': 'none',
      etag: `"${root}.car.all"`,
      'x-ipfs-roots': root.toString(),
      'cache-control': 'public, max-age=29030400, immutable',
    })
    const { roots, blocks } = await readCar(new Uint8Array(await response.arrayBuffer()))
    expect([texts(roots), blocks.map(({ cid }) => cid.toString())]).toEqual([[root.toString()], order])
    const head = await fetch(`${url}/ipfs/${root}?format=car`, { method: 'HEAD' })
    expect([head.status, head.headers.get('etag'), await head.text()]).toEqual([200, `"${root}.car.all"`, ''])
    expect((await readGatewayCar(url, root)).blocks.map(({ cid }) => cid.toString())).toEqual(order)
  })

  test('of the probe has no block (SERVE-6)', async () => {
    const { url } = await gatewayOf()
    const response = await fetch(`${url}/ipfs/bafkqaaa?format=car`)
    const { roots, blocks } = await readCar(new Uint8Array(await response.arrayBuffer()))
    expect([texts(roots), blocks]).toEqual([['bafkqaaa'], []])
  })

  test('that the client has is not sent again; tags tell CARs apart (SERVE-9)', async () => {
    const store = createMemoryStore()
    const root = await addTree(store, {
      kind: 'directory',
      entries: [
        ['a', { kind: 'file', bytes: text('same') }],
        ['b', { kind: 'file', bytes: text('same') }],
      ],
    })
    const { url } = await gatewayOf({ store })
    const tags = await Promise.all(
      ['', '/a', '/b', '&dag-scope=entity', '&dag-scope=block', '/a&entity-bytes=0:1', '/a&entity-bytes=0:*'].map(
        async what => {
          const [path = '', ...query] = what.split('&')
          const address = `${url}/ipfs/${root}${path}?format=car${query.map(part => `&${part}`).join('')}`
          const tag = (await fetch(address)).headers.get('etag')!
          expect(await told(address, { headers: { 'if-none-match': tag } })).toEqual([304, ''])
          return tag
        },
      ),
    )
    expect(new Set(tags).size).toBe(tags.length)
    expect(tags.every(tag => tag.startsWith(`"${root}.car.`))).toBe(true)
  })

  test('with a path begins with the blocks on the way (SERVE-6)', async () => {
    const store = createMemoryStore()
    const root = await addTree(store, {
      kind: 'directory',
      entries: [
        ['other', { kind: 'file', bytes: text('other') }],
        ['sub dir', { kind: 'directory', entries: [['ä%.txt', { kind: 'file', bytes: noise(300_000) }]] }],
      ],
    })
    const [sub, file] = [
      await resolvePath(store, `${root}/sub dir`),
      await resolvePath(store, `${root}/sub dir/ä%.txt`),
    ]
    const { url } = await gatewayOf({ store })
    const path = `${root}/${encodeURIComponent('sub dir')}/${encodeURIComponent('ä%.txt')}`
    const response = await fetch(`${url}/ipfs/${path}?format=car`)
    expect(response.headers.get('x-ipfs-roots')).toBe([root, sub, file].join(','))
    expect(response.headers.get('x-ipfs-path')).toBe(`/ipfs/${path}`)
    const cids = await cidsOf(response)
    expect(cids.slice(0, 3)).toEqual(texts([root, sub, file]))
    expect(cids).toHaveLength(5)
    expect(await ask(url, `${path}?format=car&dag-scope=block`)).toEqual(texts([root, sub, file]))
    expect(await ask(url, `${path}/?format=car&dag-scope=block`)).toEqual(texts([root, sub, file]))
    expect(await told(`${url}/ipfs/${root}/none?format=car`)).toEqual([
      404,
      `there is no "none" in the directory ${root}\n`,
    ])
    expect((await told(`${url}/ipfs/${path}/more?format=car`))[0]).toBe(404)
  })

  test('leads through sharded directories, whose entity is all of their shards (SERVE-6, SERVE-7)', async () => {
    const store = createMemoryStore()
    const files = Array.from({ length: 400 }, (_, i) => ({ path: `all/file ${i}`, content: text(`content ${i}`) }))
    let root: CID | undefined
    for await (const { cid, path } of importer(files, store as never, {
      shardSplitThresholdBytes: 0,
      cidVersion: 1,
      rawLeaves: true,
    }))
      if (path === 'all') root = cid as CID
    const { url } = await gatewayOf({ store })
    const one = await ask(url, `${root}/file%20123?format=car`)
    expect([one[0], one.at(-1)]).toEqual([`${root}`, (await rawCid(text('content 123'))).toString()])
    const copy = createMemoryStore()
    const car = await fetch(`${url}/ipfs/${root}/file%20123?format=car`)
    for (const { cid, bytes } of (await readCar(new Uint8Array(await car.arrayBuffer()))).blocks)
      await copy.put(cid, bytes)
    expect(await resolvePath(copy, `${root}/file 123`)).toEqual(await rawCid(text('content 123')))

    const nodes: string[] = []
    for await (const { cid } of dagBlocks(store, root!)) if (cid.code === 0x70) nodes.push(cid.toString())
    expect(nodes.length).toBeGreaterThan(10)
    expect(await ask(url, `${root}?format=car&dag-scope=entity`)).toEqual(nodes)
  })

  test('of an entity has a file, and of anything else one block (SERVE-7)', async () => {
    const store = createMemoryStore()
    const file = await addFile(store, noise(600_000))
    const directory = await addTree(store, { kind: 'directory', entries: [['f', { kind: 'known', cid: file }]] })
    const document = await putCbor(store, { file })
    const { url } = await gatewayOf({ store })
    expect(await ask(url, `${file}?format=car&dag-scope=entity`)).toEqual(await ask(url, `${file}?format=car`))
    for (const cid of [directory, document]) {
      for (const query of ['dag-scope=entity', 'dag-scope=block', 'entity-bytes=0:5'])
        expect(await ask(url, `${cid}?format=car&${query}`)).toEqual([cid.toString()])
    }
  })

  test('with all that a block of an unknown codec links to cannot be had (SERVE-7)', async () => {
    const store = createMemoryStore()
    const odd = await cidOf(0x0129, text('{}'))
    await store.put(odd, text('{}'))
    const { url } = await gatewayOf({ store })
    expect(await told(`${url}/ipfs/${odd}?format=car`)).toEqual([
      400,
      `${odd} is dag-json, whose links this gateway does not know: ask for the block alone, with dag-scope=block\n`,
    ])
    expect(await ask(url, `${odd}?format=car&dag-scope=block`)).toEqual([odd.toString()])
    expect(await ask(url, `${odd}?format=car&dag-scope=entity`)).toEqual([odd.toString()])
  })
})

describe('a range of a file (SERVE-8)', () => {
  type Parts = Awaited<ReturnType<typeof smallFile>>
  test.each<[string, (keyof Parts)[]]>([
    ['0:*', ['root', 'left', 'a', 'b', 'right', 'c', 'd', 'e']],
    ['0:17', ['root', 'left', 'a', 'b', 'right', 'c', 'd', 'e']],
    ['0:500', ['root', 'left', 'a', 'b', 'right', 'c', 'd', 'e']],
    ['0:0', ['root', 'left', 'a']],
    ['3:4', ['root', 'left', 'a', 'b']],
    ['4:7', ['root', 'left', 'b']],
    ['7:8', ['root', 'left', 'b', 'right', 'c']],
    ['8:15', ['root', 'right', 'c', 'd']],
    ['12:*', ['root', 'right', 'd', 'e']],
    ['-2:*', ['root', 'e']],
    ['-3:*', ['root', 'right', 'd', 'e']],
    ['-500:2', ['root', 'left', 'a']],
    ['2:-12', ['root', 'left', 'a', 'b']],
    ['17:17', ['root', 'e']],
    ['5:2', ['root']],
    ['0:-500', ['root']],
  ])('%s', async (range, parts) => {
    const store = createMemoryStore()
    const file = await smallFile(store)
    const { url } = await gatewayOf({ store })
    expect(await ask(url, `${file.root}?format=car&entity-bytes=${range}`)).toEqual(
      parts.map(part => file[part].toString()),
    )
  })

  test('that begins after the end is refused, of files and raw blocks', async () => {
    const store = createMemoryStore()
    const { root, e } = await smallFile(store)
    const empty = await putRaw(store, new Uint8Array(0))
    const { url } = await gatewayOf({ store })
    const refused = (size: number): readonly [number, string] => [
      400,
      `entity-bytes begins after the end of the file, which has ${size} bytes\n`,
    ]
    expect(await told(`${url}/ipfs/${root}?format=car&entity-bytes=18:*`)).toEqual(refused(18))
    expect(await told(`${url}/ipfs/${root}?format=car&entity-bytes=18:20`)).toEqual(refused(18))
    expect(await told(`${url}/ipfs/${e}?format=car&entity-bytes=2:4`)).toEqual(refused(2))
    expect(await ask(url, `${e}?format=car&entity-bytes=1:1`)).toEqual([e.toString()])
    expect(await ask(url, `${empty}?format=car&entity-bytes=0:*`)).toEqual([empty.toString()])
  })

  test('whose nodes do not declare sizes has all blocks below them', async () => {
    const store = createMemoryStore()
    const { left, right, a, b, c, d } = await smallFile(store)
    // UnixFS data that says no more than that this is a file.
    const Links = [left, right].map(Hash => ({ Hash, Name: '', Tsize: 0 }))
    const block = encode(prepare({ Data: Uint8Array.of(0x08, 2), Links }))
    const root = await cidOf(DAG_PB, block)
    await store.put(root, block)
    const { url } = await gatewayOf({ store })
    const all = texts([root, left, a, b, right, c, d])
    for (const range of ['0:0', '-1:*', '12:*'])
      expect(await ask(url, `${root}?format=car&entity-bytes=${range}`)).toEqual(all)
  })

  test('with the same node twice has what each place needs', async () => {
    const store = createMemoryStore()
    const { left, a, b } = await smallFile(store)
    const root = await putFileNode(store, [left, left, left], [8n, 8n, 8n])
    const { url } = await gatewayOf({ store })
    expect(await ask(url, `${root}?format=car&entity-bytes=5:17`)).toEqual(texts([root, left, b, a]))
    expect(await ask(url, `${root}?format=car&entity-bytes=7:17`)).toEqual(texts([root, left, b, a]))
    expect(await ask(url, `${root}?format=car&entity-bytes=0:17`)).toEqual(texts([root, left, a, b]))
  })

  test('is enough to read the range: every range of a file as writers write it', async () => {
    const store = createMemoryStore()
    const content = noise(1_500_000)
    const root = await addFile(store, content)
    const { url } = await gatewayOf({ store })
    const leaves = texts([...(await leavesOf(store, root))])
    for (const [from, to] of [
      [0, 1],
      [262_143, 262_144],
      [700_000, 700_001],
      [262_144, 524_287],
      [1_499_999, 1_499_999],
    ] as const) {
      const wanted = leaves.filter((_, i) => (i + 1) * 262_144 > from && i * 262_144 <= to)
      expect(await ask(url, `${root}?format=car&entity-bytes=${from}:${to}`)).toEqual([`${root}`, ...wanted])
    }
    const whole = createMemoryStore()
    for (const { cid, bytes } of (await readGatewayCar(url, root)).blocks) await whole.put(cid, bytes)
    expect(same(await load(whole, root), content)).toBe(true)
  })

  async function leavesOf(store: MemoryStore, root: CID): Promise<CID[]> {
    const found: CID[] = []
    for await (const { cid } of dagBlocks(store, root)) if (cid.code === 0x55) found.push(cid)
    return found
  }
})

test('a dag-pb block that is no UnixFS is an entity of one block (SERVE-7)', async () => {
  const store = createMemoryStore()
  // A dag-pb block with no bytes at all.
  const root = parseCid('bafybeihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku')
  await store.put(root, new Uint8Array(0))
  const { url } = await gatewayOf({ store })
  expect(await ask(url, `${root}?format=car&dag-scope=entity`)).toEqual([root.toString()])
  expect(await ask(url, `${root}?format=car&entity-bytes=0:*`)).toEqual([root.toString()])
})
