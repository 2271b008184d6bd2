/** Sizes in file nodes: all forms that other software writes are accepted, and wrong sizes are refused. */
import { encode, prepare } from '@ipld/dag-pb'
import type { CID } from 'multiformats/cid'
import { describe, expect, it } from 'vitest'
import { DAG_PB, cidOf } from '../../src/content/cids.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import type { MemoryStore } from '../../src/content/memory-store.ts'
import { addFile, declaredSize, load } from '../../src/content/unixfs.ts'
import { codeOf, counting, faultOf, noise, putRaw, text } from './support.ts'

/** The fields of a node, all of which may be left out. */
interface Fields {
  readonly type?: number
  readonly data?: Uint8Array
  readonly fileSize?: bigint
  readonly blockSizes?: readonly bigint[]
  readonly packed?: boolean
  /** Bytes after all fields. */
  readonly more?: readonly number[]
}

function varint(value: bigint): number[] {
  const bytes = []
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80)
  return [...bytes, Number(value)]
}

const field = (number: number, value: bigint): number[] => [number << 3, ...varint(value)]
const bytesField = (number: number, bytes: readonly number[]): number[] => [
  (number << 3) | 2,
  ...varint(BigInt(bytes.length)),
  ...bytes,
]

function message({ type = 2, data, fileSize, blockSizes = [], packed = false, more = [] }: Fields): Uint8Array {
  return Uint8Array.from([
    ...field(1, BigInt(type)),
    ...(data === undefined ? [] : bytesField(2, [...data])),
    ...(fileSize === undefined ? [] : field(3, fileSize)),
    ...(packed ? bytesField(4, blockSizes.flatMap(varint)) : blockSizes.flatMap(size => field(4, size))),
    ...more,
  ])
}

async function put(store: MemoryStore, links: readonly CID[], fields: Fields): Promise<CID> {
  const bytes = encode(prepare({ Data: message(fields), Links: links.map(Hash => ({ Hash, Name: '', Tsize: 0 })) }))
  const cid = await cidOf(DAG_PB, bytes)
  await store.put(cid, bytes)
  return cid
}

const store = createMemoryStore()
const leaves = await Promise.all(['one ', 'two ', 'three'].map(word => putRaw(store, text(word))))
const whole = text('one two three')

describe('forms of nodes for the same file', () => {
  it.each<[string, Fields, bigint | undefined]>([
    ['all sizes', { fileSize: 13n, blockSizes: [4n, 4n, 5n] }, 13n],
    ['only block sizes', { blockSizes: [4n, 4n, 5n] }, 13n],
    ['packed block sizes', { fileSize: 13n, blockSizes: [4n, 4n, 5n], packed: true }, 13n],
    ['only the size of the file', { fileSize: 13n }, 13n],
    ['no size', {}, undefined],
    ['a node of type raw', { type: 0, fileSize: 13n, blockSizes: [4n, 4n, 5n] }, 13n],
    [
      'a mode and a time',
      { fileSize: 13n, blockSizes: [4n, 4n, 5n], more: [...field(7, 0o644n), ...bytesField(8, field(1, 1_000_000n))] },
      13n,
    ],
  ])('%s', async (_, fields, size) => {
    const cid = await put(store, leaves, fields)
    expect(await load(store, cid)).toEqual(whole)
    expect((await declaredSize(store, cid)).size).toBe(size)
    // The same below another node, which declares its size or does not.
    expect(await load(store, await put(store, [cid, cid], { fileSize: 26n, blockSizes: [13n, 13n] }))).toEqual(
      text('one two threeone two three'),
    )
    expect(await load(store, await put(store, [cid], {}))).toEqual(whole)
  })

  it.each<[string, Fields]>([
    ['with', { fileSize: 3n, data: text('abc') }],
    ['without', { data: text('abc') }],
    ['of type raw', { type: 0, data: text('abc') }],
  ])('data in the node, %s a size', async (_, fields) => {
    const cid = await put(store, [], fields)
    expect([await load(store, cid), (await declaredSize(store, cid)).size]).toEqual([text('abc'), 3n])
  })

  it('data before links', async () => {
    const cid = await put(store, leaves, { data: text('zero '), fileSize: 18n, blockSizes: [4n, 4n, 5n] })
    expect(await load(store, cid)).toEqual(text('zero one two three'))
  })

  it('no content', async () => {
    for (const fields of [{}, { fileSize: 0n }, { data: new Uint8Array(0) }])
      expect(await load(store, await put(store, [], fields))).toEqual(new Uint8Array(0))
  })
})

