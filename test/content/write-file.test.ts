/** Nodes of files as this library writes them, from declared sizes: no test needs the gigabytes. */
import { decode } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { RAW, rawCid } from '../../src/content/cids.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { decodeNode } from '../../src/content/unixfs-node.ts'
import { nodeAbove } from '../../src/content/write-file.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { noise, same, text } from './support.ts'

const SIZES = [1, 127, 128, 2 ** 31 - 1, 2 ** 31, 3_000_000_000, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 2 ** 31, 2 ** 52]

describe('a node of a file (RECEIPT-12)', () => {
  it.each(SIZES)('of %d bytes declares just these, and has one CID', async size => {
    const cid = await rawCid(text('leaf'))
    const node = await nodeAbove([{ cid, size, blocks: size }])
    expect(node.size).toBe(size)
    expect(node.blocks).toBe(size + node.bytes.length)
    const { fileSize, blockSizes, links } = decodeNode(node.bytes)
    expect([fileSize, blockSizes, links]).toEqual([BigInt(size), [BigInt(size)], [{ name: '', cid }]])
    const { Data, Links } = decode(node.bytes)
    expect(Links.map(({ Tsize }) => Tsize)).toEqual([size])
    expect(UnixFS.unmarshal(Data!).blockSizes).toEqual([BigInt(size)])
    for (let i = 0; i < 20; i++)
      expect(String((await nodeAbove([{ cid, size, blocks: size }])).cid)).toBe(String(node.cid))
  })

  it('of 2³¹ bytes below two links has the bytes that UnixFS states', async () => {
    const cid = await rawCid(text('leaf'))
    const part = { cid, size: 2 ** 30, blocks: 2 ** 30 }
    const { Data } = decode((await nodeAbove([part, part])).bytes)
    expect(Buffer.from(Data!).toString('hex')).toBe(`0802188080808008${'208080808004'.repeat(2)}`)
  })
})

it('puts a node when all that it links to is in the store', async () => {
  const store = createMemoryStore()
  const early: string[] = []
  const slow = {
    async put(cid: CID, bytes: Uint8Array) {
      if (cid.code === RAW) await new Promise(done => setTimeout(done, Math.random() * 5))
      else for (const link of decode(bytes).Links) if (!(await store.has(link.Hash))) early.push(String(cid))
      return store.put(cid, bytes)
    },
  }
  const cid = await addFile(slow, noise(5_300_000))
  expect(early).toEqual([])
  expect(same(await load(store, cid), noise(5_300_000))).toBe(true)
})
