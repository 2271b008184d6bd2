/** The client of this library against its own gateway. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { cidOf, rawCid } from '../../src/content/cids.ts'
import { createFallbackStore } from '../../src/content/fallback-store.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { createGatewayStore } from '../../src/content/gateway.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { fetchCar, loadThrough } from '../../src/content/through.ts'
import { addFile, load } from '../../src/content/unixfs.ts'
import { faultOf, noise, same, sample, temporaryFolder, text } from '../content/support.ts'
import { gatewayOf, RAW, TOKEN } from './support.ts'

const bytes = text('a block')
const cid = await rawCid(bytes)

describe('a gateway as a store', () => {
  test('is read and written (SERVE-14, SERVE-16)', async () => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    const remote = createGatewayStore(`${url}/`, { token: TOKEN })
    expect(await remote.has(cid)).toBe(false)
    expect((await faultOf(() => remote.get(cid))).code).toBe('block-missing')
    expect(await remote.put(cid, bytes)).toEqual(cid)
    expect(await remote.has(cid)).toBe(true)
    expect(await remote.get(cid)).toEqual(bytes)
    expect(await remote.put(await cidOf(0x55, bytes, IDENTITY), bytes)).toBeDefined()
    expect(store.size).toBe(1)
  })

  test('takes files, and gives them back to another machine', async () => {
    const folder = await temporaryFolder()
    const kept = createFsStore(folder)
    onTestFinished(() => kept.close())
    const { url } = await gatewayOf({ store: kept as never, token: TOKEN })
    const content = noise(900_000)
    const name = await addFile(createGatewayStore(url, { token: TOKEN }), content)
    for (const mode of ['car', 'raw'] as const) {
      const local = createMemoryStore()
      expect(same(await loadThrough(local, url, name, { mode }), content)).toBe(true)
      expect(local.size).toBe(5)
    }
    expect(same(await load(createFallbackStore(createMemoryStore(), createGatewayStore(url)), name), content)).toBe(
      true,
    )
  })

  test('gives whole DAGs in one request', async () => {
    const { store, root, order } = await sample()
    const { url } = await gatewayOf({ store })
    const copy = createMemoryStore()
    expect(await fetchCar(copy, url, root)).toMatchObject({ blocks: order.length })
  })

  test.each<[string, string | undefined, object, string, string]>([
    ['there is no token', undefined, {}, 'store-failed', 'can only be read without a token'],
    ['the token is wrong', 'other', { token: TOKEN }, 'store-failed', 'does not accept the token (401)'],
    ['the gateway takes nothing', TOKEN, {}, 'store-failed', 'does not accept the token (403)'],
    [
      'the block is too large',
      TOKEN,
      { token: TOKEN, maxBlockBytes: 6 },
      'store-failed',
      'does not take the block: 413',
    ],
  ])('cannot be written if %s', async (_, token, options, code, words) => {
    const { url, store } = await gatewayOf(options)
    const fault = await faultOf(async () => createGatewayStore(url, { token }).put(cid, bytes))
    expect(fault).toMatchObject({ code, message: expect.stringContaining(words) })
    expect(store.size).toBe(0)
  })

  test('refuses bytes that are not those of the CID', async () => {
    const { url } = await gatewayOf({ token: TOKEN })
    const remote = createGatewayStore(url, { token: TOKEN })
    expect(await faultOf(async () => remote.put(cid, text('other')))).toMatchObject({
      code: 'store-failed',
      detail: { status: 422 },
    })
    expect(await faultOf(() => createGatewayStore(url, { token: 'two words' }))).toMatchObject({ code: 'bad-usage' })
  })

  test('sends its token with blocks alone, and follows no redirection with it (SERVE-16)', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      const { method, url, headers } = request
      seen.push(`${method} ${url} ${headers['content-type'] ?? '-'} ${headers.authorization ?? '-'}`)
      request.resume()
      if (method === 'PUT') response.writeHead(307, { Location: '/elsewhere' }).end()
      else response.end(bytes)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const remote = createGatewayStore(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { token: TOKEN })
    expect((await faultOf(async () => remote.put(cid, bytes))).code).toBe('gateway-failed')
    await remote.get(cid)
    await remote.has(cid)
    expect(seen).toEqual([
      `PUT /ipfs/${cid}?format=raw ${RAW} Bearer ${TOKEN}`,
      `GET /ipfs/${cid}?format=raw - -`,
      `HEAD /ipfs/${cid}?format=raw - -`,
    ])
  })

  test.each([500, 503, 429, 408])('can be tried again at %d', async status => {
    const answers = async (): Promise<Response> => new Response(null, { status })
    const remote = createGatewayStore('https://gateway.example', { token: TOKEN, fetch: answers })
    expect(await faultOf(async () => remote.put(cid, bytes))).toMatchObject({
      code: 'gateway-failed',
      retryable: true,
      detail: { status },
    })
  })
})
