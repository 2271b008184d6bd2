/** Reading blocks from a gateway, over HTTP. */
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { describe, expect, test } from 'vitest'
import { DAG_CBOR, cidOf, rawCid } from '../../src/content/cids.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { createGateway } from '../../src/gateway/gateway.ts'
import { codeOf, putRaw, same, temporaryFolder, text } from '../content/support.ts'
import { createFsStore } from '../../src/content/fs-store.ts'
import { CAR, gatewayOf, RAW, told } from './support.ts'

const bytes = text('0123456789')
const cid = await rawCid(bytes)
const absent = await rawCid(text('absent'))

async function filled(options: Parameters<typeof gatewayOf>[0] = {}) {
  const gateway = await gatewayOf(options)
  await putRaw(gateway.store, bytes)
  return gateway
}

describe('a block', () => {
  test('comes as it is, with the headers of the specification (SERVE-5, SERVE-9)', async () => {
    const { url } = await filled()
    const response = await fetch(`${url}/ipfs/${cid}?format=raw`)
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': RAW,
      'content-length': '10',
      'cache-control': 'public, max-age=29030400, immutable',
      'content-disposition': `attachment; filename="${cid}.bin"; filename*=UTF-8''${cid}.bin`,
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'x-ipfs-path': `/ipfs/${cid}`,
      'x-ipfs-roots': `${cid}`,
      etag: `"${cid}.raw"`,
      vary: 'Accept',
    })
    expect(response.headers.get('content-location')).toBeNull()
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes)
  })

  test('is named by its CID in every version and base, and is the same for HEAD (SERVE-1)', async () => {
    const { url, store } = await filled()
    const old = (await putRaw(store, text('old'))).toString()
    for (const name of [cid.toString(), old]) {
      const response = await fetch(`${url}/ipfs/${name}?format=raw`, { method: 'HEAD' })
      expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([200, `"${name}.raw"`, ''])
    }
    const head = await fetch(`${url}/ipfs/${absent}?format=raw`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([404, ''])
  })

  test('of an identity CID comes from the CID; the empty one is the probe of the specification (SERVE-4)', async () => {
    const { url } = await gatewayOf()
    expect(await told(`${url}/ipfs/bafkqaaa?format=raw`)).toEqual([200, ''])
    const small = await cidOf(DAG_CBOR, encodeCbor('small'), IDENTITY)
    expect(await told(`${url}/ipfs/${small}?format=raw`)).toEqual([200, 'esmall'])
    // 129 bytes in an identity CID, as multibase 16: version 1, raw, identity, length 0x81 0x01.
    expect(await told(`${url}/ipfs/f01550081${'01'}${'00'.repeat(129)}?format=raw`)).toEqual([
      400,
      expect.stringContaining('an identity CID of 129 bytes is over the 128 allowed'),
    ])
  })

  test.each([
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-30', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-500', 206, '56789', 'bytes 5-9/10'],
    ['bytes=10-', 416, 'the block has 10 bytes, and the range begins after them\n', 'bytes */10'],
    ['bytes=-0', 416, 'the block has 10 bytes, and the range begins after them\n', 'bytes */10'],
    ['bytes=0-1,3-4', 200, '0123456789', null],
    ['bytes=4-2', 200, '0123456789', null],
    ['bytes=-', 200, '0123456789', null],
    ['lines=0-1', 200, '0123456789', null],
    [`bytes=0-${'9'.repeat(40)}`, 200, '0123456789', null],
  ])('is sent in part for Range: %s (SERVE-5)', async (range, status, body, sent) => {
    const { url } = await filled()
    const response = await fetch(`${url}/ipfs/${cid}?format=raw`, { headers: { range } })
    expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
      status,
      body,
      sent,
    ])
  })

  test('is sent whole if If-Range names another version (SERVE-5)', async () => {
    const { url } = await filled()
    const ask = async (condition: string): Promise<number> =>
      (await told(`${url}/ipfs/${cid}?format=raw`, { headers: { range: 'bytes=0-1', 'if-range': condition } }))[0]
    expect(await ask(`"${cid}.raw"`)).toBe(206)
    expect(await ask('"other"')).toBe(200)
  })

  test('that the client has is not sent again (SERVE-9)', async () => {
    const { url } = await filled()
    const ask = (tag: string, name = cid): Promise<readonly [number, string]> =>
      told(`${url}/ipfs/${name}?format=raw`, { headers: { 'if-none-match': tag } })
    expect(await ask(`"${cid}.raw"`)).toEqual([304, ''])
    expect(await ask(`"x", W/"${cid}.raw"`)).toEqual([304, ''])
    expect(await ask('*')).toEqual([304, ''])
    expect((await ask(`"${cid}.car"`))[0]).toBe(200)
    expect((await ask('*', absent))[0]).toBe(404)
  })

  test('that is damaged in the store counts as missing (SERVE-2)', async () => {
    const store = createMemoryStore()
    await store.put(cid, text('0123456780'))
    const { url } = await gatewayOf({ store })
    for (const format of ['raw', 'car'])
      expect(await told(`${url}/ipfs/${cid}?format=${format}`)).toEqual([
        404,
        `this gateway has only a damaged copy of block ${cid}\n`,
      ])
  })

  test('that is larger than the gateway serves is gone (SERVE-4)', async () => {
    const { url, store } = await filled({ maxBlockBytes: 9 })
    expect((await told(`${url}/ipfs/${cid}?format=raw`))[0]).toBe(410)
    expect((await told(`${url}/ipfs/${cid}?format=car`))[0]).toBe(410)
    const small = await putRaw(store, text('123456789'))
    expect((await told(`${url}/ipfs/${small}?format=raw`))[0]).toBe(200)
  })
})

