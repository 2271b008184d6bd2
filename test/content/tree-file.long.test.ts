/** Files of trees, of which single blocks are read (WASI-27, WASI-28). */
import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import type { Fault } from '../../src/base/fault.ts'
import { getBlock } from '../../src/content/block.ts'
import { cidOf, DAG_CBOR, DAG_PB } from '../../src/content/cids.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { prefetch } from '../../src/content/prefetch.ts'
import { KEPT_BYTES, TreeBlocks } from '../../src/content/tree-blocks.ts'
import { TreeFile } from '../../src/content/tree-file.ts'
import { openTree } from '../../src/content/tree.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { Random } from '../support/random.ts'
import { contentOf } from '../support/trees.ts'
import { codeOf, faultOf, noise, putRaw, text } from './support.ts'

/** A node of a file: its own bytes, its parts, and what it declares. */
interface Node {
  readonly data?: Uint8Array
  readonly parts?: readonly CID[]
  readonly sizes?: readonly (number | bigint)[]
  readonly fileSize?: number
}

/** Writes a node field by field, so that it may contradict itself. */
async function putNode(store: MemoryStore, { data, parts = [], sizes = [], fileSize }: Node): Promise<CID> {
  const varint = (value: number | bigint): number[] => {
    const bytes: number[] = []
    let rest = BigInt(value)
    for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
    return [...bytes, Number(rest)]
  }
  const Data = Uint8Array.from([
    0x08,
    0x02,
    ...(data === undefined ? [] : [0x12, ...varint(data.length), ...data]),
    ...(fileSize === undefined ? [] : [0x18, ...varint(fileSize)]),
    ...sizes.flatMap(size => [0x20, ...varint(size)]),
  ])
  const block = encode(prepare({ Data, Links: parts.map(Hash => ({ Name: '', Hash, Tsize: 0 })) }))
  const cid = await cidOf(DAG_PB, block)
  await store.put(cid, block)
  return cid
}

/** A file whose blocks are loaded when they are read, and the CIDs of those that were. */
async function lazy(store: MemoryStore, cid: CID, maxBytes = 2 ** 26) {
  const loadNow = await prefetch(cid => getBlock(store, cid), [cid], 2 ** 30)
  const loaded: string[] = []
  const blocks = new TreeBlocks(cid => {
    loaded.push(cid.toString())
    return loadNow(cid)
  }, maxBytes)
  const file = openTree(blocks, cid)
  if (!(file instanceof TreeFile)) throw new Error('no file')
  return { file, loaded, blocks }
}

const range = (file: TreeFile, from: number, to: number): Uint8Array => {
  const bytes = new Uint8Array(to - from)
  file.read(from, bytes)
  return bytes
}

describe('what is loaded (WASI-27)', () => {
  test('a raw block is loaded for its size, and not before', async () => {
    const store = createMemoryStore()
    const { file, loaded } = await lazy(store, await putRaw(store, text('raw block')))
    expect(loaded).toEqual([])
    expect([file.size, loaded.length]).toEqual([9, 1])
    expect([range(file, 4, 9), loaded.length]).toEqual([text('block'), 1])
  })

  test('of a file of several blocks the root for its size, and those that a range lies in', async () => {
    const store = createMemoryStore()
    const bytes = noise(1_000_000)
    const cid = await addFile(store, bytes)
    const { file, loaded } = await lazy(store, cid)
    expect([file.size, loaded]).toEqual([bytes.length, [cid.toString()]])
    const chunk = 262_144
    expect(range(file, 2 * chunk, 2 * chunk + 1)).toEqual(bytes.subarray(2 * chunk, 2 * chunk + 1))
    expect(loaded.length).toBe(2)
    expect(range(file, chunk - 1, chunk + 1)).toEqual(bytes.subarray(chunk - 1, chunk + 1))
    expect(loaded.length).toBe(4)
    for (let at = 0; at < bytes.length; at += 77_777)
      expect(
        Buffer.compare(range(file, at, Math.min(at + 80_000, bytes.length)), bytes.subarray(at, at + 80_000)),
      ).toBe(0)
    expect([Buffer.compare(contentOf(file), bytes), loaded.length, new Set(loaded).size]).toEqual([0, 5, 5])
  })

  test('every range of nodes with bytes of their own, with parts that are empty or linked twice', async () => {
    const store = createMemoryStore()
    const [a, empty] = [await putRaw(store, text('abc')), await putRaw(store, text(''))]
    const inner = await putNode(store, { data: text('in'), parts: [a, empty, a], sizes: [3, 0, 3] })
    const cid = await putNode(store, { data: text('R'), parts: [inner, empty, a, inner], sizes: [8, 0, 3, 8] })
    const whole = text('RinabcabcabcinabcabcX').subarray(0, 20)
    expect(await load(store, cid)).toEqual(whole)
    const { file } = await lazy(store, cid)
    expect(file.size).toBe(20)
    for (let from = 0; from <= 20; from++)
      for (let to = from; to <= 20; to++) expect(range(file, from, to)).toEqual(whole.subarray(from, to))
  })

  test.each([undefined, 14])(
    'where sizes are not declared, parts are loaded for them: file size %s',
    async fileSize => {
      const store = createMemoryStore()
      const [a, b] = [await putRaw(store, text('abc')), await putRaw(store, text('defg'))]
      const inner = await putNode(store, { parts: [a, b] })
      const declared = await putNode(store, { parts: [b, a], sizes: [4, 3] })
      const cid = await putNode(store, { parts: [inner, declared], ...(fileSize !== undefined && { fileSize }) })
      const { file, loaded } = await lazy(store, cid)
      expect([file.size, loaded]).toEqual([14, [cid, inner, a, b, declared].map(String)])
      expect(contentOf(file)).toEqual(text('abcdefgdefgabc'))
      expect(await load(store, cid)).toEqual(text('abcdefgdefgabc'))
    },
  )

  test('levels without sizes that are linked twice each are not multiplied', async () => {
    const store = createMemoryStore()
    let cid = await putRaw(store, text('x'))
    for (let i = 0; i < 31; i++) cid = await putNode(store, { parts: [cid, cid] })
    const { file, loaded } = await lazy(store, cid)
    expect([file.size, loaded.length]).toEqual([2 ** 31, 32])
    expect(range(file, 2 ** 31 - 3, 2 ** 31)).toEqual(text('xxx'))
  })
})

