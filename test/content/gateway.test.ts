import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { getBlock } from '../../src/content/block.ts'
import { exportCar } from '../../src/content/car.ts'
import { parseCid, rawCid } from '../../src/content/cids.ts'
import { createGatewayStore, readGatewayCar } from '../../src/content/gateway.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { codeOf, faultOf, noise, serve, text } from './support.ts'

const bytes = text('from afar')
const cid = await rawCid(bytes)
const OLD = 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o'

type Answer = (request: IncomingMessage, response: ServerResponse) => void
const answer =
  (status: number, body: Uint8Array | string = '', headers: Record<string, string> = {}): Answer =>
  (_request, response) => {
    response.writeHead(status, headers).end(body)
  }

describe('a gateway as a block store', () => {
  it('asks for one raw block, as the specification of trustless gateways says', async () => {
    const asked: unknown[] = []
    const url = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers.accept])
      response.end(bytes)
    })
    expect(await createGatewayStore(`${url}/some/path//`).get(cid)).toEqual(bytes)
    expect(await getBlock(createGatewayStore(url), cid)).toEqual(bytes)
    expect(await createGatewayStore(url).has(parseCid(OLD))).toBe(true)
    expect(asked).toEqual([
      ['GET', `/some/path/ipfs/${cid}?format=raw`, 'application/vnd.ipld.raw'],
      ['GET', `/ipfs/${cid}?format=raw`, 'application/vnd.ipld.raw'],
      ['HEAD', `/ipfs/${OLD}?format=raw`, 'application/vnd.ipld.raw'],
    ])
  })

  it.each([404, 410])('takes %d for a missing block', async status => {
    const store = createGatewayStore(await serve(answer(status, 'not here')))
    expect(await faultOf(() => store.get(cid))).toMatchObject({
      code: 'block-missing',
      whose: 'network',
      detail: { cid },
    })
    expect(await store.has(cid)).toBe(false)
  })

  it.each([
    [500, ''],
    [504, 'late'],
    [429, ''],
    [204, ''],
    [206, 'from'],
    [304, ''],
  ])('takes %d for a failing gateway', async (status, body) => {
    const url = await serve(answer(status, body))
    const fault = await faultOf(() => createGatewayStore(url).get(cid))
    expect(fault).toMatchObject({
      code: 'gateway-failed',
      whose: 'network',
      detail: { status, url: `${url}/ipfs/${cid}?format=raw` },
    })
    expect(await codeOf(() => createGatewayStore(url).has(cid))).toBe('gateway-failed')
  })

  it('verifies the hash of a block', async () => {
    const url = await serve(answer(200, '<html>Welcome!</html>'))
    expect(await faultOf(() => createGatewayStore(url).get(cid))).toMatchObject({
      code: 'hash-mismatch',
      detail: { cid, from: url },
    })
  })

  it('reads no more than the bound', async () => {
    const large = noise(3_000_000)
    const name = await rawCid(large)
    const url = await serve(answer(200, large))
    const fault = await faultOf(() => createGatewayStore(url).get(name))
    expect(fault).toMatchObject({ code: 'gateway-failed', detail: { maxBytes: 2 * 1024 * 1024 } })
    expect(((await createGatewayStore(url, { maxBytes: 3_000_000 }).get(name)) as Uint8Array).length).toBe(3_000_000)
    expect(await codeOf(() => createGatewayStore(url, { maxBytes: 2_999_999 }).get(name))).toBe('gateway-failed')
  })

  it('cancels an endless answer', async () => {
    let closed = (): void => {}
    const closing = new Promise<void>(resolve => {
      closed = resolve
    })
    const url = await serve((_request, response) => {
      response.on('close', () => closed())
      const pour = (): void => {
        while (response.write(new Uint8Array(65_536)));
        response.once('drain', pour)
      }
      pour()
    })
    expect(await codeOf(() => createGatewayStore(url).get(cid))).toBe('gateway-failed')
    await closing
  })

  it('follows only redirects to http and https', async () => {
    const target = await serve(answer(200, bytes))
    const url = await serve(answer(302, '', { location: `${target}/there` }))
    expect(await createGatewayStore(url).get(cid)).toEqual(bytes)
    for (const location of ['ftp://127.0.0.1/x', 'file:///etc/hostname', `data:,${encodeURIComponent('from afar')}`]) {
      expect(await codeOf(async () => createGatewayStore(await serve(answer(302, '', { location }))).get(cid))).toBe(
        'gateway-failed',
      )
    }
    const loop: string = await serve((request, response) => {
      response.writeHead(302, { location: request.url! }).end()
    })
    expect(await codeOf(() => createGatewayStore(loop).get(cid))).toBe('gateway-failed')
  })

  it.each<[string, Answer]>([
    ['no answer', () => {}],
    [
      'half an answer',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '9' }).write('from')
      },
    ],
  ])('gives up after the time allowed: %s', async (_name, listener) => {
    const url = await serve(listener)
    const fault = await faultOf(() => createGatewayStore(url, { timeoutMs: 50 }).get(cid))
    expect(fault.code).toBe('gateway-failed')
    expect(fault.message).toContain('within 50 ms')
  })

  it('reports a connection that breaks off or is refused', async () => {
    const breaking = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '9' }).write('from', () => response.destroy())
    })
    expect(await codeOf(() => createGatewayStore(breaking).get(cid))).toBe('gateway-failed')
    const closed = createServer()
    await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve))
    const { port } = closed.address() as { port: number }
    await new Promise(resolve => closed.close(resolve))
    const fault = await faultOf(() => createGatewayStore(`http://127.0.0.1:${port}`).get(cid))
    expect(fault.code).toBe('gateway-failed')
    expect(fault.message).toContain('ECONNREFUSED')
  })

  it('stops when the signal of the store or of the call fires, even if fetch ignores it', async () => {
    const url = await serve(() => {})
    expect(await codeOf(() => createGatewayStore(url, { signal: AbortSignal.timeout(20) }).get(cid))).toBe('timeout')
    const controller = new AbortController()
    const work = codeOf(() => createGatewayStore(url).get(cid, { signal: controller.signal }))
    setTimeout(() => controller.abort(), 20)
    expect(await work).toBe('aborted')
    const deaf = (): Promise<never> => new Promise(() => {})
    expect(await codeOf(() => createGatewayStore(url, { fetch: deaf, timeoutMs: 20 }).get(cid))).toBe('gateway-failed')
    let asked = 0
    const counting = async (): Promise<Response> => {
      asked++
      return new Response(bytes.slice())
    }
    expect(
      await codeOf(() => createGatewayStore(url, { fetch: counting }).get(cid, { signal: AbortSignal.abort() })),
    ).toBe('aborted')
    expect(asked).toBe(0)
    expect(await createGatewayStore(url, { fetch: counting }).get(cid)).toEqual(bytes)
    expect(asked).toBe(1)
  })

  it('leaves no timer that would keep a process alive', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter(name => name === 'Timeout').length
    const before = timers()
    const fetch = async (): Promise<Response> => new Response(bytes.slice())
    await createGatewayStore('http://gateway.example', { fetch }).get(cid)
    expect(timers()).toBe(before)
  })

  it('cannot be written to', async () => {
    expect(await codeOf(() => createGatewayStore('http://127.0.0.1:1').put(cid, bytes))).toBe('store-failed')
  })

  it.each([
    '',
    'gateway.example',
    'ftp://gateway.example',
    'file:///tmp',
    'https://user:secret@gateway.example',
    'https://gateway.example/?key=secret',
  ])('refuses "%s" as an address', async address => {
    const fault = await faultOf(() => createGatewayStore(address))
    expect(fault.code).toBe('bad-usage')
    expect(`${fault.message} ${JSON.stringify(fault.detail)}`).not.toContain('secret')
  })
})