describe('the form of the answer (SERVE-3)', () => {
  const ask = async (query: string, accept?: string): Promise<readonly [number, string | null, string | null]> => {
    const { url } = await filled()
    // fetch sends */* of its own accord.
    const response = await createAsk(url, query, accept)
    return [response.status, response.headers.get('content-type'), response.headers.get('content-location')]
  }
  const createAsk = (url: string, query: string, accept = ''): Promise<Response> =>
    fetch(`${url}/ipfs/${cid}${query}`, { headers: { accept } })

  test.each([
    ['?format=raw', 'text/html', 200, RAW],
    ['?format=raw', CAR, 200, RAW],
    ['?format=car', RAW, 200, `${CAR}; version=1; order=dfs; dups=n`],
    ['', RAW, 200, RAW],
    ['', `text/html, ${CAR}`, 200, `${CAR}; version=1; order=dfs; dups=n`],
    ['', `${RAW}, ${CAR}`, 200, RAW],
    ['', `${RAW};q=0.5, ${CAR};q=0.6`, 200, `${CAR}; version=1; order=dfs; dups=n`],
    ['', `${RAW};q=0, ${CAR};q=0.1`, 200, `${CAR}; version=1; order=dfs; dups=n`],
    ['', `${CAR}; version=1; order=dfs; dups=n`, 200, `${CAR}; version=1; order=dfs; dups=n`],
    ['', `${CAR};dups=y, ${CAR};order=unk;q=0.2`, 200, `${CAR}; version=1; order=dfs; dups=n`],
    ['', `${CAR};version=2, ${RAW};q=0.1`, 200, RAW],
    ['?format=car&car-dups=n', `${CAR};dups=y`, 200, `${CAR}; version=1; order=dfs; dups=n`],
  ])('"%s", Accept: %s', async (query, accept, status, type) => {
    const [got, sent, location] = await ask(query, accept)
    expect([got, sent]).toEqual([status, type])
    expect(location).toBe(query === '' ? `/ipfs/${cid}?format=${type === RAW ? 'raw' : 'car'}` : null)
  })

  test.each([
    ['', '*/*', 406, 'this gateway interprets no content'],
    ['', 'text/html', 406, 'this gateway interprets no content'],
    ['', 'application/vnd.ipld.dag-json', 406, 'application/vnd.ipld.raw (?format=raw)'],
    ['?format=dag-json', RAW, 406, '"dag-json" is not served'],
    ['?format=ipns-record', RAW, 406, '"ipns-record" is not served'],
    ['?format=', RAW, 406, '"" is not served'],
    ['', `${CAR};version=2`, 406, 'a CAR with version=2 is not served'],
    ['', `${CAR};dups=y`, 406, 'a CAR with dups=y is not served'],
    ['', `${CAR};order=bfs`, 406, 'a CAR with order=bfs is not served'],
    ['?format=car&car-dups=y', CAR, 406, 'a CAR with dups=y is not served'],
    ['?format=car&car-version=2', '*/*', 406, 'a CAR with version=2 is not served'],
    ['', `${RAW};q=0`, 406, 'this gateway interprets no content'],
  ])('"%s", Accept: %s is refused (SERVE-6)', async (query, accept, status, words) => {
    const { url } = await filled()
    const response = await createAsk(url, query, accept)
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)])
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
  })

  test('a request that names no form is a bad one', async () => {
    const gateway = createGateway({ store: createMemoryStore() })
    const response = await gateway(new Request(`http://localhost/ipfs/${cid}`))
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('say which form you want')])
  })
})