describe('bad blocks (WASI-28)', () => {
  /** The fault of the size, of the first byte, and of the last byte; undefined where there is none. */
  async function faults(store: MemoryStore, cid: CID): Promise<(string | undefined)[]> {
    const attempt = async (work: (file: TreeFile) => void): Promise<string | undefined> => {
      try {
        work((await lazy(store, cid)).file)
        return undefined
      } catch (error) {
        return (error as Fault).code
      }
    }
    let size = 6
    return [
      await attempt(file => (size = file.size)),
      await attempt(file => range(file, 0, 1)),
      await attempt(file => range(file, size - 1, size)),
    ]
  }

  test('a part that is missing, or has another size than declared, where it is read', async () => {
    const store = createMemoryStore()
    const a = await putRaw(store, text('abc'))
    const missing = await cidOf(0x55, text('gone'))
    const other = await putNode(store, { data: text('four') })
    const cbor = await cidOf(DAG_CBOR, text('x'))
    const wrong = await putNode(store, { parts: [a], sizes: [4] })
    for (const [part, code] of [
      [missing, 'block-missing'],
      [await putRaw(store, text('four')), 'bad-dag'],
      [other, 'bad-dag'],
      [cbor, 'bad-dag'],
      [await putNode(store, { data: text('abc'), fileSize: 4 }), 'bad-dag'],
    ] as const)
      expect(await faults(store, await putNode(store, { parts: [a, part], sizes: [3, 3] }))).toEqual([
        undefined,
        undefined,
        code,
      ])
    // Its own declaration fits, that of its part does not.
    const below = await putNode(store, { parts: [wrong, a], sizes: [4, 3] })
    expect(await faults(store, below)).toEqual([undefined, 'bad-dag', undefined])
  })

  test('a root that contradicts itself, or parts that do not add up to it, for its size', async () => {
    const store = createMemoryStore()
    const a = await putRaw(store, text('abc'))
    const all = ['bad-dag', 'bad-dag', 'bad-dag']
    expect(await faults(store, await putNode(store, { parts: [a, a], sizes: [3, 3], fileSize: 7 }))).toEqual(all)
    expect(await faults(store, await putNode(store, { parts: [a, a], sizes: [3] }))).toEqual(all)
    expect(await faults(store, await putNode(store, { parts: [a, a], fileSize: 7 }))).toEqual(all)
    expect(await faults(store, await putNode(store, { parts: [a, await cidOf(0x55, text('gone'))] }))).toEqual(
      Array(3).fill('block-missing'),
    )
    const huge = await putNode(store, { parts: [a, a], sizes: [3, 2n ** 53n] })
    expect((await faults(store, huge))[0]).toBe('too-large')
  })

  test('a file that is nested more than 32 deep, where it is read', async () => {
    const store = createMemoryStore()
    const a = await putRaw(store, text('x'))
    let [declared, silent] = [a, a]
    for (let i = 0; i < 32; i++) {
      declared = await putNode(store, { parts: [declared], sizes: [1] })
      silent = await putNode(store, { parts: [silent] })
    }
    for (const cid of [declared, silent]) expect(contentOf((await lazy(store, cid)).file)).toEqual(text('x'))
    const deeper = await putNode(store, { parts: [a, declared], sizes: [1, 1] })
    expect(await faults(store, deeper)).toEqual([undefined, undefined, 'bad-dag'])
    expect(await faults(store, await putNode(store, { parts: [a, silent] }))).toEqual(Array(3).fill('bad-dag'))
  })

  test('more than 65 536 parts whose sizes are not declared', async () => {
    const store = createMemoryStore()
    const raw = (i: number): Promise<CID> => putRaw(store, text(String(i)))
    const parts = await Promise.all(Array.from({ length: 400 }, (_, i) => raw(i)))
    const level = await Promise.all(parts.slice(0, 164).map((_, i) => putNode(store, { parts: [...parts.slice(i), ...parts.slice(0, i)] }))) // prettier-ignore
    expect(await faultOf(async () => (await lazy(store, await putNode(store, { parts: level }))).file.size)).toMatchObject({ code: 'too-large' }) // prettier-ignore
  })
})

