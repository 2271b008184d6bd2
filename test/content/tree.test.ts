/** Trees of files and directories: read from hostile blocks, and written (WASI-25, WASI-26). */
import { decode } from '@ipld/dag-pb'
import type { UnixFS } from 'ipfs-unixfs'
import { exporter } from 'ipfs-unixfs-exporter'
import { importer } from 'ipfs-unixfs-importer'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { addTree, type NewTree } from '../../src/content/add-tree.ts'
import { getBlock, MAX_TREE_DEPTH } from '../../src/content/block.ts'
import { cidOf, DAG_PB } from '../../src/content/cids.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { prefetch } from '../../src/content/prefetch.ts'
import { openTree } from '../../src/content/tree.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { treeBlocks, wholeTree, type Tree } from '../support/trees.ts'
import { counting, faultOf, noise, putCbor, putNode, putRaw, text } from './support.ts'

const file = (content: string | Uint8Array): NewTree => ({
  kind: 'file',
  bytes: typeof content === 'string' ? text(content) : content,
})
const directory = (entries: Readonly<Record<string, NewTree>>): NewTree => ({
  kind: 'directory',
  entries: Object.entries(entries),
})

/** A tree as plain data: texts of files. */
function shown(tree: Tree): unknown {
  if (tree.kind === 'file') return new TextDecoder().decode(tree.bytes)
  return Object.fromEntries(tree.entries.map(([name, node]) => [name, shown(node)]))
}

const read = (store: MemoryStore, cid: CID, maxBytes = 2 ** 20): Promise<Tree> => wholeTree(store, cid, maxBytes)

const shardOf = (fanout: bigint): ConstructorParameters<typeof UnixFS>[0] => ({
  type: 'hamt-sharded-directory',
  hashType: 0x22n,
  fanout,
  data: Uint8Array.of(1),
})

/** Directories inside one another, so many. */
async function nested(store: MemoryStore, levels: number, bottom: CID): Promise<CID> {
  let cid = bottom
  for (let i = 0; i < levels; i++) cid = await putNode(store, [['d', cid]])
  return cid
}

/** A directory that lies in itself. */
function cyclic(): unknown {
  const entries: unknown[] = []
  const tree = { kind: 'directory', entries }
  entries.push(['a', tree])
  return tree
}