describe('requests that are refused (SERVE-1, SERVE-4)', () => {
  test.each([
    ['/', 404, 'there is nothing here'],
    ['/ipfs', 404, 'there is nothing here'],
    ['/ipfs/', 404, 'there is nothing here'],
    ['/ipns/example.org', 404, 'there is nothing here'],
    ['/api/v0/cat', 404, 'there is nothing here'],
    ['/ipfs/nothing?format=raw', 400, '"nothing" is no CID'],
    [`/ipfs/${cid}/a?format=raw`, 400, 'a path is followed with ?format=car'],
    [`/ipfs/${cid}/a//b?format=car`, 400, '"" is no name'],
    [`/ipfs/${cid}/%zz?format=car`, 400, 'is not percent-encoded'],
    [`/ipfs/${cid}?format=car&dag-scope=some`, 400, 'dag-scope is block, entity or all, not "some"'],
    [`/ipfs/${cid}?format=car&entity-bytes=1`, 400, 'entity-bytes is from:to'],
    [`/ipfs/${cid}?format=car&entity-bytes=*:4`, 400, 'entity-bytes is from:to'],
    [`/ipfs/${cid}?format=car&entity-bytes=0:${'9'.repeat(16)}`, 400, 'entity-bytes is from:to'],
    [`/ipfs/${cid}?format=car&entity-bytes=0:1&dag-scope=all`, 400, 'ask for dag-scope=entity'],
    [`/ipfs/${cid}?format=raw&filename=${'n'.repeat(256)}`, 400, 'a filename has at most 255 characters'],
    [`/ipfs/${absent}?format=raw`, 404, `this gateway does not have block ${absent}`],
    [`/ipfs/${absent}?format=car`, 404, `this gateway does not have block ${absent}`],
    [`/ipfs/${cid}/name?format=car`, 404, 'is raw, not a directory'],
    // blake2b-256, which is unknown here.
    [`/ipfs/bafk2bzaced${'a'.repeat(51)}?format=raw`, 400, 'hash function 0xb220 is not known here'],
    // sha2-256 that is cut to 20 bytes.
    [`/ipfs/f01551214${'00'.repeat(20)}?format=raw`, 400, 'use the whole digest'],
  ])('%s', async (path, status, words) => {
    const { url } = await filled()
    const response = await fetch(url + path)
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(words)])
    expect(response.headers.get('cache-control')).toBe('no-store')
  })

  test.each(['DELETE', 'PATCH', 'PROPFIND'])('%s', async method => {
    const { url } = await filled()
    const response = await fetch(`${url}/ipfs/${cid}?format=raw`, { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS, PUT, POST'])
  })

  test('412 in place of 404 for what is asked for only if it is there', async () => {
    const { url } = await filled()
    const ask = async (name: unknown): Promise<number> =>
      (await told(`${url}/ipfs/${name}?format=raw`, { headers: { 'cache-control': 'only-if-cached' } }))[0]
    expect([await ask(cid), await ask(absent)]).toEqual([200, 412])
  })

  test('a service worker of a page', async () => {
    const { url } = await filled()
    expect((await told(`${url}/ipfs/${cid}?format=raw`, { headers: { 'service-worker': 'script' } }))[0]).toBe(400)
  })

  test('a store that fails is told to the operator, and its words not to the client', async () => {
    const seen: unknown[] = []
    const store = {
      get: () => Promise.reject(new Error('/home/someone/.secret is on fire')),
      has: () => false,
      put: (name: typeof cid) => name,
    }
    const { url } = await gatewayOf({ store, onFault: error => seen.push(error) })
    for (const format of ['raw', 'car'])
      expect(await told(`${url}/ipfs/${cid}?format=${format}`)).toEqual([
        500,
        'the gateway failed: its operator can see why\n',
      ])
    expect(seen).toMatchObject([{ code: 'store-failed' }, { code: 'store-failed' }])
    expect(String(seen[0])).toContain('.secret')
  })
})

