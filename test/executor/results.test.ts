/** Results of receipts: linked parts, and the results of programs. */
import { expect, test } from 'vitest'
import { encodeStrict, linkOf } from '../../src/base/dag-cbor.ts'
import type { Fault } from '../../src/base/fault.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { loadResult, programResult } from '../../src/executor/results.ts'
import type { Value } from '../../src/interface.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

async function storeWith(value: unknown) {
  const store = createMemoryStore()
  const bytes = encodeStrict(value)
  const cid = linkOf(bytes)
  await store.put(cid, bytes)
  return { store, cid }
}

test('a linked file is bytes, and a linked block is a value', async () => {
  const { store, cid } = await storeWith({ a: [1n, 'x'] })
  expect(await loadResult(store, cid)).toEqual({ a: [1n, 'x'] })
  const file = await addFile(store, utf8('content'))
  expect(await loadResult(store, file)).toEqual(utf8('content'))
  await expect(loadResult(store, file, { maxBytes: 3 })).rejects.toMatchObject({
    code: 'too-large',
  } satisfies Partial<Fault>)
})

test('a block without a value is bad-dag', async () => {
  const { store } = await storeWith(1n)
  const bytes = Uint8Array.of(0xfb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0)
  await store.put(linkOf(bytes), bytes)
  await expect(loadResult(store, linkOf(bytes))).rejects.toMatchObject({ code: 'bad-dag' })
})

test('WASI-24: the result of a program, whole or with parts that are linked', async () => {
  const { store, cid } = await storeWith({ exit: 3n, stdout: utf8('a'), stderr: new Uint8Array() })
  const load = (link: typeof cid): Promise<Uint8Array | Value> => loadResult(store, link)
  expect(await programResult(cid, load)).toEqual({
    exit: 3,
    stdout: utf8('a'),
    stderr: new Uint8Array(),
    files: undefined,
  })
  const stdout = await addFile(store, utf8('long'))
  const files = await addFile(store, utf8('x'))
  const linked = await programResult({ exit: 0n, stdout, stderr: utf8('e'), files }, load)
  expect(linked).toMatchObject({ exit: 0, stdout: utf8('long'), stderr: utf8('e') })
  expect(linked!.files!.equals(files)).toBe(true)
})

test.each<[string, Value]>([
  ['a list', [1n]],
  ['bytes', utf8('x')],
  ['a map without an exit code', { stdout: utf8(''), stderr: utf8('') }],
  ['an exit code that is no number', { exit: 'x', stdout: utf8(''), stderr: utf8('') }],
])('%s is no result of a program', async (_, value) => {
  expect(await programResult(value, () => Promise.reject(new Error('nothing is loaded')))).toBeUndefined()
})
