import { MemoryBlockstore } from 'blockstore-core/memory'
import { exporter } from 'ipfs-unixfs-exporter'
import { importBytes } from 'ipfs-unixfs-importer'
import type { ImporterOptions } from 'ipfs-unixfs-importer'
import { balanced } from 'ipfs-unixfs-importer/layout'
import { fixedSize } from 'ipfs-unixfs-importer/chunker'
import { describe, expect, it } from 'vitest'
import { DAG_PB, RAW, blockKey, parseCid, rawCid } from '../../src/content/cids.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { BLAKE3, IDENTITY, SHA3_256 } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import type { BlockStore } from '../../src/interface.ts'
import {
  codeOf,
  counting,
  faultOf,
  fromHex,
  never,
  noise,
  putFileNode,
  putRaw,
  same,
  temporaryFolder,
  text,
} from './support.ts'

const KIB = 1024
const THREE_MEGABYTES = noise(3_000_000)

/** The settings of published IPVM modules, spelled out; the importer changes what it is given. */
const published = (): ImporterOptions => ({
  cidVersion: 1,
  rawLeaves: true,
  reduceSingleLeafToSelf: true,
  chunker: fixedSize({ chunkSize: 256 * KIB }),
  layout: balanced({ maxChildrenPerNode: 174 }),
})

describe('addFile', () => {
  it.each([
    ['nothing', 0],
    ['one byte', 1],
    ['one chunk', 256 * KIB],
    ['one chunk and a byte', 256 * KIB + 1],
    ['3 MB', 3_000_000],
  ])('names %s as the importer of IPFS does with the settings of published modules', async (_name, size) => {
    const bytes = THREE_MEGABYTES.slice(0, size)
    const reference = await importBytes(bytes, new MemoryBlockstore(), published())
    const store = createMemoryStore()
    const cid = await addFile(store, bytes)
    expect(cid.toString()).toBe(reference.cid.toString())
    expect([cid.version, cid.code]).toEqual([1, size > 256 * KIB ? DAG_PB : RAW])
    expect(same(await load(store, cid), bytes)).toBe(true)
  })

  it('links 174 leaves per node: 46 MB of equal leaves have 4 blocks', async () => {
    const store = createMemoryStore()
    const bytes = new Uint8Array(175 * 256 * KIB).fill(7)
    const cid = await addFile(store, bytes)
    expect(store.size).toBe(4)
    expect(await store.has(await rawCid(bytes.subarray(0, 256 * KIB)))).toBe(true)
    expect(cid.toString()).toBe((await importBytes(bytes, new MemoryBlockstore(), published())).cid.toString())
    expect(same(await load(store, cid), bytes)).toBe(true)
  })

  it('writes content that fits into one chunk as a raw block', async () => {
    const store = createMemoryStore()
    const cid = await addFile(store, THREE_MEGABYTES, { format: 'raw' })
    expect(cid.toString()).toBe((await rawCid(THREE_MEGABYTES)).toString())
    expect(store.size).toBe(1)
    expect(same(await load(store, cid), THREE_MEGABYTES)).toBe(true)
  })

  it('reports a store that fails, and stops when the signal fires', async () => {
    const full = { put: () => Promise.reject(new Error('full')) }
    expect(await codeOf(addFile(full, THREE_MEGABYTES))).toBe('store-failed')
    expect(await codeOf(addFile({ put: never }, THREE_MEGABYTES, { signal: AbortSignal.timeout(10) }))).toBe('timeout')
  })
})

