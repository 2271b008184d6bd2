import { CarReader } from '@ipld/car/reader'
import { CarWriter } from '@ipld/car/writer'
import { encode as encodeCbor } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create } from 'multiformats/hashes/digest'
import { describe, expect, it } from 'vitest'
import { Fault } from '../../src/base/fault.ts'
import { carPieces, exportCar, importCar, readCar } from '../../src/content/car.ts'
import { RAW, rawCid } from '../../src/content/cids.ts'
import { IDENTITY } from '../../src/content/hashes.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { Block } from '../../src/interface.ts'
import { codeOf, faultOf, never, noise, putCbor, same, sample, text } from './support.ts'

async function writeCar(roots: CID[], blocks: Block[]): Promise<Uint8Array> {
  const { writer, out } = CarWriter.create(roots)
  const pieces: Uint8Array[] = []
  const collecting = (async () => {
    for await (const piece of out) pieces.push(piece)
  })()
  for (const block of blocks) await writer.put(block)
  await writer.close()
  await collecting
  return new Uint8Array(Buffer.concat(pieces))
}

const small = async (): Promise<{ car: Uint8Array; root: CID; leaf: CID }> => {
  const store = createMemoryStore()
  const leaf = await rawCid(text('leaf'))
  await store.put(leaf, text('leaf'))
  const root = await putCbor(store, { leaf })
  return { car: await exportCar(store, [root]), root, leaf }
}

describe('exportCar', () => {
  it('writes what other readers read, the same bytes every time', async () => {
    const { store, root, order } = await sample()
    const car = await exportCar(store, [root])
    const reader = await CarReader.fromBytes(car)
    expect((await reader.getRoots()).map(String)).toEqual([root.toString()])
    const blocks: Block[] = []
    for await (const block of reader.blocks()) blocks.push(block)
    expect(blocks.map((block) => block.cid.toString())).toEqual(order)
    // Byte for byte what the reference writer makes of these blocks.
    expect(same(car, await writeCar([root], blocks))).toBe(true)
    const copy = createMemoryStore()
    for (const block of blocks.reverse()) await copy.put(block.cid, block.bytes)
    expect(same(await exportCar(copy, [root]), car)).toBe(true)
  })

  it('streams, takes several roots or none, and a list of blocks in place of the walk', async () => {
    const { store, root, order } = await sample()
    const argument = await rawCid(text('argument'))
    let count = 0
    for await (const piece of carPieces(store, [root, argument])) count += piece.length > 0 ? 1 : 0
    expect(count).toBe(1 + order.length)
    expect(await readCar(await exportCar(store, []))).toEqual({ roots: [], blocks: [] })
    const listed = await readCar(await exportCar(store, [root], { cids: [argument, root] }))
    expect(listed.roots.map(String)).toEqual([root.toString()])
    expect(listed.blocks.map((block) => block.cid.toString())).toEqual([argument.toString(), root.toString()])
  })

  it('exports no block that is missing or damaged', async () => {
    const { store, root } = await sample()
    await store.put(await rawCid(text('argument')), text('damaged!'))
    expect(await codeOf(exportCar(store, [root]))).toBe('hash-mismatch')
    await store.delete(await rawCid(text('argument')))
    expect(await codeOf(exportCar(store, [root]))).toBe('block-missing')
  })
})

