/** Words that are typed, as the parameters of a task. */
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import type { Callable } from '../../src/abi/guest.ts'
import type { Fault } from '../../src/base/fault.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { load } from '../../src/content/unixfs.ts'
import { parseAbi } from '../../src/task/abi-name.ts'
import { F64, I32, I64 } from '../../src/wasm/types.ts'
import { toParams, type Word } from '../../src/words/arguments.ts'

const MODULE: Callable = {
  exports: [{ name: 'f', kind: 'function', index: 0 }],
  functions: [{ params: [I32, F64], results: [I64] }],
  globals: [],
}

const text = (...words: readonly string[]): Word[] => words.map(word => ({ kind: 'text', text: word }))
const bytesWord = (bytes: Uint8Array): Word => ({ kind: 'bytes', text: 'in.bin', bytes })

function params(
  abi: string,
  words: readonly Word[],
  module: Callable | undefined = MODULE,
  store = createMemoryStore(),
) {
  return toParams({ store }, parseAbi(abi), module, 'f', words)
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  return work.then(
    () => expect.fail('no fault'),
    (error: unknown) => error as Fault,
  )
}

test('numbers by the type of the function', async () => {
  expect(await params('core', text('0xffffffff', '1.5'))).toEqual([-1n, Uint8Array.of(0, 0, 0, 0, 0, 0, 0xf8, 0x3f)])
})

test('long bytes go into the store, and short ones into the task', async () => {
  const store = createMemoryStore()
  const long = new Uint8Array(1025).fill(7)
  const [link, short] = await params(
    'assemblyscript(Uint8Array,ArrayBuffer)->void',
    [bytesWord(long), bytesWord(long.subarray(1))],
    MODULE,
    store,
  )
  expect(await load(store, CID.asCID(link)!)).toEqual(long)
  expect(short).toEqual(long.subarray(1))
})

test('values of AssemblyScript', async () => {
  expect(await params('assemblyscript(string,bool)->void', text('Zoë', 'true'))).toEqual(['Zoë', 1n])
  expect(
    await params('assemblyscript(string,u32)->void', [
      bytesWord(new TextEncoder().encode('from a file')),
      ...text('3e9'),
    ]),
  ).toEqual(['from a file', 3_000_000_000n])
})

test('without a module, words are converted by their form, since the call is rejected anyway', async () => {
  const keeper = { store: createMemoryStore() }
  expect(await toParams(keeper, { name: 'core' }, undefined, 'f', text('42', 'word'))).toEqual([42n, 'word'])
})

describe('words that do not fit are the fault bad-usage', () => {
  test.each<[string, string, readonly Word[], string, number | undefined]>([
    ['too few', 'core', text('1'), 'f takes 2 arguments (i32, f64) → i64, and 1 is given', undefined],
    ['no integer', 'core', text('x', '1'), 'argument 1: "x" is not an integer', 0],
    ['no float', 'core', text('1', 'y'), 'argument 2: "y" is not a number', 1],
    [
      'bytes for a number',
      'core',
      [...text('1'), bytesWord(new Uint8Array())],
      'argument 2 must be a number, and "in.bin"',
      undefined,
    ],
    [
      'a file that is no text',
      'assemblyscript(string,string)->void',
      [bytesWord(Uint8Array.of(0xff)), ...text('')],
      'not UTF-8',
      undefined,
    ],
    ['neither true nor false', 'assemblyscript(bool,bool)->void', text('1', 'yes'), '"yes" is neither', 1],
    ['words for a program', 'wasi', text('a'), 'one parameter', undefined],
  ])('%s', async (_, abi, words, says, argument) => {
    const fault = await faultOf(params(abi, words))
    expect([fault.code, fault.message, fault.detail['argument']]).toEqual([
      'bad-usage',
      expect.stringContaining(says),
      argument,
    ])
  })
})