describe('load', () => {
  it('reads files as the first version of ipfs add made them', async () => {
    const store = createMemoryStore()
    // `echo hello world | ipfs add`, CID version 0: UnixFS data within the node.
    await store.put(
      parseCid('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'),
      fromHex('0a120802120c68656c6c6f20776f726c640a180c'),
    )
    expect(await load(store, parseCid('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'))).toEqual(text('hello world\n'))
    expect(await load(store, parseCid('QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o').toV1())).toEqual(
      text('hello world\n'),
    )
  })

  it.each([
    ['version 0, no raw leaves', { profile: 'unixfs-v0-2015' }],
    ['1 MiB chunks', { profile: 'unixfs-v1-2025' }],
    ['leaves of type raw', { rawLeaves: false, leafType: 'raw', cidVersion: 0, reduceSingleLeafToSelf: false }],
    ['many levels', { layout: balanced({ maxChildrenPerNode: 2 }) }],
  ] as const)('reads other forms of files: %s', async (_name, settings) => {
    const store = new MemoryBlockstore()
    const { cid } = await importBytes(THREE_MEGABYTES, store, { ...settings })
    expect(same(await load(store, cid), THREE_MEGABYTES)).toBe(true)
  })

  it.each([
    ['file system', async () => createFsStore(await temporaryFolder())],
    ['foreign', async () => new MemoryBlockstore()],
  ])('reads 3 MB from a %s store, and agrees with the exporter of IPFS', async (_name, make) => {
    const store = await make()
    const cid = await addFile(store, THREE_MEGABYTES)
    expect(same(await load(store, cid), THREE_MEGABYTES)).toBe(true)
    const entry = await exporter(cid, store)
    if (entry.type !== 'file') throw new Error(entry.type)
    const pieces: Uint8Array[] = []
    for await (const piece of entry.content()) pieces.push(piece)
    expect(same(Buffer.concat(pieces), THREE_MEGABYTES)).toBe(true)
  })

  it('reads raw blocks of every known hash function', async () => {
    const store = createMemoryStore()
    for (const hash of [SHA3_256, BLAKE3, IDENTITY]) {
      expect(await load(store, await putRaw(store, text('x'), hash))).toEqual(text('x'))
    }
  })

  it('reads identity blocks within a file', async () => {
    const store = createMemoryStore()
    const inline = await rawCid(text('inline'), IDENTITY)
    expect(await load(store, await putFileNode(store, [inline, inline], [6n, 6n]))).toEqual(text('inlineinline'))
  })

  it('hashes every block: one flipped bit in any of them is a fault that names it', async () => {
    const store = createMemoryStore()
    const cid = await addFile(store, THREE_MEGABYTES)
    expect(store.size).toBe(13)
    for (const block of store.blocks()) {
      const damaged: Pick<BlockStore, 'get'> = {
        get: wanted => (blockKey(wanted) === blockKey(block.cid) ? flipped(block.bytes) : store.get(wanted)),
      }
      expect(await faultOf(load(damaged, cid))).toMatchObject({ code: 'hash-mismatch' })
    }
  })

  it('names a leaf that is missing', async () => {
    const store = createMemoryStore()
    const cid = await addFile(store, THREE_MEGABYTES)
    const last = await rawCid(THREE_MEGABYTES.subarray(11 * 256 * KIB))
    await store.delete(last)
    const fault = await faultOf(load(store, cid))
    expect([fault.code, String(fault.detail['cid'])]).toEqual(['block-missing', last.toString()])
  })

  it('does not load more than the bound', async () => {
    const store = createMemoryStore()
    const cid = await addFile(store, THREE_MEGABYTES)
    expect(same(await load(store, cid, { maxBytes: 3_000_000 }), THREE_MEGABYTES)).toBe(true)
    const counted = counting(store)
    expect(await codeOf(load(counted, cid, { maxBytes: 2_999_999 }))).toBe('too-large')
    expect(counted.reads).toBe(1)
    const raw = await addFile(store, THREE_MEGABYTES, { format: 'raw' })
    expect(await codeOf(load(store, raw, { maxBytes: 2_999_999 }))).toBe('too-large')
  })

  it('stops when the signal fires, also when the store hangs', async () => {
    const store = createMemoryStore()
    const cid = await addFile(store, THREE_MEGABYTES)
    expect(await codeOf(load(store, cid, { signal: AbortSignal.abort() }))).toBe('aborted')
    const hanging: Pick<BlockStore, 'get'> = { get: wanted => (wanted.code === RAW ? never() : store.get(wanted)) }
    expect(await codeOf(load(hanging, cid, { signal: AbortSignal.timeout(20) }))).toBe('timeout')
  })
})

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  copy[copy.length >> 1]! ^= 1
  return copy
}
