/** Writing to a gateway, over HTTP. */
import { describe, expect, test } from 'vitest'
import { exportCar } from '../../src/content/car.ts'
import { cidOf, rawCid } from '../../src/content/cids.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { Block, BlockStore } from '../../src/interface.ts'
import { linkedFirst } from '../../src/gateway/receive.ts'
import { noise, putCbor, putRaw, sample, text } from '../content/support.ts'
import { CAR, gatewayOf, RAW, told, TOKEN } from './support.ts'

const bytes = text('a block')
const cid = await rawCid(bytes)
const bearer = { authorization: `Bearer ${TOKEN}` }

const put = (
  url: string,
  body: Uint8Array | string = bytes,
  headers: Record<string, string> = {},
  name: unknown = cid,
): Promise<readonly [number, string]> =>
  told(`${url}/ipfs/${name}?format=raw`, {
    method: 'PUT',
    body: body as string,
    headers: { 'content-type': RAW, ...bearer, ...headers },
  })

const post = (
  url: string,
  body: Uint8Array | string,
  headers: Record<string, string> = {},
): Promise<readonly [number, string]> =>
  told(`${url}/ipfs/`, {
    method: 'POST',
    body: body as string,
    headers: { 'content-type': CAR, ...bearer, ...headers },
  })

describe('who may write (SERVE-13)', () => {
  test.each<[string, Record<string, string>, number, string]>([
    ['no token', { authorization: '' }, 401, 'writing takes a token'],
    ['another scheme', { authorization: `Basic ${TOKEN}` }, 401, 'writing takes a token'],
    ['another token', { authorization: `Bearer ${TOKEN}x` }, 401, 'this is not the token'],
    ['a part of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401, 'this is not the token'],
    ['two tokens', { authorization: `Bearer ${TOKEN} ${TOKEN}` }, 401, 'writing takes a token'],
  ])('%s is refused', async (_, headers, status, words) => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    expect(await put(url, bytes, headers)).toEqual([status, expect.stringContaining(words)])
    expect(await post(url, await exportCar(store, []), headers)).toEqual([status, expect.stringContaining(words)])
    expect(store.size).toBe(0)
  })

  test('nobody, if there is no token', async () => {
    const { url, store } = await gatewayOf()
    expect(await put(url)).toEqual([403, 'nothing can be written here: this gateway has no token\n'])
    expect((await post(url, ''))[0]).toBe(403)
    expect(store.size).toBe(0)
  })

  test('the scheme is read in any case', async () => {
    const { url } = await gatewayOf({ token: TOKEN })
    expect(await put(url, bytes, { authorization: `bearer  ${TOKEN}` })).toEqual([204, ''])
  })
})

describe('PUT of a block (SERVE-14)', () => {
  test('stores it, once and again', async () => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    expect(await put(url)).toEqual([204, ''])
    expect(await put(url)).toEqual([204, ''])
    expect([...store.blocks()]).toEqual([{ cid, bytes }])
    expect(await told(`${url}/ipfs/${cid}?format=raw`)).toEqual([200, 'a block'])
  })

  test('repairs a block that is damaged in the store', async () => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    await store.put(cid, text('damaged'))
    expect(await put(url)).toEqual([204, ''])
    expect((await told(`${url}/ipfs/${cid}?format=raw`))[0]).toBe(200)
  })

  test('stores nothing under an identity CID, which needs no store', async () => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    const name = await cidOf(0x55, text('in the CID'), IDENTITY)
    expect(await put(url, 'in the CID', {}, name)).toEqual([204, ''])
    expect((await put(url, 'elsewhere', {}, name))[0]).toBe(422)
    expect(store.size).toBe(0)
  })

  test.each<[string, Parameters<typeof put> extends [string, ...infer R] ? R : never, number, string]>([
    ['other bytes', ['other bytes'], 422, `the bytes from the request are not those of ${cid}`],
    ['no bytes', [''], 422, 'are not those of'],
    ['another media type', [bytes, { 'content-type': 'text/plain' }], 415, 'not "text/plain"'],
    ['a CAR', [bytes, { 'content-type': CAR }], 415, `sent as Content-Type: ${RAW}`],
    ['a large block', [noise(2 ** 21 + 1)], 413, 'at most 2097152 bytes are taken'],
    ['an unknown hash', [bytes, {}, `bafk2bzaced${'a'.repeat(51)}`], 400, 'is not known here'],
    ['no CID', [bytes, {}, 'nothing'], 400, 'is no CID'],
    ['a path', [bytes, {}, `${cid}/name`], 400, 'under its CID alone'],
  ])('refuses %s', async (_, [body, headers, name], status, words) => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    expect(await put(url, body, headers, name)).toEqual([status, expect.stringContaining(words)])
    expect(store.size).toBe(0)
  })

  test('refuses content without a length as soon as there is too much of it', async () => {
    const { url, store } = await gatewayOf({ token: TOKEN, maxBlockBytes: 1000 })
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536))
      },
    })
    const init = { method: 'PUT', body, duplex: 'half', headers: { 'content-type': RAW, ...bearer } } as RequestInit
    // The connection is closed while the client still sends, so it may or may not get to read the answer.
    const status = await fetch(`${url}/ipfs/${cid}?format=raw`, init).then(
      response => response.status,
      () => 413,
    )
    expect([status, store.size]).toEqual([413, 0])
    expect(sent).toBeLessThan(2 ** 26)
  })

  test('tells if the store fails', async () => {
    const seen: unknown[] = []
    const store: BlockStore = {
      get: () => new Uint8Array(0),
      has: () => false,
      put: () => Promise.reject(new Error('full')),
    }
    const { url } = await gatewayOf({ store: store as never, token: TOKEN, onFault: error => seen.push(error) })
    expect(await put(url)).toEqual([500, 'the gateway failed: its operator can see why\n'])
    expect(seen).toMatchObject([{ code: 'store-failed' }])
  })
})