describe('a CAR from a gateway', () => {
  it('requests everything below the CID at once', async () => {
    const store = createMemoryStore()
    const file = await addFile(store, noise(600_000))
    const car = await exportCar(store, [file])
    const asked: unknown[] = []
    const url = await serve((request, response) => {
      asked.push([request.method, request.url, request.headers.accept])
      response.end(car)
    })
    const { roots, blocks } = await readGatewayCar(url, file)
    expect([roots.map(String), blocks.length]).toEqual([[file.toString()], 4])
    expect(asked).toEqual([['GET', `/ipfs/${file}?format=car&dag-scope=all`, 'application/vnd.ipld.car']])
    expect(await faultOf(readGatewayCar(url, file, { maxBytes: 600_000 }))).toMatchObject({
      code: 'gateway-failed',
      detail: { maxBytes: 600_000 },
    })
    const cut = await serve(answer(200, car.slice(0, -1)))
    expect(await faultOf(readGatewayCar(cut, file))).toMatchObject({ code: 'gateway-failed', whose: 'network' })
  })

  it.each<[string, Answer, string]>([
    ['404', answer(404), 'block-missing'],
    ['502', answer(502), 'gateway-failed'],
    ['a web page', answer(200, '<html>'), 'gateway-failed'],
    ['nothing', answer(200), 'gateway-failed'],
  ])('reports %s with the right fault', async (_name, listener, code) => {
    expect(await codeOf(readGatewayCar(await serve(listener), cid))).toBe(code)
  })

  it('gives up after the time allowed, or when the signal fires, in the middle of a stream', async () => {
    const store = createMemoryStore()
    const file = await addFile(store, noise(600_000))
    const car = await exportCar(store, [file])
    const url = await serve((_request, response) => {
      response.write(car.slice(0, 300_000))
    })
    expect(await codeOf(readGatewayCar(url, file, { timeoutMs: 50 }))).toBe('gateway-failed')
    expect(await codeOf(readGatewayCar(url, file, { signal: AbortSignal.timeout(50) }))).toBe('timeout')
  })
})
