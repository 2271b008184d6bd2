/** The files in a directory, as a list. */
import { encode } from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/base/fault.ts'
import { addTree, type NewTree } from '../../src/content/add-tree.ts'
import { cidOf, DAG_PB } from '../../src/content/cids.ts'
import { listFiles, type ListedFile, type ListOptions } from '../../src/content/list-files.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const file = (content: string): NewTree => ({ kind: 'file', bytes: utf8(content) })
const folder = (entries: Readonly<Record<string, NewTree>>): NewTree => ({
  kind: 'directory',
  entries: Object.entries(entries),
})

async function all(store: MemoryStore, root: CID, options?: ListOptions): Promise<ListedFile[]> {
  const found: ListedFile[] = []
  for await (const entry of listFiles(store, root, options)) found.push(entry)
  return found
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error as Fault).code,
  )
}

test('files with their sizes, symbolic links with their targets, and empty directories', async () => {
  const store = createMemoryStore()
  const root = await addTree(
    store,
    folder({
      a: folder({ b: file('hello'), c: folder({}) }),
      large: { kind: 'file', bytes: new Uint8Array(600_000) },
      link: { kind: 'symlink', target: '../x' },
    }),
  )
  expect((await all(store, root)).map(({ path, kind, size, target }) => [path, kind, size, target])).toEqual([
    ['a/b', 'file', 5n, undefined],
    ['a/c', 'directory', undefined, undefined],
    ['large', 'file', 600_000n, undefined],
    ['link', 'symlink', undefined, '../x'],
  ])
})

test('an empty root has no entries', async () => {
  const store = createMemoryStore()
  expect(await all(store, await addTree(store, folder({})))).toEqual([])
})

/** A shard of 256 places: type 5, hash function 0x22, fanout 256. */
const SHARD = Uint8Array.of(0x08, 5, 0x28, 0x22, 0x30, 0x80, 0x02)

async function putNode(store: MemoryStore, data: Uint8Array, links: readonly (readonly [string, CID])[]): Promise<CID> {
  const bytes = encode({ Data: data, Links: links.map(([Name, Hash]) => ({ Name, Hash, Tsize: 0 })) })
  const cid = await cidOf(DAG_PB, bytes)
  await store.put(cid, bytes)
  return cid
}

test('a sharded directory', async () => {
  const store = createMemoryStore()
  const leaf = await addFile(store, utf8('x'))
  const below = await putNode(store, SHARD, [['0Adeep', leaf]])
  const root = await putNode(store, SHARD, [
    ['01top', leaf],
    ['FF', below],
  ])
  expect((await all(store, root)).map(({ path }) => path)).toEqual(['top', 'deep'])
})

describe('faults', () => {
  test('what is no directory', async () => {
    const store = createMemoryStore()
    expect(await codeOf(all(store, await addFile(store, utf8('raw'))))).toBe('bad-dag')
    expect(await codeOf(all(store, await addFile(store, new Uint8Array(600_000))))).toBe('bad-dag')
  })

  test('a block that is not there', async () => {
    const store = createMemoryStore()
    const root = await addTree(
      store,
      folder({ a: { kind: 'known', cid: await addFile(createMemoryStore(), utf8('x')) } }),
    )
    expect(await codeOf(all(store, root))).toBe('block-missing')
  })

  test('a shard with a name that is too short, or with something else below it', async () => {
    const store = createMemoryStore()
    const leaf = await addFile(store, utf8('x'))
    const plain = await addTree(store, folder({ a: file('x') }))
    expect(await codeOf(all(store, await putNode(store, SHARD, [['1', leaf]])))).toBe('bad-dag')
    expect(await codeOf(all(store, await putNode(store, SHARD, [['01', leaf]])))).toBe('bad-dag')
    // A directory without shards has entries of its own, which are not those of the shard.
    expect((await all(store, await putNode(store, SHARD, [['01x', plain]]))).map(({ path }) => path)).toEqual(['x/a'])
  })

  test('more entries than the bound', async () => {
    const store = createMemoryStore()
    const root = await addTree(store, folder({ a: file('1'), b: file('2'), c: file('3') }))
    expect(await codeOf(all(store, root, { maxEntries: 3 }))).toBe('too-large')
    expect(await all(store, root, { maxEntries: 4 })).toHaveLength(3)
  })

  test('directories nested too deeply', async () => {
    const store = createMemoryStore()
    let tree = await addTree(store, folder({ f: file('x') }))
    for (let i = 0; i < 520; i++) tree = await putNode(store, Uint8Array.of(0x08, 1), [['d', tree]])
    expect(await codeOf(all(store, tree))).toBe('bad-dag')
  })
})
