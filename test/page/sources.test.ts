/** Claims from CARs and gateways, and the bounds on what strangers can send. */
import { addFile, createMemoryStore, exportCar, type Fault, type FaultCode } from 'ipvm-wasm'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { MAX_CAR_BYTES, MAX_CLAIMS, readBounds, within } from '../../examples/verify-page/src/bounds.ts'
import { showChoice } from '../../examples/verify-page/src/choice-view.ts'
import { carSource, gatewaySource, openCar } from '../../examples/verify-page/src/sources.ts'
import { serve } from '../content/support.ts'
import { useDocument } from './document.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

async function codeOf(work: () => unknown): Promise<FaultCode | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    return (error as Fault).code
  }
}

describe('CARs', () => {
  test('each root is a claim', async () => {
    const store = createMemoryStore()
    const roots = [await addFile(store, utf8('a')), await addFile(store, utf8('b'))]
    const { claims, name, total } = await carSource(await exportCar(store, roots), 'two.car')
    expect([claims.map(String), name, total]).toEqual([roots.map(String), 'two.car', 2])
  })

  test('claims beyond the bound are counted, and the list of choices says so', async () => {
    const store = createMemoryStore()
    const roots = await Promise.all(
      Array.from({ length: MAX_CLAIMS + 1 }, (_, i) => addFile(store, Uint8Array.of(i >> 8, i & 0xff))),
    )
    const source = await carSource(await exportCar(store, roots), 'many.car')
    expect([source.claims.length, source.total]).toEqual([MAX_CLAIMS, MAX_CLAIMS + 1])
    const element = useDocument().getElementById('choice')!
    showChoice(element, source, () => {})
    expect(element.querySelector('legend')!.textContent).toBe(
      'many.car has 1,001 receipts, of which the first 1,000 are listed',
    )
  })

  test('without a root there is no claim', async () => {
    const car = await exportCar(createMemoryStore(), [])
    expect(await codeOf(() => carSource(car, 'none.car'))).toBe('bad-car')
  })

  test.each<[string, Blob, FaultCode]>([
    ['of other bytes', new Blob([utf8('not a car') as Uint8Array<ArrayBuffer>]), 'bad-car'],
    ['of nothing', new Blob([]), 'bad-car'],
    ['that is too large', { size: MAX_CAR_BYTES + 1 } as Blob, 'too-large'],
    [
      'that cannot be read',
      { size: 1, arrayBuffer: () => Promise.reject(new DOMException('x', 'NotReadableError')) } as unknown as Blob,
      'store-failed',
    ],
  ])('a file %s', async (_, file, code) => expect(await codeOf(() => openCar(file, 'a.car'))).toBe(code))

  test('a damaged block', async () => {
    const store = createMemoryStore()
    const car = await exportCar(store, [await addFile(store, utf8('content'))])
    car[car.length - 1]! ^= 1
    expect(await codeOf(() => carSource(car, 'a.car'))).toBe('hash-mismatch')
  })

  test('given up', async () => {
    const car = await exportCar(createMemoryStore(), [])
    expect(await codeOf(() => carSource(car, 'a.car', AbortSignal.abort()))).toBe('aborted')
  })
})

describe('gateways', () => {
  test.each<[string, string, FaultCode]>([
    ['hello', 'https://gateway.example', 'bad-cid'],
    ['bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e', 'gateway.example', 'bad-usage'],
    ['bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e', 'file:///etc', 'bad-usage'],
    ['bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e', 'https://user:secret@gateway.example', 'bad-usage'],
  ])('%s at %s is %s', async (cid, gateway, code) => expect(await codeOf(() => gatewaySource(cid, gateway))).toBe(code))

  test('blocks are fetched once, checked, and counted', async () => {
    const blocks = createMemoryStore()
    const cid = await addFile(blocks, utf8('content'))
    const wrong = await addFile(blocks, utf8('else'))
    let requests = 0
    const url = await serve((request, response) => {
      requests++
      const asked = CID.parse(/\/ipfs\/(\w+)/.exec(request.url!)![1]!)
      response.writeHead(200).end(asked.equals(cid) ? utf8('content') : utf8('forged'))
    })
    const told: unknown[] = []
    const { store, claims } = gatewaySource(` ipfs://${cid} `, ` ${url} `, (...news) => told.push(news))
    expect(claims[0]!.equals(cid)).toBe(true)
    expect(await store.get(cid)).toEqual(utf8('content'))
    expect(await store.get(cid)).toEqual(utf8('content'))
    expect([requests, told]).toEqual([1, [[1, 7]]])
    expect(await codeOf(() => store.get(wrong))).toBe('hash-mismatch')
  })
})

describe('bounds', () => {
  test('are read as they are typed', () => {
    expect(readBounds({ seconds: '60', pages: '4,096', gas: '5e12' })).toEqual({
      timeoutMs: 60_000,
      maxPages: 4096,
      maxGas: 5_000_000_000_000n,
    })
  })

  test.each([
    [{ seconds: '0', pages: '1', gas: '1' }, 'the time'],
    [{ seconds: '1.5', pages: '1', gas: '1' }, 'the time'],
    [{ seconds: '1', pages: '65537', gas: '1' }, 'the memory'],
    [{ seconds: '1', pages: '1', gas: 'much' }, 'the gas'],
    [{ seconds: '1', pages: '1', gas: '1e99' }, 'the gas'],
  ])('%o names the field', (typed, name) => expect(() => readBounds(typed)).toThrow(name))

  test('a number has to lie in its range', () => {
    expect(within('0', 'x', 0n, 5n)).toBe(0n)
    expect(() => within('-1', 'x', 0n, 5n)).toThrow('from 0 to 5')
    expect(() => within('', 'x', 0n, 5n)).toThrow('x is a whole number')
  })
})
