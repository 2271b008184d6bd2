/** The private index in IndexedDB. */
import * as fake from 'fake-indexeddb'
import { deleteDB, openDB } from 'idb'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createIndexedDbIndex, type IndexedDbIndexOptions } from '../../src/engine/indexed-db-index.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { watJob } from '../support/jobs.ts'

beforeAll(() => {
  for (const [name, value] of Object.entries(fake)) if (name !== 'default') vi.stubGlobal(name, value)
})
afterAll(() => void vi.unstubAllGlobals())

let names = 0
const fresh = (): string => `index ${names++}`
const open = (name: string, options: Partial<IndexedDbIndexOptions> = {}) =>
  createIndexedDbIndex({ name, maker: 'test', ...options })
const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill)

/** Changes the stored parts of an entry. */
async function change(name: string, store: 'entries' | 'bytes', edit: (value: never) => unknown): Promise<void> {
  const database = await openDB(name, 1)
  const [key] = await database.getAllKeys(store)
  await database.put(store, edit((await database.get(store, key!)) as never), key)
  database.close()
}

describe('entries', () => {
  test('are found under their key, also by another connection', async () => {
    const name = fresh()
    const index = open(name)
    expect(await index.get('key')).toBeUndefined()
    await index.put('key', bytes(300))
    await index.put('other', bytes(0))
    for (const reader of [index, open(name)])
      expect([await reader.get('key'), await reader.get('other'), await reader.get('none')]).toEqual([
        bytes(300),
        bytes(0),
        undefined,
      ])
    await index.put('key', bytes(5))
    expect(await index.get('key')).toEqual(bytes(5))
  })

  test('of another maker are not found', async () => {
    const name = fresh()
    await open(name).put('key', bytes(3))
    expect(await open(name, { maker: 'later' }).get('key')).toBeUndefined()
    expect(await open(name).get('key')).toEqual(bytes(3))
  })

  test('are none without a maker, as where this library runs from its sources', async () => {
    const name = fresh()
    const index = createIndexedDbIndex({ name })
    await index.put('key', bytes(3))
    expect(await index.get('key')).toBeUndefined()
  })

  test('hold no more than the bytes that were put', async () => {
    const name = fresh()
    await open(name).put('key', bytes(1000).subarray(10, 20))
    const database = await openDB(name, 1)
    const [kept] = (await database.getAll('bytes')) as Uint8Array[]
    database.close()
    expect(kept!.buffer.byteLength).toBe(10)
  })
})

describe('what is no entry is not found', () => {
  test.each<[string, 'entries' | 'bytes', (value: never) => unknown]>([
    ['other bytes', 'bytes', () => bytes(300, 8)],
    ['fewer bytes', 'bytes', (value: Uint8Array) => value.slice(1)],
    ['no bytes', 'bytes', () => 'text'],
    ['another hash', 'entries', (value: object) => ({ ...value, hash: bytes(32) })],
    ['no hash', 'entries', (value: object) => ({ ...value, hash: 5 })],
    ['nothing of an entry', 'entries', () => null],
  ])('%s', async (_, store, edit) => {
    const name = fresh()
    const index = open(name)
    await index.put('key', bytes(300))
    await change(name, store, edit)
    expect(await index.get('key')).toBeUndefined()
    await index.put('key', bytes(4))
    expect(await index.get('key')).toEqual(bytes(4))
  })

  test('a whole entry under the key of another', async () => {
    const name = fresh()
    const index = open(name)
    await index.put('key', bytes(3))
    await index.put('other', bytes(4))
    const database = await openDB(name, 1)
    const [one, other] = await database.getAllKeys('entries')
    for (const store of ['entries', 'bytes'])
      await database.put(store, await database.get(store, one!), other) // prettier-ignore
    database.close()
    expect([await index.get('key'), await index.get('other')]).toEqual([bytes(3), undefined])
  })

  test('a database of somebody else', async () => {
    const name = fresh()
    const database = await openDB(name, 1, { upgrade: made => void made.createObjectStore('notes') })
    await database.put('notes', 'mine', 'a')
    const index = open(name)
    await index.put('key', bytes(3))
    expect(await index.get('key')).toBeUndefined()
    expect(await database.get('notes', 'a')).toBe('mine')
    const later = fresh()
    ;(await openDB(later, 2)).close()
    await open(later).put('key', bytes(3))
    expect(await open(later).get('key')).toBeUndefined()
  })
})

describe('the bound', () => {
  test('the least recently used entries are removed first', async () => {
    const name = fresh()
    const size = 'test a'.length + 100
    const index = open(name, { maxBytes: 3 * size })
    for (const key of ['a', 'b', 'c']) await index.put(key, bytes(100))
    expect(await index.get('a')).toEqual(bytes(100))
    await index.put('d', bytes(100))
    const found = []
    for (const key of ['a', 'b', 'c', 'd']) found.push((await index.get(key)) !== undefined)
    expect(found).toEqual([true, false, true, true])
    const database = await openDB(name, 1)
    expect([await database.count('entries'), await database.count('bytes')]).toEqual([3, 3])
    database.close()
  })

  test('an entry that is larger than the bound is not kept, and removes no others', async () => {
    const index = open(fresh(), { maxBytes: 'test a'.length + 100 })
    await index.put('a', bytes(100))
    await index.put('b', bytes(101))
    expect([await index.get('a'), await index.get('b')]).toEqual([bytes(100), undefined])
  })
})

describe('a database that goes away', () => {
  test('can be deleted, and is made again', async () => {
    const name = fresh()
    const index = open(name)
    await index.put('key', bytes(3))
    await deleteDB(name)
    expect(await index.get('key')).toBeUndefined()
    await index.put('key', bytes(4))
    expect(await index.get('key')).toEqual(bytes(4))
  })

  test('or cannot be had costs time only', async () => {
    const refused = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('no storage', 'SecurityError')
    })
    const index = open(fresh())
    await index.put('key', bytes(3))
    expect(await index.get('key')).toBeUndefined()
    refused.mockRestore()
    await index.put('key', bytes(3))
    expect(await index.get('key')).toEqual(bytes(3))
  })
})

test.each([[undefined], [{}], [{ name: '' }], [{ name: 5 }], [{ name: 'n', maxBytes: -1 }]])(
  '%j are no options',
  options => {
    expect(() => createIndexedDbIndex(options as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  },
)

test('keys are text, and entries are bytes', () => {
  const index = open(fresh())
  expect(() => index.get(5 as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
  expect(() => index.put('key', 'bytes' as never)).toThrow(expect.objectContaining({ code: 'bad-usage' }))
})

test('an engine finds there what another one has prepared', async () => {
  const name = fresh()
  const job = await watJob('(module (func (export "f") (result i32) (i32.const 5)))')
  const outcome = await createInlineEngine({ index: open(name) }).compute(job)
  const module = (): Promise<Uint8Array> => Promise.reject(new Error('the module is asked for'))
  expect(await createInlineEngine({ index: open(name) }).compute({ ...job, module })).toEqual(outcome)
})
