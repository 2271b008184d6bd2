/** Clients that are slow, absurd or gone, and DAGs that are made to exhaust a gateway. */
import { encode, prepare } from '@ipld/dag-pb'
import { UnixFS } from 'ipfs-unixfs'
import type { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { cidOf, DAG_PB, rawCid } from '../../src/content/cids.ts'
import { createMemoryStore, type MemoryStore } from '../../src/content/memory-store.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { serveGateway } from '../../src/gateway/serve.ts'
import { codeOf, noise, putCbor, putFileNode, putRaw, text } from '../content/support.ts'
import { cidsOf, gatewayOf, RAW, raw, told, TOKEN, until } from './support.ts'

const bytes = text('a block')
const cid = await rawCid(bytes)

/** A store that notes what is read, with blocks that are read only when the test lets them. */
function watched(store: MemoryStore) {
  const seen = { reads: 0, open: 0, aborted: 0 }
  let hold = false
  let release = (): void => {}
  const gate = new Promise<void>(resolve => (release = resolve))
  return {
    seen,
    hold: () => void (hold = true),
    release: () => release(),
    async get(name: CID, options?: { readonly signal?: AbortSignal }) {
      seen.reads++
      if (hold) {
        seen.open++
        options?.signal?.addEventListener('abort', () => void seen.aborted++)
        await gate
      }
      return store.get(name)
    },
    has: (name: CID) => store.has(name),
    put: (name: CID, content: Uint8Array) => store.put(name, content),
  }
}

/** A list of 500 raw blocks of 64 KiB, and its root. */
async function large(store: MemoryStore, count = 500): Promise<CID> {
  const links: CID[] = []
  for (let i = 0; i < count; i++) {
    const block = new Uint8Array(65_536)
    new DataView(block.buffer).setUint32(0, i)
    links.push(await putRaw(store, block))
  }
  return putCbor(store, links)
}

/**
 * Puts a node of a file with large sizes. The encoder of `ipfs-unixfs` does not write numbers from 2³¹ to 2³² − 1 (protons-runtime
 * 7.1.2 leaves bytes of other memory in their place).
 */
async function putSized(store: MemoryStore, links: readonly CID[], sizes: readonly bigint[]): Promise<CID> {
  const Data = Uint8Array.from([0x08, 2, ...sizes.flatMap(size => [0x20, ...varint(size)])])
  const block = encode(prepare({ Data, Links: links.map(Hash => ({ Hash, Name: '', Tsize: 0 })) }))
  const name = await cidOf(DAG_PB, block)
  await store.put(name, block)
  return name
}

function varint(number: bigint): number[] {
  return number < 128n ? [Number(number)] : [Number(number & 127n) | 128, ...varint(number >> 7n)]
}

describe('requests that are no good (SERVE-4, SERVE-12)', () => {
  test.each([
    ['words', 'hello\r\n\r\n', 400],
    ['a head that is too large', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['many headers', `GET / HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(9_000)}\r\n`, 431],
    ['no host', `GET /ipfs/${cid}?format=raw HTTP/1.1\r\n\r\n`, 400],
    ['two lengths', `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na`, 400],
    [
      'a length and pieces',
      `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['an unknown method', `STEAL / HTTP/1.1\r\nHost: a\r\n\r\n`, 400],
    ['a method that no page may use', `TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 400],
    ['no path', `OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 400],
    ['an impossible port', `GET http://a:99999/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 400],
    ['a path that leads out', `GET /ipfs/../../etc/passwd HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 404],
    ['a NUL', `GET /ipfs/a%00b?format=raw HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 400],
  ])('%s', async (_, sent, status) => {
    const { url } = await gatewayOf({ idleMs: 500 })
    expect(await raw(url, sent).all).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect((await told(`${url}/ipfs/bafkqaaa?format=raw`))[0]).toBe(200)
  })

  test('the host of a request may be anything, since it is not used', async () => {
    const { url, store } = await gatewayOf()
    await store.put(cid, bytes)
    for (const host of ['', 'a b', '<script>', '/'.repeat(500), '[', 'xn--'])
      expect(
        await raw(url, `GET /ipfs/${cid}?format=raw HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`).all,
        host,
      ).toMatch(/^HTTP\/1.1 200 [\s\S]*a block$/)
  })
})

describe('slow clients (SERVE-12)', () => {
  test('a head that never ends closes the connection', async () => {
    const { url } = await gatewayOf({ idleMs: 100 })
    const { socket, all } = raw(url, 'GET / HTTP/1.1\r\nHost: a\r\n')
    const drip = setInterval(() => socket.write('X: y\r\n'), 20)
    expect(await all).toMatch(/^HTTP\/1.1 408 |^$/)
    clearInterval(drip)
  })

  test('a body that never comes closes the connection, and nothing is stored', async () => {
    const { url, store } = await gatewayOf({ idleMs: 100, token: TOKEN })
    const head = `PUT /ipfs/${cid}?format=raw HTTP/1.1\r\nHost: a\r\nContent-Type: ${RAW}\r\nAuthorization: Bearer ${TOKEN}\r\n`
    await raw(url, `${head}Content-Length: 7\r\n\r\na bl`).all
    const { socket, all } = raw(url, `${head}Transfer-Encoding: chunked\r\n\r\n4\r\na bl\r\n`)
    socket.end()
    await all
    expect(store.size).toBe(0)
  })

  test('a reader that stops is cut off, and blocks that it has no room for are not read', async () => {
    const store = createMemoryStore()
    const root = await large(store)
    const source = watched(store)
    const { url } = await gatewayOf({ store: source as never, idleMs: 100 })
    const { socket, all } = raw(url, `GET /ipfs/${root}?format=car HTTP/1.1\r\nHost: a\r\n\r\n`)
    socket.pause()
    await until(() => source.seen.reads > 2)
    await new Promise(resolve => setTimeout(resolve, 1_000))
    const { reads } = source.seen
    // No more is read than fits into the buffers of the two sockets, of 32 MiB.
    expect(reads).toBeLessThan(250)
    socket.resume()
    expect((await all).length).toBeLessThan(500 * 65_536)
    expect(source.seen.reads).toBe(reads)
  })

  test('a request whose time is up fails: before the response begins with 504, and after that without its end', async () => {
    const store = createMemoryStore()
    const root = await large(store, 3)
    const held = watched(store)
    held.hold()
    const early = await gatewayOf({ store: held as never, timeoutMs: 50 })
    expect(await told(`${early.url}/ipfs/${root}?format=car`)).toEqual([504, 'the time allowed has passed\n'])
    const gateway = createGateway({ store, timeoutMs: 400 })
    const reader = (await gateway(new Request(`http://a/ipfs/${root}?format=car`))).body!.getReader()
    await reader.read()
    await new Promise(resolve => setTimeout(resolve, 450))
    expect(await codeOf(reader.read())).toBe('timeout')
  })
})

describe('clients that go (SERVE-12)', () => {
  test('end the work for them', async () => {
    const store = createMemoryStore()
    const root = await large(store, 3)
    const source = watched(store)
    source.hold()
    const { url } = await gatewayOf({ store: source as never })
    const { socket } = raw(url, `GET /ipfs/${root}?format=car HTTP/1.1\r\nHost: a\r\n\r\n`)
    await until(() => source.seen.open === 1)
    socket.destroy()
    await until(() => source.seen.aborted === 1)
    source.release()
    expect(source.seen.reads).toBe(1)
  })

  test('give their turns back', async () => {
    const store = createMemoryStore()
    const root = await large(store)
    const { url } = await gatewayOf({ store, maxRequests: 1 })
    for (let i = 0; i < 5; i++) {
      const response = await fetch(`${url}/ipfs/${root}?format=car`)
      expect(response.status).toBe(200)
      await response.body!.cancel()
      await untilFree(url)
    }
  })

  async function untilFree(url: string): Promise<void> {
    for (let i = 0; i < 200; i++) {
      if ((await told(`${url}/ipfs/bafkqaaa?format=raw`))[0] === 200) return
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    throw new Error('the turn was not given back')
  }
})

describe('too many requests (SERVE-12)', () => {
  test.each([
    ['of all', { maxRequests: 2 }, 503],
    ['of one address', { maxPerAddress: 2 }, 429],
  ])('%s are refused until there is room', async (_, bounds, status) => {
    const store = createMemoryStore()
    await store.put(cid, bytes)
    const source = watched(store)
    source.hold()
    const { url } = await gatewayOf({ store: source as never, ...bounds })
    const open = [1, 2].map(() => told(`${url}/ipfs/${cid}?format=raw`))
    await until(() => source.seen.open === 2)
    const response = await fetch(`${url}/ipfs/bafkqaaa?format=raw`)
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, '1'])
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    source.release()
    expect(await Promise.all(open)).toEqual([1, 2].map(() => [200, 'a block']))
    expect((await told(`${url}/ipfs/bafkqaaa?format=raw`))[0]).toBe(200)
  })

  test('CARs that are taken at once are four', async () => {
    const { url, store } = await gatewayOf({ token: TOKEN })
    const head = `POST /ipfs/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/vnd.ipld.car\r\nAuthorization: Bearer ${TOKEN}\r\nContent-Length: 100\r\n\r\n`
    for (let i = 0; i < 4; i++) raw(url, head)
    const init = {
      method: 'POST',
      body: 'x',
      headers: { 'content-type': 'application/vnd.ipld.car', authorization: `Bearer ${TOKEN}` },
    }
    let last: readonly [number, string] = [0, '']
    for (let i = 0; i < 100 && last[0] !== 503; i++) last = await told(`${url}/ipfs/`, init)
    expect(last).toEqual([503, 'this gateway is taking as many CARs as it can\n'])
    expect(store.size).toBe(0)
  })
})

describe('a CAR that cannot be completed does not look complete (SERVE-11)', () => {
  const cut = async (url: string, path: string): Promise<unknown> => {
    const response = await fetch(`${url}/ipfs/${path}`)
    expect(response.status).toBe(200)
    return response.arrayBuffer().then(
      whole => whole.byteLength,
      () => 'cut off',
    )
  }

  test('a block below is missing or damaged', async () => {
    const store = createMemoryStore()
    const missing = await putCbor(store, [await putRaw(store, noise(1000)), cid])
    const { url } = await gatewayOf({ store })
    expect(await cut(url, `${missing}?format=car`)).toBe('cut off')
    await store.put(cid, text('damaged'))
    expect(await cut(url, `${missing}?format=car`)).toBe('cut off')
    await store.put(cid, bytes)
    expect(await cut(url, `${missing}?format=car`)).toBeGreaterThan(1000)
  })

  test('in HTTP/1.0, where the end of the connection is the end of the body', async () => {
    const store = createMemoryStore()
    const root = await putCbor(store, [await putRaw(store, noise(1000)), cid])
    const source = {
      ...watched(store),
      async get(name: CID) {
        // The client reads what it was sent so far. Otherwise its platform takes the reset for an orderly end.
        if (name.equals(cid)) await new Promise(resolve => setTimeout(resolve, 50))
        return store.get(name)
      },
    }
    const { url } = await gatewayOf({ store: source as never })
    const { socket, all } = raw(url, `GET /ipfs/${root}?format=car HTTP/1.0\r\n\r\n`)
    let failure: unknown
    socket.on('error', error => (failure = error))
    await all
    expect(failure).toMatchObject({ code: 'ECONNRESET' })
    await store.put(cid, bytes)
    expect(await raw(url, `GET /ipfs/${root}?format=car HTTP/1.0\r\n\r\n`).all).toMatch(/a block$/)
  })

  test.each([
    ['bytes', { maxBytes: 100_000 }],
    ['blocks', { maxBlocks: 3 }],
    ['bytes of a block', { maxBlockBytes: 65_535 }],
  ])('there are too many %s', async (_, bounds) => {
    const store = createMemoryStore()
    const root = await large(store, 3)
    const { url } = await gatewayOf({ store, ...bounds })
    expect(await cut(url, `${root}?format=car`)).toBe('cut off')
    expect(
      await cut((await gatewayOf({ store, maxBlocks: 4, maxBytes: 200_000 })).url, `${root}?format=car`),
    ).toBeGreaterThan(3 * 65_536)
  })
})

describe('hostile DAGs (SERVE-12)', () => {
  test('of 2⁶⁰ paths have each block once, as all and as an entity, whole and in part', async () => {
    const store = createMemoryStore()
    let root = await putRaw(store, text('leaf'))
    let size = 4n
    for (let i = 0; i < 60; i++) {
      root = await putSized(store, [root, root], [size, size])
      size *= 2n
    }
    const { url } = await gatewayOf({ store })
    for (const query of ['dag-scope=all', 'dag-scope=entity', 'entity-bytes=1:*', 'entity-bytes=123456789:-987654321'])
      expect(await cidsOf(await fetch(`${url}/ipfs/${root}?format=car&${query}`)), query).toHaveLength(61)
  })

  test('of 2⁶⁰ shards, likewise', async () => {
    const store = createMemoryStore()
    let root = await putRaw(store, text('leaf'))
    for (let i = 0; i < 60; i++) {
      const shard = new UnixFS({ type: 'hamt-sharded-directory', hashType: 0x22n, fanout: 16n, data: Uint8Array.of(3) })
      const Links = ['0', '1'].map(Name => ({ Name, Hash: root, Tsize: 0 }))
      const block = encode(prepare({ Data: shard.marshal(), Links }))
      root = await cidOf(DAG_PB, block)
      await store.put(root, block)
    }
    const { url } = await gatewayOf({ store })
    expect(await cidsOf(await fetch(`${url}/ipfs/${root}?format=car&dag-scope=entity`))).toHaveLength(61)
  })

  test('that are deep are sent', async () => {
    const store = createMemoryStore()
    let root = await putRaw(store, text('leaf'))
    for (let i = 0; i < 300; i++) root = await putFileNode(store, [root], [4n])
    const { url } = await gatewayOf({ store })
    for (const query of ['dag-scope=all', 'entity-bytes=1:2'])
      expect(await cidsOf(await fetch(`${url}/ipfs/${root}?format=car&${query}`))).toHaveLength(301)
  })

  test('whose sizes lie cost no more than their blocks', async () => {
    const store = createMemoryStore()
    const leaf = await putRaw(store, text('leaf'))
    const huge = 2n ** 63n
    let root = await putSized(store, [leaf, leaf], [huge, 0n])
    for (let i = 0; i < 40; i++) root = await putSized(store, [root, root, root], [huge, 1n, huge])
    const { url } = await gatewayOf({ store })
    for (const range of ['0:*', '-1:*', '5:-5', '999999999999999:*', '1:1'])
      expect((await cidsOf(await fetch(`${url}/ipfs/${root}?format=car&entity-bytes=${range}`))).length).toBeLessThan(
        43,
      )
  })

  test('with more open links than a response may have blocks are cut off', async () => {
    const store = createMemoryStore()
    const links: CID[] = []
    for (let i = 0; i < 300; i++) links.push(await rawCid(text(`absent ${i}`)))
    const root = await putFileNode(store, [await putFileNode(store, [], []), ...links], [])
    const { url } = await gatewayOf({ store, maxBlocks: 200 })
    for (const scope of ['all', 'entity'])
      await expect(
        fetch(`${url}/ipfs/${root}?format=car&dag-scope=${scope}`).then(response => response.arrayBuffer()),
      ).rejects.toThrow()
  })
})

test('a server that is closed answers what is under way, and then takes nothing (SERVE-12)', async () => {
  const store = createMemoryStore()
  await store.put(cid, bytes)
  const source = watched(store)
  source.hold()
  const server = await serveGateway({ store: source as never })
  const open = told(`${server.url}/ipfs/${cid}?format=raw`)
  await until(() => source.seen.open === 1)
  const closed = server.close({ graceMs: 2_000 })
  source.release()
  expect(await open).toEqual([200, 'a block'])
  await closed
  await expect(fetch(`${server.url}/ipfs/bafkqaaa?format=raw`)).rejects.toThrow()
})

test('requests that do not end are cut off when the server is closed (SERVE-12)', async () => {
  const source = watched(createMemoryStore())
  source.hold()
  const server = await serveGateway({ store: source as never })
  const open = told(`${server.url}/ipfs/${cid}?format=raw`).catch(() => 'cut off')
  await until(() => source.seen.open === 1)
  await server.close({ graceMs: 20 })
  expect(await open).toBe('cut off')
  source.release()
})

test('an address that cannot be had is told', async () => {
  const { url } = await gatewayOf()
  const store = createMemoryStore()
  const port = Number(new URL(url).port)
  await expect(serveGateway({ store, port })).rejects.toMatchObject({
    code: 'bad-usage',
    message: expect.stringContaining('EADDRINUSE'),
  })
  await expect(serveGateway({ store, host: '203.0.113.1' })).rejects.toMatchObject({ code: 'bad-usage' })
  await expect(serveGateway({ store, port: 65_536 })).rejects.toMatchObject({ code: 'bad-usage' })
  await expect(serveGateway({ store, idleMs: 0 })).rejects.toMatchObject({ code: 'bad-limits' })
})