describe('POST of a CAR (SERVE-15)', () => {
  test('stores all of its blocks', async () => {
    const { store: from, root, order } = await sample()
    const { url, store } = await gatewayOf({ token: TOKEN })
    expect(await post(url, await exportCar(from, [root]))).toEqual([204, ''])
    expect(new Set([...store.blocks()].map(({ cid }) => cid.toString()))).toEqual(new Set(order))
    expect(await post(url, await exportCar(from, []))).toEqual([204, ''])
  })

  test('stores each block after those that it links to, whatever their order', async () => {
    const { store: from, root } = await sample()
    const put: string[] = []
    const store: BlockStore = {
      get: () => new Uint8Array(0),
      has: () => false,
      putInOrder: blocks => void put.push(...blocks.map(({ cid }) => cid.toString())),
      put: name => name,
    }
    const { url } = await gatewayOf({ store: store as never, token: TOKEN })
    expect(await post(url, await exportCar(from, [root]))).toEqual([204, ''])
    expect(put.at(-1)).toBe(root.toString())
    expect(put).toHaveLength(8)
  })

  test.each<[string, (car: Uint8Array) => Uint8Array | string, number, string]>([
    ['one that ends too early', car => car.subarray(0, -1), 422, 'this is no sound CAR'],
    ['what is none', () => 'no CAR at all', 422, 'this is no sound CAR'],
    ['nothing', () => '', 422, 'this is no sound CAR'],
    ['one with a damaged block', car => damaged(car), 422, 'are not those of'],
  ])('stores nothing of %s', async (_, change, status, words) => {
    const { store: from, root } = await sample()
    const { url, store } = await gatewayOf({ token: TOKEN })
    const car = await exportCar(from, [root])
    expect(await post(url, change(car))).toEqual([status, expect.stringContaining(words)])
    expect(store.size).toBe(0)
  })

  test('refuses one with too many bytes, blocks or too large a block, and another media type', async () => {
    const { store: from, root } = await sample()
    const car = await exportCar(from, [root])
    const refused = async (options: object, headers: Record<string, string> = {}): Promise<unknown> => {
      const { url, store } = await gatewayOf({ token: TOKEN, ...options })
      const [status, words] = await post(url, car, headers)
      return [status, words.trim(), store.size]
    }
    expect(await refused({ maxUploadBytes: 1000 })).toEqual([413, 'at most 1000 bytes are taken', 0])
    expect(await refused({ maxBlocks: 3 })).toEqual([413, 'the CAR has more than 3 blocks', 0])
    expect(await refused({ maxBlockBytes: 1000 })).toEqual([
      413,
      expect.stringContaining('more than the 1000 bytes'),
      0,
    ])
    expect(await refused({}, { 'content-type': RAW })).toEqual([415, expect.stringContaining(`not "${RAW}"`), 0])
  })

  test('is only at one place', async () => {
    const { url } = await gatewayOf({ token: TOKEN })
    const init = { method: 'POST', headers: { 'content-type': CAR, ...bearer } }
    expect((await told(`${url}/ipfs/${cid}`, init))[0]).toBe(404)
    expect((await told(`${url}/`, init))[0]).toBe(404)
  })
})

test('blocks are ordered by their links, in long chains and with blocks that cannot be read (SERVE-15)', async () => {
  const store = createMemoryStore()
  let last = await putRaw(store, text('end'))
  for (let i = 0; i < 600; i++) last = await putCbor(store, { last })
  const odd: Block = { cid: await cidOf(0x71, text('no cbor')), bytes: text('no cbor') }
  const blocks = [...store.blocks()].reverse()
  const ordered = linkedFirst([odd, ...blocks, odd])
  expect(ordered.map(({ cid }) => cid.toString())).toEqual([odd, ...blocks.reverse()].map(({ cid }) => cid.toString()))
})

function damaged(car: Uint8Array): Uint8Array {
  const copy = car.slice()
  copy[copy.length - 1]! ^= 1
  return copy
}