describe('reading (WASI-25)', () => {
  test('files and directories, small and in chunks, by the CIDs that they have', async () => {
    const store = createMemoryStore()
    const cid = await addTree(
      store,
      directory({ a: file('A'), d: directory({ 'ü.txt': file('U'), e: directory({}) }), big: file(noise(600_000)) }),
    )
    const tree = await read(store, cid)
    expect(tree).toMatchObject({ kind: 'directory', link: { '/': cid.toString() } })
    expect(shown(tree)).toMatchObject({ a: 'A', d: { 'ü.txt': 'U', e: {} } })
    const raw = await putRaw(store, text('x'))
    expect(await read(store, raw)).toEqual({ kind: 'file', link: { '/': raw.toString() }, bytes: text('x') })
  })

  test('sharded directories as another writer makes them', async () => {
    const store = createMemoryStore()
    const names = Array.from({ length: 2000 }, (_, i) => `file ${i}.txt`)
    let root: CID | undefined
    const source = names.map(name => ({ path: `big/${name}`, content: text(name) }))
    const blocks = { put: (cid: CID, bytes: Uint8Array) => store.put(cid, bytes) } as Parameters<typeof importer>[1]
    for await (const { cid, path } of importer(source, blocks, { shardSplitThresholdBytes: 1000 }))
      if (path === 'big') root = cid as CID
    const tree = await read(store, root!)
    expect(shown(tree)).toEqual(Object.fromEntries(names.map(name => [name, name])))
  })

  test.each([
    [
      'dag-cbor',
      (store: MemoryStore) => putCbor(store, {}),
      'unsupported-codec',
      'is dag-cbor, neither a file nor a directory',
    ],
    [
      'a symbolic link',
      (store: MemoryStore) => putNode(store, [], { type: 'symlink', data: text('a') }),
      'bad-dag',
      'is a UnixFS symlink',
    ],
    [
      'metadata',
      (store: MemoryStore) => putNode(store, [], { type: 'metadata', data: text('a') }),
      'bad-dag',
      'is a UnixFS metadata',
    ],
    [
      'a shard of 2 000 places',
      (store: MemoryStore) => putNode(store, [], shardOf(2000n)),
      'bad-dag',
      'is a shard of 2000 places: 2 to 1024 are read',
    ],
    [
      'a shard with a short name',
      async (store: MemoryStore) => putNode(store, [['F', await putRaw(store, text('x'))]], shardOf(256n)),
      'bad-dag',
      'is a shard with the entry "F"',
    ],
    [
      'a shard with a file in the place of a shard',
      async (store: MemoryStore) => putNode(store, [['0F', await putRaw(store, text('x'))]], shardOf(256n)),
      'bad-dag',
      'is raw, no part of a directory',
    ],
    [
      'a shard with a directory in the place of a shard',
      async (store: MemoryStore) => putNode(store, [['0F', await putNode(store, [])]], shardOf(256n)),
      'bad-dag',
      'is a UnixFS directory, no part of a sharded directory',
    ],
  ] as const)('%s is a fault, at the root and below', async (_, put, code, said) => {
    const store = createMemoryStore()
    const cid = await put(store)
    for (const root of [cid, await putNode(store, [['in', cid]])]) {
      const fault = await faultOf(read(store, root))
      expect(fault.code).toBe(code)
      expect(fault.message).toContain(said)
    }
  })

  test('a missing block within is named', async () => {
    const store = createMemoryStore()
    const missing = await cidOf(DAG_PB, text('nowhere'))
    const fault = await faultOf(read(store, await putNode(store, [['in', missing]])))
    expect(fault).toMatchObject({ code: 'block-missing', detail: { cid: missing } })
  })

  test('bytes of files and directories count together, each once', async () => {
    const store = createMemoryStore()
    const one = await putRaw(store, new Uint8Array(1000))
    const cid = await putNode(store, [['a', one], ['b', one], ['c', one]]) // prettier-ignore
    const size = (await getBlock(store, cid)).length + 1000
    expect(await read(store, cid, size)).toMatchObject({ kind: 'directory' })
    const fault = await faultOf(read(store, cid, size - 1))
    expect(fault).toMatchObject({ code: 'too-large', detail: { maxBytes: size - 1 } })
    expect(fault.message).toContain('the files of the task have more than')
    expect(await faultOf(read(store, cid, 10))).toMatchObject({ code: 'too-large' })
  })

  test('2^60 paths through shared directories cost 60 blocks', async () => {
    const store = createMemoryStore()
    let cid = await putNode(store, [])
    for (let i = 0; i < 60; i++) cid = await putNode(store, [['a', cid], ['b', cid]]) // prettier-ignore
    const counted = counting(store)
    await prefetch(block => getBlock(counted, block), [cid], 2 ** 20)
    expect(counted.reads).toBe(61)
  })

  test('directories are nested 512 deep and no deeper, wherever the lower ones were read first', async () => {
    const store = createMemoryStore()
    const deepest = await nested(store, MAX_TREE_DEPTH, await putRaw(store, text('x')))
    expect(await read(store, deepest)).toMatchObject({ kind: 'directory' })
    const deeper = await putNode(store, [['d', deepest]])
    expect((await faultOf(read(store, deeper))).message).toContain('is nested deeper than 512 directories')
    // `a` is read first and is not too deep itself. Below `b` it is.
    const half = await nested(store, 300, await putRaw(store, text('x')))
    const shared = await putNode(store, [['a', half], ['b', await nested(store, 300, half)]]) // prettier-ignore
    const blocks = await treeBlocks(store, shared)
    const below = (name: string, levels: number): unknown => {
      let node = openTree(blocks, shared)
      for (const step of [name, ...Array.from({ length: levels }, () => 'd')]) {
        if (node.kind === 'file') throw new Error('a file')
        node = [...node.entries()].find(([name]) => name === step)![1].open()
      }
      return node.kind
    }
    expect(below('a', 300)).toBe('file')
    expect(below('b', 510)).toBe('directory')
    expect(await faultOf(() => below('b', 512))).toMatchObject({ code: 'bad-dag' })
  })
})

