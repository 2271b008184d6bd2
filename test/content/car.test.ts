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
  it('writes CARs that other readers can read, with the same bytes every time', async () => {
    const { store, root, order } = await sample()
    const car = await exportCar(store, [root])
    const reader = await CarReader.fromBytes(car)
    expect((await reader.getRoots()).map(String)).toEqual([root.toString()])
    const blocks: Block[] = []
    for await (const block of reader.blocks()) blocks.push(block)
    expect(blocks.map(block => block.cid.toString())).toEqual(order)
    // The bytes are the same as those of the reference writer.
    expect(same(car, await writeCar([root], blocks))).toBe(true)
    const copy = createMemoryStore()
    for (const block of blocks.reverse()) await copy.put(block.cid, block.bytes)
    expect(same(await exportCar(copy, [root]), car)).toBe(true)
  })

  it('streams, accepts several roots or none, and accepts a list of blocks', async () => {
    const { store, root, order } = await sample()
    const argument = await rawCid(text('argument'))
    let count = 0
    for await (const piece of carPieces(store, [root, argument])) count += piece.length > 0 ? 1 : 0
    expect(count).toBe(1 + order.length)
    expect(await readCar(await exportCar(store, []))).toEqual({ roots: [], blocks: [] })
    const listed = await readCar(await exportCar(store, [root], { cids: [argument, root] }))
    expect(listed.roots.map(String)).toEqual([root.toString()])
    expect(listed.blocks.map(block => block.cid.toString())).toEqual([argument.toString(), root.toString()])
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
    ['bytes', car => car],
    ['pieces', car => [car.slice(0, 1000), new Uint8Array(0), car.slice(1000)]],
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

  it('stores a block once, and no identity blocks; counts the blocks in the archive', async () => {
    const block = { cid: await rawCid(text('twice')), bytes: text('twice') }
    const inline = { cid: await rawCid(text('inline'), IDENTITY), bytes: text('inline') }
    const target = createMemoryStore()
    const { blocks } = await importCar(target, await writeCar([], [block, inline, block]))
    expect([blocks, target.size, await target.has(block.cid)]).toEqual([2, 1, true])
  })

  it('stores nothing of a CAR with one bad block at any position', async () => {
    const { store, root, order } = await sample()
    const { blocks } = await readCar(await exportCar(store, [root]))
    for (let bad = 0; bad < order.length; bad++) {
      const lying = blocks.map((block, index) => (index === bad ? { cid: block.cid, bytes: text('a lie') } : block))
      const target = createMemoryStore()
      const fault = await faultOf(importCar(target, await writeCar([root], lying)))
      expect([fault.code, String(fault.detail['cid']), target.size]).toEqual(['hash-mismatch', order[bad], 0])
    }
  })

  it('ends in a fault or a shorter archive if it is cut at any position', async () => {
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
        // A flipped bit in the CID of a root, or in a codec, leaves a valid archive with other CIDs.
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
  ])('refuses bytes that are not a CAR: %s', async (_name, make) => {
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

  describe('of version 2', () => {
    /**
     * An archive whose header declares a payload of `said` bytes. After the payload come an index or the bytes
     * `behind`.
     */
    function version2(
      car: Uint8Array,
      {
        said = car.length,
        index = noise(50),
        indexAt = 0,
        at = 54,
        behind = new Uint8Array(0),
      }: {
        said?: number
        index?: Uint8Array | undefined
        indexAt?: number
        at?: number
        behind?: Uint8Array
      } = {},
    ): Uint8Array {
      const header = new DataView(new ArrayBuffer(40))
      const indexOffset = index.length === 0 ? 0 : 54 + car.length + behind.length + indexAt
      for (const [place, value] of [
        [16, at],
        [24, said],
        [32, indexOffset],
      ] as const)
        header.setBigUint64(place, BigInt(value), true)
      return new Uint8Array([
        ...framed(encodeCbor({ version: 2 })),
        ...new Uint8Array(header.buffer),
        0,
        0,
        0,
        ...car,
        ...behind,
        ...index,
      ])
    }
    const none = new Uint8Array(0)

    it.each<[string, (car: Uint8Array) => Uint8Array]>([
      ['with an index', car => version2(car)],
      ['without one', car => version2(car, { index: none })],
      ['with padding in front of the index', car => version2(car, { behind: new Uint8Array(100_000) })],
      ['with padding at the end', car => version2(car, { index: none, behind: new Uint8Array(100_000) })],
    ])('is read: %s', async (_, make) => {
      const { car, root } = await small()
      for (const source of [make(car), [make(car)]]) {
        const { roots, blocks } = await importCar(createMemoryStore(), source)
        expect([roots.map(String), blocks]).toEqual([[root.toString()], 2])
      }
    })

    it.each<[string, (car: Uint8Array, leaf: CID) => Uint8Array]>([
      ['of 0 bytes', car => version2(car, { said: 0 })],
      ['of 0 bytes, without an index', car => version2(car, { said: 0, index: none })],
      ['shorter than its header', car => version2(car, { said: 10 })],
      ['without its last block', (car, leaf) => version2(car, { said: car.length - (1 + leaf.bytes.length + 4) })],
      [
        'without its last block and an index',
        (car, leaf) => version2(car, { said: car.length - (1 + leaf.bytes.length + 4), index: none }),
      ],
      ['without its last byte', car => version2(car, { said: car.length - 1 })],
      ['with one byte of the index', car => version2(car, { said: car.length + 1 })],
      ['longer than the file', car => version2(car, { said: car.length + 1, index: none })],
      ['far longer than the file', car => version2(car, { said: 2 ** 50, index: none })],
      ['that contains the index', car => version2(car, { indexAt: -10 })],
      ['whose index is beyond the end', car => version2(car, { indexAt: 1000, index: new Uint8Array(5) })],
      ['that begins within the header of the archive', car => version2(car, { at: 11 })],
      ['that begins at 0', car => version2(car, { at: 0 })],
    ])('is refused if its payload is said to be one %s', async (_, make) => {
      const { car, leaf } = await small()
      for (const source of [make(car, leaf), [make(car, leaf)]]) {
        const target = createMemoryStore()
        expect(await faultOf(importCar(target, source))).toMatchObject({ code: 'bad-car', whose: 'requestor' })
        expect(target.size).toBe(0)
      }
    })
  })

  it('takes no more blocks than the bound', async () => {
    const { car } = await small()
    const inline = { cid: await rawCid(text('inline'), IDENTITY), bytes: text('inline') }
    const many = await writeCar(
      [],
      Array.from({ length: 5 }, (): Block => inline),
    )
    for (const [archive, blocks] of [
      [car, 2],
      [many, 5],
    ] as const) {
      await importCar(createMemoryStore(), archive, { maxBlocks: blocks })
      const target = createMemoryStore()
      expect(await faultOf(importCar(target, archive, { maxBlocks: blocks - 1 }))).toMatchObject({
        code: 'too-large',
        detail: { maxBlocks: blocks - 1 },
      })
      expect([target.size, await codeOf(readCar(archive, { maxBlocks: blocks - 1 }))]).toEqual([0, 'too-large'])
    }
  })

  it('stores blocks of a stream at once, and those of a source that can be read twice all or none', async () => {
    const { store, root, order } = await sample()
    const { blocks } = await readCar(await exportCar(store, [root]))
    const car = await writeCar(
      [root],
      blocks.map((block, index) => (index === 2 ? { cid: block.cid, bytes: text('a lie') } : block)),
    )
    const stream = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < car.length; at += 1000) yield car.slice(at, at + 1000)
    }
    const target = createMemoryStore()
    expect(await codeOf(importCar(target, stream()))).toBe('hash-mismatch')
    expect([...target.blocks()].map(({ cid }) => cid.toString())).toEqual(order.slice(0, 2))
    let times = 0
    const again = (): AsyncGenerator<Uint8Array> => (times++, stream())
    const other = createMemoryStore()
    expect([await codeOf(importCar(other, again)), other.size, times]).toEqual(['hash-mismatch', 0, 1])
    const sound = await exportCar(store, [root])
    expect((await importCar(other, () => (times++, [sound]))).blocks).toBe(order.length)
    expect(times).toBe(3)
  })

  it('verifies the bytes that it stores, not those of an earlier reading', async () => {
    const { car, leaf } = await small()
    const forged = car.slice()
    forged[forged.length - 1]! ^= 1
    let times = 0
    const target = createMemoryStore()
    expect(await codeOf(importCar(target, () => (times++ === 0 ? [car] : [forged])))).toBe('hash-mismatch')
    expect(await target.has(leaf)).toBe(false)
  })

  it('has few blocks in memory, even with a slow store', async () => {
    const blocks = await Promise.all(
      Array.from({ length: 300 }, async (_, i) => ({
        cid: await rawCid(noise(1000, i + 1)),
        bytes: noise(1000, i + 1),
      })),
    )
    const [large] = [noise(9_000_000)]
    blocks.splice(100, 0, { cid: await rawCid(large!), bytes: large! })
    const car = await writeCar([], blocks)
    let read = 0
    let put = 0
    let most = 0
    let alone = true
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < car.length; at += 2000) {
        read = at
        yield car.slice(at, at + 2000)
      }
    }
    const slow = {
      put: async (cid: CID, bytes: Uint8Array) => {
        most = Math.max(most, ++put)
        if (bytes.length > 8_000_000) alone = put === 1
        await new Promise(resolve => setTimeout(resolve, 1))
        put--
        return cid
      },
    }
    expect((await importCar(slow, source())).blocks).toBe(301)
    expect([most, alone, read > 0]).toEqual([16, true, true])
  })

  it('waits for pending writes when the store fails, and reports the failure', async () => {
    const { store, root } = await sample()
    let open = 0
    const failing = {
      put: async (cid: CID) => {
        open++
        await new Promise(resolve => setTimeout(resolve, 5))
        open--
        if (cid.equals(root)) throw new Error('full')
        return cid
      },
    }
    expect(await codeOf(importCar(failing, await exportCar(store, [root])))).toBe('store-failed')
    expect(open).toBe(0)
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