describe('importCar', () => {
  it.each<[string, (car: Uint8Array) => Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>]>([
    ['bytes', (car) => car],
    ['pieces', (car) => [car.slice(0, 1000), new Uint8Array(0), car.slice(1000)]],
    [
      'a stream of small pieces',
      async function* (car) {
        for (let at = 0; at < car.length; at += 4_099) yield car.slice(at, at + 4_099)
      },
    ],
  ])('round trips from %s', async (_name, source) => {
    const { store, root, order } = await sample()
    const car = await exportCar(store, [root])
    const target = createMemoryStore()
    const { roots, blocks } = await importCar(target, source(car))
    expect([roots.map(String), blocks, target.size]).toEqual([[root.toString()], order.length, order.length])
    expect(same(await exportCar(target, [root]), car)).toBe(true)
  })

  it('counts and keeps a block once, and no identity block', async () => {
    const block = { cid: await rawCid(text('twice')), bytes: text('twice') }
    const inline = { cid: await rawCid(text('inline'), IDENTITY), bytes: text('inline') }
    const target = createMemoryStore()
    const { blocks } = await importCar(target, await writeCar([], [block, inline, block]))
    expect([blocks, target.size, await target.has(block.cid)]).toEqual([1, 1, true])
  })

  it('stores nothing of a CAR with one bad block, wherever it stands', async () => {
    const { store, root, order } = await sample()
    const { blocks } = await readCar(await exportCar(store, [root]))
    for (let bad = 0; bad < order.length; bad++) {
      const lying = blocks.map((block, index) => (index === bad ? { cid: block.cid, bytes: text('a lie') } : block))
      const target = createMemoryStore()
      const fault = await faultOf(importCar(target, await writeCar([root], lying)))
      expect([fault.code, String(fault.detail['cid']), target.size]).toEqual(['hash-mismatch', order[bad], 0])
    }
  })

  it('ends in a fault or a shorter archive wherever it is cut', async () => {
    const { car, root, leaf } = await small()
    const outcomes: string[] = []
    for (let length = 0; length < car.length; length++) {
      for (const source of [car.slice(0, length), [car.slice(0, length >> 1), car.slice(length >> 1, length)]]) {
        const target = createMemoryStore()
        try {
          const { blocks } = await importCar(target, source)
          outcomes.push(`${length}:${blocks}`)
          expect(target.size).toBe(blocks)
        } catch (error) {
          if (!(error instanceof Fault)) throw error
          expect([error.code, target.size]).toEqual(['bad-car', 0])
        }
      }
    }
    const headerLength =
      car.length - (1 + leaf.bytes.length + 4) - (1 + root.bytes.length + encodeCbor({ leaf }).length)
    const rootEnd = car.length - (1 + leaf.bytes.length + 4)
    expect(outcomes).toEqual([`${headerLength}:0`, `${headerLength}:0`, `${rootEnd}:1`, `${rootEnd}:1`])
  })

  it('never crashes on a flipped byte', async () => {
    const { car } = await small()
    const codes = new Set<string>()
    for (let at = 0; at < car.length; at++) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = car.slice()
        damaged[at]! ^= mask
        const target = createMemoryStore()
        // A flip within a root's name, or in a codec, leaves a sound archive of other names.
        const code = await importCar(target, damaged).then(
          () => 'sound',
          (error: unknown) => {
            if (!(error instanceof Fault)) throw error
            expect(target.size).toBe(0)
            return error.code
          },
        )
        codes.add(code)
      }
    }
    expect([...codes].sort()).toEqual(['bad-car', 'hash-mismatch', 'sound', 'unsupported-hash'])
  })

  it.each<[string, () => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['an empty header', () => Uint8Array.of(0)],
    ['text', () => text('<html>404</html>')],
    ['a header of 2 GB', () => Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x08, 0xa2)],
    ['another version', () => framed(encodeCbor({ version: 3, roots: [] }))],
    ['no roots', () => framed(encodeCbor({ version: 1 }))],
    [
      'a section shorter than its CID',
      () =>
        new Uint8Array([
          ...framed(encodeCbor({ version: 1, roots: [] })),
          3,
          1,
          0x55,
          0x12,
          0x20,
          ...new Uint8Array(40),
        ]),
    ],
  ])('refuses what is no CAR: %s', async (_name, make) => {
    const target = createMemoryStore()
    expect(await faultOf(importCar(target, make()))).toMatchObject({ code: 'bad-car', whose: 'requestor' })
    expect(target.size).toBe(0)
  })

  it('refuses a hash function that it does not know', async () => {
    const sha1 = CID.createV1(RAW, create(0x11, new Uint8Array(20)))
    expect(await codeOf(importCar(createMemoryStore(), await writeCar([], [{ cid: sha1, bytes: text('x') }])))).toBe(
      'unsupported-hash',
    )
  })

  it('reads version 2', async () => {
    const { car, root } = await small()
    const pragma = framed(encodeCbor({ version: 2 }))
    const header = new DataView(new ArrayBuffer(40))
    const [offset, padding] = [BigInt(pragma.length + 40 + 3), new Uint8Array(3)]
    for (const [at, value] of [
      [16, offset],
      [24, BigInt(car.length)],
      [32, offset + BigInt(car.length)],
    ] as const) {
      header.setBigUint64(at, value, true)
    }
    const index = noise(50)
    const whole = new Uint8Array([...pragma, ...new Uint8Array(header.buffer), ...padding, ...car, ...index])
    const target = createMemoryStore()
    const { roots, blocks } = await importCar(target, whole)
    expect([roots.map(String), blocks]).toEqual([[root.toString()], 2])
  })

  it('takes no more than the bound, from bytes and from an endless stream', async () => {
    const { car } = await small()
    const target = createMemoryStore()
    expect((await importCar(target, car, { maxBytes: car.length })).blocks).toBe(2)
    expect(await codeOf(importCar(target, car, { maxBytes: car.length - 1 }))).toBe('too-large')
    expect(await codeOf(importCar(target, [car], { maxBytes: car.length - 1 }))).toBe('too-large')
    let closed = false
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      try {
        // A header, then a section that claims a gigabyte.
        yield new Uint8Array([...framed(encodeCbor({ version: 1, roots: [] })), 0x80, 0x80, 0x80, 0x80, 0x04])
        for (;;) yield (await rawCid(text('x'))).bytes
      } finally {
        closed = true
      }
    }
    expect(await codeOf(importCar(target, endless(), { maxBytes: 100_000 }))).toBe('too-large')
    expect(closed).toBe(true)
  })

  it('stops when the signal fires, also when the source hangs', async () => {
    const { car } = await small()
    const hanging = async function* (): AsyncGenerator<Uint8Array> {
      yield car.slice(0, 50)
      await never()
    }
    expect(await codeOf(importCar(createMemoryStore(), hanging(), { signal: AbortSignal.timeout(10) }))).toBe('timeout')
    expect(await codeOf(importCar(createMemoryStore(), car, { signal: AbortSignal.abort() }))).toBe('aborted')
  })

  it('does not blame the CAR for a source that fails', async () => {
    const { car } = await small()
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield car.slice(0, 50)
      throw new Error('EIO')
    }
    expect(await codeOf(importCar(createMemoryStore(), failing()))).toBe('store-failed')
  })
})

function framed(bytes: Uint8Array): Uint8Array {
  return new Uint8Array([bytes.length, ...bytes])
}