describe('writing (WASI-26)', () => {
  test('gives blocks that are known by their bytes', async () => {
    const store = createMemoryStore()
    const link = await addTree(store, { kind: 'symlink', target: 'ä/b' })
    expect(Buffer.from(await getBlock(store, link)).toString('hex')).toBe('0a0808041204c3a42f62')
    const empty = await addTree(store, directory({}))
    expect(empty.toString()).toBe('bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354')
    expect(await addTree(store, file('x'))).toEqual(await addFile(store, text('x')))
    const long = await addTree(store, { kind: 'symlink', target: 'x'.repeat(300) })
    const entry = await exporter(long, store as unknown as Parameters<typeof exporter>[1])
    expect(entry).toMatchObject({ unixfs: { type: 'symlink', data: text('x'.repeat(300)) } })
  })

  test('sorts links by the bytes of their names, and tells the bytes below them', async () => {
    const store = createMemoryStore()
    const known = await putRaw(store, text('known'))
    // In UTF-16 the emoji comes before the last character; in UTF-8 it comes after it.
    const a = directory({ f: file(noise(600_000)), g: { kind: 'known', cid: known } })
    const entries = directory({
      '\uff5e': file('tilde'),
      '💩': file('pile'),
      aa: { kind: 'known', cid: known },
      a,
      B: { kind: 'symlink', target: 'a' },
    })
    const cid = await addTree(store, entries)
    const { Links } = decode(await getBlock(store, cid))
    expect(Links.map(({ Name }) => Name)).toEqual(['B', 'a', 'aa', '\uff5e', '💩'])
    const below = Links[1]!
    const inner = await getBlock(store, below.Hash as CID)
    const { Links: within } = decode(inner)
    const node = await getBlock(store, within[0]!.Hash as CID)
    expect(within.map(({ Tsize }) => Tsize)).toEqual([600_000 + node.length, undefined])
    expect(Links.map(({ Tsize }) => Tsize)).toEqual([7, inner.length + node.length + 600_000, undefined, 5, 4])
    expect(shown(await read(store, await addTree(store, a)))).toMatchObject({ g: 'known' })
  })

  test.each<[string, unknown]>([
    ['kind', { kind: 'socket' }],
    ['bytes', { kind: 'file', bytes: 'x' }],
    ['target', { kind: 'symlink', target: '\ud800' }],
    ['cid', { kind: 'known', cid: 'x' }],
    ['entries', { kind: 'directory', entries: {} }],
    ...['', '.', '..', 'a/b', 'a\0', '\udc00', 1].map((name): [string, unknown] => [
      'entries[0]',
      { kind: 'directory', entries: [[name, file('x')]] },
    ]),
    [
      'entries[1]',
      {
        kind: 'directory',
        entries: [
          ['a', file('x')],
          ['a', file('y')],
        ],
      },
    ],
  ])('refuses a wrong %s before anything is written: case %#', async (field, tree) => {
    const store = { put: () => Promise.reject(new Error('written')) }
    const outer = { kind: 'directory', entries: [['first', file('x')], ['then', tree]] } // prettier-ignore
    const fault = await faultOf(addTree(store as never, outer as never))
    expect(fault.code).toBe('bad-usage')
    expect(fault.message).toContain(`tree.entries[1][1].${field}`)
  })

  test('refuses a tree that is nested without end, before anything is written', async () => {
    const store = { put: () => Promise.reject(new Error('written')) }
    const fault = await faultOf(addTree(store as never, cyclic() as never))
    expect(fault).toMatchObject({ code: 'bad-usage' })
    expect(fault.message).toContain('nested in at most 512 directories')
  })

  test('refuses a directory that does not fit into a block', async () => {
    const entries = Array.from({ length: 40_000 }, (_, i): [string, NewTree] => [`file ${i}`, file('x')])
    const fault = await faultOf(addTree(createMemoryStore(), { kind: 'directory', entries }))
    expect(fault).toMatchObject({ code: 'too-large' })
    expect(fault.message).toContain('a directory of 40000 entries takes')
  })

  test('another reader finds what was written', async () => {
    const store = createMemoryStore()
    const cid = await addTree(
      store,
      directory({ d: directory({ f: file('content') }), l: { kind: 'symlink', target: 'd' } }),
    )
    const typeAt = async (path: string): Promise<string> =>
      (await exporter(`${cid}${path}`, store as unknown as Parameters<typeof exporter>[1])).type
    expect([await typeAt(''), await typeAt('/d'), await typeAt('/d/f')]).toEqual(['directory', 'directory', 'raw'])
  })
})
