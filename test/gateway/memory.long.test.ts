/** What a gateway holds in memory for large and hostile DAGs, and for many slow readers (SERVE-12). */
import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { expect, test } from 'vitest'
import { cidOf, DAG_PB, RAW, rawCid } from '../../src/content/cids.ts'
import type { BlockStore } from '../../src/interface.ts'
import { gatewayOf, raw } from './support.ts'

const MIB = 2 ** 20

/** A store that makes its blocks when they are read, so that what is in memory is the gateway's. */
function made(blocks: ReadonlyMap<string, () => Uint8Array>): BlockStore {
  return {
    get: cid => {
      const make = blocks.get(cid.toString())
      if (make === undefined) throw Object.assign(new Error('no such block'), { code: 'ENOENT' })
      return make()
    },
    has: cid => blocks.has(cid.toString()),
    put: cid => cid,
  }
}

/** The `i`-th block of 1 MiB. */
function nth(i: number): Uint8Array {
  const bytes = new Uint8Array(MIB)
  new DataView(bytes.buffer).setUint32(0, i)
  return bytes
}

/** The greatest memory of buffers beyond what there was before, in MiB, while some work is done. */
async function peakOf(work: () => Promise<void>): Promise<number> {
  const used = (): number => {
    const { arrayBuffers, heapUsed } = process.memoryUsage()
    return (arrayBuffers + heapUsed) / MIB
  }
  globalThis.gc?.()
  const before = used()
  let peak = 0
  const timer = setInterval(() => (peak = Math.max(peak, used() - before)), 20)
  try {
    await work()
  } finally {
    clearInterval(timer)
  }
  return Math.max(peak, used() - before)
}

async function largeFile(count: number): Promise<{ store: BlockStore; root: CID }> {
  const blocks = new Map<string, () => Uint8Array>()
  const links: CID[] = []
  for (let i = 0; i < count; i++) {
    const cid = await rawCid(nth(i))
    links.push(cid)
    blocks.set(cid.toString(), () => nth(i))
  }
  const file = new UnixFS({ type: 'file', blockSizes: links.map(() => BigInt(MIB)) })
  const Links = links.map(Hash => ({ Hash, Name: '', Tsize: MIB }))
  const bytes = encode(prepare({ Data: file.marshal(), Links }))
  const root = await cidOf(DAG_PB, bytes)
  blocks.set(root.toString(), () => bytes)
  return { store: made(blocks), root }
}

test('a CAR of 1 GiB takes the memory of a few blocks', async () => {
  const { store, root } = await largeFile(1024)
  const { url } = await gatewayOf({ store: store as never, maxBytes: 2 ** 31 })
  let received = 0
  const peak = await peakOf(async () => {
    const response = await fetch(`${url}/ipfs/${root}?format=car`)
    for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) received += piece.length
  })
  expect(received).toBeGreaterThan(2 ** 30)
  // Blocks that were sent wait to be collected.
  expect(peak).toBeLessThan(150)
})

test('readers that stop take the memory of a few blocks each', async () => {
  const { store, root } = await largeFile(64)
  const { url } = await gatewayOf({ store: store as never, maxPerAddress: 64 })
  const peak = await peakOf(async () => {
    const readers = Array.from({ length: 32 }, () =>
      raw(url, `GET /ipfs/${root}?format=car HTTP/1.1\r\nHost: a\r\n\r\n`),
    )
    for (const { socket } of readers) socket.pause()
    await new Promise(resolve => setTimeout(resolve, 3_000))
    for (const { socket } of readers) socket.destroy()
  })
  expect(peak).toBeLessThan(200)
})

test('a chain of blocks that each link to 50 000 others does not keep them, and is cut off', async () => {
  const blocks = new Map<string, () => Uint8Array>()
  const absent = (level: number, i: number): CID => {
    const digest = new Uint8Array(32)
    new DataView(digest.buffer).setUint32(0, level)
    new DataView(digest.buffer).setUint32(4, i)
    return CID.createV1(RAW, create(0x12, digest))
  }
  let root: CID | undefined
  for (let level = 0; level < 12; level++) {
    const links = [...(root === undefined ? [] : [root]), ...Array.from({ length: 45_000 }, (_, i) => absent(level, i))]
    const Links = links.map(Hash => ({ Hash, Name: '', Tsize: 0 }))
    const bytes = encode(prepare({ Data: new UnixFS({ type: 'file' }).marshal(), Links }))
    expect(bytes.length).toBeLessThan(2 * MIB)
    root = await cidOf(DAG_PB, bytes)
    blocks.set(root.toString(), () => bytes.slice())
  }
  for (const scope of ['all', 'entity']) {
    const { url } = await gatewayOf({ store: made(blocks) as never })
    const peak = await peakOf(async () => {
      const response = await fetch(`${url}/ipfs/${root}?format=car&dag-scope=${scope}`)
      await expect(response.arrayBuffer()).rejects.toThrow()
    })
    expect(peak).toBeLessThan(200)
  }
})
