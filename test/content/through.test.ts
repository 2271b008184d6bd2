import { varint } from 'multiformats'
import { describe, expect, it } from 'vitest'
import { exportCar, readCar } from '../../src/content/car.ts'
import { blockKey, rawCid } from '../../src/content/cids.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { fetchCar, loadThrough } from '../../src/content/through.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { codeOf, faultOf, noise, putFileNode, same, serve, temporaryFolder, text } from './support.ts'

const FILE = noise(3_000_000)
const origin = createMemoryStore()
const cid = await addFile(origin, FILE)
const LEAF = await rawCid(FILE.subarray(5 * 262_144, 6 * 262_144))

/** A trustless gateway over blocks; `edit` may replace one (undefined: it is missing). */
async function gateway(
  edit: (key: string, bytes: Uint8Array) => Uint8Array | undefined = (_key, bytes) => bytes,
): Promise<{ url: string; requests: string[] }> {
  const requests: string[] = []
  const blocks = new Map([...origin.blocks()].map(block => [block.cid.toString(), block]))
  const url = await serve((request, response) => {
    requests.push(request.url!)
    const [, name, format] = /^\/ipfs\/(\w+)\?format=(\w+)/.exec(request.url!)!
    void (async () => {
      if (format === 'car') return response.end(await carOf(name!))
      const block = blocks.get(name!)
      const bytes = block && edit(blockKey(block.cid), block.bytes)
      if (bytes === undefined) response.writeHead(404)
      return response.end(bytes)
    })()
  })
  /** The archive with the edits, which the exporter would refuse to write: frame by frame. */
  async function carOf(name: string): Promise<Uint8Array> {
    const root = blocks.get(name)!.cid
    const pieces = [await exportCar(origin, [root], { cids: [] })]
    for (const block of (await readCar(await exportCar(origin, [root]))).blocks) {
      const bytes = edit(blockKey(block.cid), block.bytes)
      if (bytes === undefined) continue
      const length = block.cid.bytes.length + bytes.length
      pieces.push(varint.encodeTo(length, new Uint8Array(varint.encodingLength(length))), block.cid.bytes, bytes)
    }
    return new Uint8Array(Buffer.concat(pieces))
  }
  return { url, requests }
}

const corrupt = (key: string, bytes: Uint8Array): Uint8Array =>
  key === blockKey(LEAF) ? bytes.map(byte => byte ^ 1) : bytes
const missing = (key: string, bytes: Uint8Array): Uint8Array | undefined => (key === blockKey(LEAF) ? undefined : bytes)

describe.each([
  ['car', 1],
  ['raw', 13],
] as const)('loadThrough a gateway, mode %s', (mode, requestCount) => {
  it('loads blocks, stores them, and does not fetch them twice', async () => {
    const { url, requests } = await gateway()
    const local = createFsStore(await temporaryFolder())
    expect(same(await loadThrough(local, url, cid, { mode }), FILE)).toBe(true)
    expect(requests.length).toBe(requestCount)
    expect(same(await loadThrough(local, url, cid, { mode }), FILE)).toBe(true)
    expect(same(await load(local, cid), FILE)).toBe(true)
    expect(requests.length).toBe(requestCount)
  })

  it.each([
    ['corrupt', corrupt, 'hash-mismatch'],
    ['missing', missing, 'block-missing'],
  ] as const)('stores nothing if a leaf is %s, and names it', async (_name, edit, code) => {
    const { url } = await gateway(edit)
    const local = createMemoryStore()
    const fault = await faultOf(loadThrough(local, url, cid, { mode }))
    expect([fault.code, fault.whose, String(fault.detail['cid']), local.size]).toEqual([
      code,
      'network',
      LEAF.toString(),
      0,
    ])
  })

  it('repairs a local block that is damaged', async () => {
    const { url } = await gateway()
    const local = createMemoryStore()
    await addFile(local, FILE)
    await local.put(LEAF, text('damaged'))
    expect(await codeOf(load(local, cid))).toBe('hash-mismatch')
    expect(same(await loadThrough(local, url, cid, { mode }), FILE)).toBe(true)
    expect(same(await load(local, cid), FILE)).toBe(true)
  })

  it('loads no more than the bound, and stores nothing beyond it', async () => {
    const { url } = await gateway()
    const local = createMemoryStore()
    const fault = await faultOf(loadThrough(local, url, cid, { mode, maxBytes: 2_999_999 }))
    expect([fault.code, local.size]).toEqual(['too-large', 0])
    expect(same(await loadThrough(local, url, cid, { mode, maxBytes: 3_000_000 }), FILE)).toBe(true)
  })

  it('stores nothing of a DAG that is not a file', async () => {
    const folder = await putFileNode(origin, [LEAF], [], { type: 'directory' })
    const { url } = await gateway()
    const local = createMemoryStore()
    expect(await codeOf(loadThrough(local, url, folder, { mode }))).toBe('bad-dag')
    expect(local.size).toBe(0)
  })

  it('does not use the gateway for problems of this host', async () => {
    const { url, requests } = await gateway()
    const failing = { ...wrap(createMemoryStore()), get: () => Promise.reject(new Error('disk on fire')) }
    expect(await codeOf(loadThrough(failing, url, cid, { mode }))).toBe('store-failed')
    expect(requests).toEqual([])
  })
})

function wrap(store: ReturnType<typeof createMemoryStore>): Parameters<typeof loadThrough>[0] {
  return {
    get: name => store.get(name),
    put: (name, bytes) => store.put(name, bytes),
    has: name => store.has(name),
  }
}

describe('loadThrough', () => {
  it('fetches only what is missing in mode raw', async () => {
    const { url, requests } = await gateway()
    const local = createMemoryStore()
    await addFile(local, FILE)
    await local.delete(LEAF)
    expect(same(await loadThrough(local, url, cid, { mode: 'raw' }), FILE)).toBe(true)
    expect(requests).toEqual([`/ipfs/${LEAF}?format=raw`])
    expect(await local.has(LEAF)).toBe(true)
  })

  it('fetches a single raw block that is larger than 2 MiB', async () => {
    const large = await addFile(origin, FILE, { format: 'raw' })
    for (const mode of ['car', 'raw'] as const) {
      const { url } = await gateway()
      expect(same(await loadThrough(createMemoryStore(), url, large, { mode }), FILE)).toBe(true)
    }
  })
})

describe('fetchCar', () => {
  it('stores the whole DAG and no other block', async () => {
    const stray = await rawCid(text('stray'))
    await origin.put(stray, text('stray'))
    const car = await exportCar(origin, [cid], {
      cids: [stray, ...(await readCar(await exportCar(origin, [cid]))).blocks.map(block => block.cid)],
    })
    const url = await serve((_request, response) => {
      response.end(car)
    })
    const store = createMemoryStore()
    expect((await fetchCar(store, url, cid)).blocks).toBe(13)
    expect([store.size, await store.has(stray)]).toEqual([13, false])
  })

  it.each([
    ['corrupt', corrupt, 'hash-mismatch'],
    ['missing', missing, 'block-missing'],
  ] as const)('stores nothing if a leaf is %s', async (_name, edit, code) => {
    const { url } = await gateway(edit)
    const store = createMemoryStore()
    const fault = await faultOf(fetchCar(store, url, cid))
    expect([fault.code, String(fault.detail['cid']), store.size]).toEqual([code, LEAF.toString(), 0])
  })
})
