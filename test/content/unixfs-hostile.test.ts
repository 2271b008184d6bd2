import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { DAG_CBOR, DAG_PB, cidOf, rawCid } from '../../src/content/cids.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { MemoryStore } from '../../src/content/memory-store.ts'
import { MAX_DEPTH, MAX_FILE_BLOCKS, load } from '../../src/content/unixfs.ts'
import { codeOf, counting, faultOf, fromHex, putFileNode, putRaw, text } from './support.ts'

const KIB = 1024

describe('a CID that is not a file', () => {
  it('is an unsupported codec', async () => {
    const store = createMemoryStore()
    const bytes = Uint8Array.of(0xa0)
    const cid = await cidOf(DAG_CBOR, bytes)
    await store.put(cid, bytes)
    const fault = await faultOf(load(store, cid))
    expect(fault).toMatchObject({ code: 'unsupported-codec', whose: 'requestor' })
    expect(fault.message).toContain('is dag-cbor, not a file')
  })

  it.each([
    ['a directory', '0a020801', 'directory'],
    ['a symlink', '0a05080412017a', 'symlink'],
    ['metadata', '0a020803', 'metadata'],
    ['a node without data', '', 'no UnixFS node'],
    ['a node with empty data', '0a00', 'no UnixFS node'],
    ['invalid dag-pb', 'ffff', 'no UnixFS node'],
    ['invalid UnixFS', '0a01ff', 'no UnixFS node'],
  ])('is a bad DAG: %s', async (_name, hex, words) => {
    const store = createMemoryStore()
    const cid = await cidOf(DAG_PB, fromHex(hex))
    await store.put(cid, fromHex(hex))
    const fault = await faultOf(load(store, cid))
    expect(fault).toMatchObject({ code: 'bad-dag', whose: 'requestor', detail: { cid } })
    expect(fault.message).toContain(words)
  })

  it('is a bad DAG: a sharded directory', async () => {
    const data = new UnixFS({
      type: 'hamt-sharded-directory',
      hashType: 0x22n,
      fanout: 256n,
      data: Uint8Array.of(1),
    }).marshal()
    const bytes = encode(prepare({ Data: data, Links: [] }))
    const cid = await cidOf(DAG_PB, bytes)
    const fault = await faultOf(load({ get: () => bytes }, cid))
    expect(fault.code).toBe('bad-dag')
    expect(fault.message).toContain('hamt-sharded-directory')
  })

  it('is a bad DAG: a directory or another codec within a file', async () => {
    const store = createMemoryStore()
    const folder = await putFileNode(store, [], [], { type: 'directory' })
    expect(await codeOf(load(store, await putFileNode(store, [folder], [0n])))).toBe('bad-dag')
    const cbor = await cidOf(DAG_CBOR, text('x'))
    await store.put(cbor, text('x'))
    expect(await codeOf(load(store, await putFileNode(store, [cbor], [1n])))).toBe('bad-dag')
  })
})

describe('a hostile file', () => {
  async function leaf(store: MemoryStore, size: number): Promise<CID> {
    return putRaw(store, new Uint8Array(size).fill(9))
  }

  it.each([
    ['more', 101n],
    ['less', 99n],
    ['far more', 2n ** 40n - 1n],
    ['nothing', 0n],
  ])('that declares %s than a leaf has is refused', async (_name, declared) => {
    const store = createMemoryStore()
    const root = await putFileNode(store, [await leaf(store, 100)], [declared])
    expect(await codeOf(load(store, root, { maxBytes: 2 ** 40 }))).toBe('bad-dag')
  })

  it('that declares more than the bound is refused before a leaf is read', async () => {
    const store = createMemoryStore()
    const root = await putFileNode(store, [await leaf(store, 100)], [2n ** 63n])
    const counted = counting(store)
    expect(await codeOf(load(counted, root))).toBe('too-large')
    expect(counted.reads).toBe(1)
  })

  it('whose sizes and links differ in number is refused', async () => {
    const store = createMemoryStore()
    expect(await codeOf(load(store, await putFileNode(store, [await leaf(store, 1)], [1n, 1n])))).toBe('bad-dag')
    expect(await codeOf(load(store, await putFileNode(store, [await leaf(store, 1)], [])))).toBe('bad-dag')
  })

  it('that repeats one leaf many times is refused at the root, or at the first wrong size', async () => {
    const store = createMemoryStore()
    let honest = await leaf(store, KIB)
    let lying = honest
    let size = BigInt(KIB)
    for (let level = 0; level < 8; level++) {
      honest = await putFileNode(store, Array<CID>(100).fill(honest), Array<bigint>(100).fill(size))
      lying = await putFileNode(store, Array<CID>(100).fill(lying), Array<bigint>(100).fill(1n))
      size *= 100n
    }
    const counted = counting(store)
    expect(await codeOf(load(counted, honest))).toBe('too-large')
    expect(counted.reads).toBe(1)
    expect(await codeOf(load(counted, lying))).toBe('bad-dag')
    expect(counted.reads).toBe(3)
  })

  it('that repeats an empty leaf is bounded by the number of blocks', async () => {
    const store = createMemoryStore()
    let root = await rawCid(new Uint8Array(0), IDENTITY)
    for (let level = 0; level < 5; level++)
      root = await putFileNode(store, Array<CID>(64).fill(root), Array<bigint>(64).fill(0n))
    const fault = await faultOf(load(store, root))
    expect(fault.code).toBe('too-large')
    expect(fault.message).toContain(`${MAX_FILE_BLOCKS} blocks`)
  })

  it('whose nodes are large and empty is bounded by the fetched bytes', async () => {
    const store = createMemoryStore()
    const nothing = await rawCid(new Uint8Array(0), IDENTITY)
    const data = new UnixFS({ type: 'file', blockSizes: [0n] }).marshal()
    const node = encode(prepare({ Data: data, Links: [{ Hash: nothing, Name: 'n'.repeat(1_000_000), Tsize: 0 }] }))
    const large = await cidOf(DAG_PB, node)
    await store.put(large, node)
    const root = await putFileNode(store, Array<CID>(100).fill(large), Array<bigint>(100).fill(0n))
    const counted = counting(store)
    const fault = await faultOf(load(counted, root, { maxBytes: 1000 }))
    expect(fault.code).toBe('too-large')
    expect(fault.message).toContain('bytes of blocks')
    expect(counted.reads).toBe(4)
  })

  it('that is nested too deep is refused', async () => {
    const store = createMemoryStore()
    let root = await leaf(store, 1)
    for (let level = 0; level < MAX_DEPTH; level++) root = await putFileNode(store, [root], [1n])
    expect(await load(store, root)).toEqual(Uint8Array.of(9))
    expect(await codeOf(load(store, await putFileNode(store, [root], [1n])))).toBe('bad-dag')
  })
})