describe('sizes that differ from those of the content', () => {
  it.each<[string, Fields]>([
    ['a file that declares a greater size', { fileSize: 14n, blockSizes: [4n, 4n, 5n] }],
    ['far larger', { fileSize: 1_000_000_000n, blockSizes: [4n, 4n, 5n] }],
    ['smaller', { fileSize: 12n, blockSizes: [4n, 4n, 5n] }],
    ['empty', { fileSize: 0n, blockSizes: [4n, 4n, 5n] }],
    ['larger, without block sizes', { fileSize: 14n }],
    ['smaller, without block sizes', { fileSize: 12n }],
    ['data that is not counted', { data: text('zero '), fileSize: 13n, blockSizes: [4n, 4n, 5n] }],
    ['parts whose errors cancel out', { fileSize: 13n, blockSizes: [5n, 3n, 5n] }],
    ['packed sizes of too few parts', { fileSize: 8n, blockSizes: [4n, 4n], packed: true }],
  ])('%s', async (_, fields) => {
    const cid = await put(store, leaves, fields)
    expect(await faultOf(load(store, cid))).toMatchObject({ code: 'bad-dag', whose: 'requestor' })
    expect(await codeOf(load(store, await put(store, [cid], {})))).toBe('bad-dag')
  })

  it('a node with only data', async () => {
    for (const fileSize of [0n, 2n, 4n, 2n ** 63n]) {
      const cid = await put(store, [], { data: text('abc'), fileSize })
      expect([await codeOf(load(store, cid)), await codeOf(declaredSize(store, cid))]).toEqual(['bad-dag', 'bad-dag'])
    }
  })

  it('a node whose size differs from that in its parent', async () => {
    const cid = await put(store, leaves, { fileSize: 13n })
    expect(await codeOf(load(store, await put(store, [cid], { fileSize: 14n, blockSizes: [14n] })))).toBe('bad-dag')
    const silent = await put(store, leaves, {})
    expect(await codeOf(load(store, await put(store, [silent], { fileSize: 14n, blockSizes: [14n] })))).toBe('bad-dag')
  })

  it.each<[string, readonly number[]]>([
    ['block sizes that are cut off', [(4 << 3) | 2, 5, 1]],
    ['a size that is cut off', [3 << 3, 0x80]],
    ['a size as text', bytesField(3, [1])],
    ['data as a number', field(2, 1n)],
    ['packed sizes that end within one', [(4 << 3) | 2, 1, 0x80, 1]],
    ['an unknown type', field(1, 9n)],
  ])('a malformed message: %s', async (_, more) => {
    expect(await codeOf(load(store, await put(store, [], { more })))).toBe('bad-dag')
  })

  it('a message without a type', async () => {
    const bytes = encode(prepare({ Data: Uint8Array.from(field(3, 0n)), Links: [] }))
    const cid = await cidOf(DAG_PB, bytes)
    await store.put(cid, bytes)
    expect(await codeOf(load(store, cid))).toBe('bad-dag')
  })
})

describe('the declared size', () => {
  it('reads only the root, and verifies it; a raw block has none', async () => {
    const cid = await addFile(store, noise(3_000_000))
    const counted = counting(store)
    const { size, rootBytes } = await declaredSize(counted, cid)
    expect([size, counted.reads, rootBytes < 1000 && rootBytes > 500]).toEqual([3_000_000n, 1, true])
    expect(await declaredSize(store, leaves[0]!)).toEqual({ size: undefined, rootBytes: 0 })
    const forging = { get: () => message({ data: text('abc') }) }
    expect(await codeOf(declaredSize(forging, cid))).toBe('hash-mismatch')
  })

  it('bounds what is read where no size is declared', async () => {
    const large = await Promise.all([1, 2, 3].map(seed => putRaw(store, noise(1000, seed))))
    const cid = await put(store, large, {})
    expect((await load(store, cid, { maxBytes: 3000 })).length).toBe(3000)
    expect(await codeOf(load(store, cid, { maxBytes: 2999 }))).toBe('too-large')
    const counted = counting(store)
    expect(await codeOf(load(counted, cid, { maxBytes: 1500 }))).toBe('too-large')
    expect(counted.reads).toBe(3)
  })
})