test('pages of all origins may read, also why not, and may not write (SERVE-10)', async () => {
  const { url } = await filled({ token: 'secret' })
  for (const name of [cid, absent]) {
    const response = await fetch(`${url}/ipfs/${name}?format=raw`, { headers: { origin: 'https://page.example' } })
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-expose-headers')).toContain('X-Ipfs-Roots')
  }
  const headers = { origin: 'https://page.example', 'access-control-request-method': 'PUT' }
  const preflight = await fetch(`${url}/ipfs/${cid}?format=raw`, { method: 'OPTIONS', headers })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-methods')).toBe('GET, HEAD, OPTIONS')
  expect(preflight.headers.get('access-control-allow-headers')).not.toMatch(/authorization/i)
})

test('a file is saved under the name that the request gives it, whatever is in it (SERVE-9)', async () => {
  const { url } = await filled()
  const name = 'тест "%22.bin\r\nSet-Cookie: a'
  const response = await fetch(`${url}/ipfs/${cid}?format=raw&filename=${encodeURIComponent(name)}`)
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="____ __22.bin__Set-Cookie: a"; filename*=UTF-8''${encodeURIComponent(name)}`,
  )
  expect(response.headers.get('set-cookie')).toBeNull()
})

test('nothing of a request is a path of the file system (SERVE-1)', async () => {
  const folder = await temporaryFolder()
  const store = createFsStore(folder)
  await store.put(cid, bytes)
  const { url } = await gatewayOf({ store: store as never })
  expect((await told(`${url}/ipfs/${cid}?format=raw`))[0]).toBe(200)
  for (const path of [`/ipfs/..%2f..%2fetc%2fpasswd`, `/ipfs/${cid}%2f..%2f..`, '/ipfs/%2e%2e/%2e%2e/etc/passwd'])
    expect((await told(`${url}${path}?format=raw`))[0], path).toBeGreaterThanOrEqual(400)
  await store.close()
})

test('a gateway is a function of requests, with options that are checked', async () => {
  const store = createMemoryStore()
  await store.put(cid, bytes)
  const gateway = createGateway({ store })
  const response = await gateway(new Request(`http://localhost/ipfs/${cid}?format=raw`))
  expect(same(new Uint8Array(await response.arrayBuffer()), bytes)).toBe(true)
  expect(await codeOf(() => createGateway({ store: {} as never }))).toBe('bad-usage')
  expect(await codeOf(() => createGateway({ store, token: 'two words' }))).toBe('bad-usage')
  expect(await codeOf(() => createGateway({ store, maxRequests: 0 }))).toBe('bad-usage')
  expect(await codeOf(() => createGateway({ store, timeoutMs: 0 }))).toBe('bad-limits')
})