describe('random files', () => {
  test('have the content that is loaded whole, and where that is a fault, so is some range (WASI-28)', async () => {
    const store = createMemoryStore()
    const random = new Random(7)
    const below = (limit: number): number => random.below(limit)
    let seed = 0
    /** A file of so many levels, and its size as it is. */
    const make = async (levels: number): Promise<{ cid: CID; size: number }> => {
      if (levels === 0 || below(4) === 0) {
        const bytes = noise(1 + below(9), ++seed)
        return { cid: await putRaw(store, bytes), size: bytes.length }
      }
      const data = noise(below(4), ++seed)
      const parts = await Promise.all(Array.from({ length: 1 + below(4) }, () => make(levels - 1)))
      const size = parts.reduce((sum, part) => sum + part.size, data.length)
      const wrong = (): number => (below(40) === 0 ? 1 : 0)
      const sizes = below(3) === 0 ? [] : parts.map(part => part.size + wrong())
      const fileSize = below(2) === 0 ? undefined : size + wrong()
      const cid = await putNode(store, { data, parts: parts.map(part => part.cid), sizes, ...(fileSize !== undefined && { fileSize }) }) // prettier-ignore
      return { cid, size }
    }
    let [whole, broken] = [0, 0]
    for (let i = 0; i < 300; i++) {
      const { cid } = await make(4)
      const expected = await load(store, cid).catch((fault: Fault) => fault.code)
      const { file } = await lazy(store, cid)
      if (typeof expected === 'string') {
        broken++
        expect(await codeOf(() => contentOf(file))).toBe(expected)
        continue
      }
      whole++
      expect(contentOf(file)).toEqual(expected)
      for (let j = 0; j < 5; j++) {
        const from = below(expected.length + 1)
        const to = from + below(expected.length - from + 1)
        expect(range(file, from, to)).toEqual(expected.subarray(from, to))
      }
    }
    expect([whole > 50, broken > 20]).toEqual([true, true])
  })
})

describe('bounds (WASI-29)', () => {
  test('count the blocks that are read, each once, and anew in each attempt', async () => {
    const store = createMemoryStore()
    const bytes = noise(600_000)
    const cid = await addFile(store, bytes)
    const root = (await getBlock(store, cid)).length
    const { file, blocks, loaded } = await lazy(store, cid, root + 300_000)
    for (let i = 0; i < 3; i++) range(file, 0, 262_144)
    const fault = await faultOf(() => range(file, 262_144, 262_145))
    expect(fault).toMatchObject({ code: 'too-large', detail: { maxBytes: root + 300_000 } })
    expect(fault.message).toContain('the program reads more than')
    blocks.begin()
    expect(range(file, 300_000, 300_001)).toEqual(bytes.subarray(300_000, 300_001))
    expect(loaded.length).toBe(3)
  })

  test('blocks beyond 64 MiB are loaded again, sixteen times at most', async () => {
    const block = new Uint8Array(KEPT_BYTES / 2 + 1)
    const store = createMemoryStore()
    const [a, b] = [await cidOf(0x55, text('a')), await cidOf(0x55, text('b'))]
    const cid = await putNode(store, { parts: [a, b], sizes: [block.length, block.length] })
    const root = await getBlock(store, cid)
    let loads = 0
    const maxBytes = 3 * block.length
    const blocks = new TreeBlocks(cid => (cid.code === DAG_PB ? root : (loads++, block)), maxBytes)
    const file = openTree(blocks, cid) as TreeFile
    const turn = (): void => [0, block.length].forEach(at => range(file, at, at + 1))
    for (let i = 0; i < 25; i++) turn()
    expect(loads).toBe(50)
    expect((await faultOf(turn)).message).toContain('again and again')
    blocks.begin()
    turn()
  })

  test('shards without entries that are linked twice each cost work', async () => {
    const store = createMemoryStore()
    const shard = { type: 'hamt-sharded-directory', hashType: 0x22n, fanout: 256n, data: Uint8Array.of(1) } as const
    let cid: CID | undefined
    for (let i = 0; i < 40; i++) {
      const Links = cid === undefined ? [] : ['00', '01'].map(Name => ({ Name, Hash: cid!, Tsize: 0 }))
      const block = encode(prepare({ Data: new UnixFS(shard).marshal(), Links }))
      cid = await cidOf(DAG_PB, block)
      await store.put(cid, block)
    }
    const blocks = new TreeBlocks(await prefetch(cid => getBlock(store, cid), [cid!], 2 ** 20), 2 ** 20)
    const directory = openTree(blocks, cid!)
    expect(await faultOf(() => [...(directory as { entries(): Iterable<unknown> }).entries()])).toMatchObject({
      code: 'too-large',
    })
  })
})
