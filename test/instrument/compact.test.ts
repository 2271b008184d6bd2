/** The peephole pass shortens calls, and nothing else. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { admit } from '../../src/admission/admit.ts'
import { compact } from '../../src/instrument/optimise/compact/compact.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { programs, ROOT } from '../support/fixtures.ts'

/**
 * A module in which `$f` returns a result and the gas, and `$two` returns two results and the gas. The tested code
 * follows.
 */
const moduleWith = (body: string, results: string): Promise<Uint8Array> =>
  assemble(`(module
  (func $f (result i32 i64) (i32.const 7) (i64.const 9))
  (func $two (result i32 f64 i64) (i32.const 7) (f64.const 8) (i64.const 9))
  (func (export "run") (result ${results}) (local $gas i64) (local $g i64) (local $a i32) (local $b f64) (local $other i64) ${body}))`)

const run = (bytes: Uint8Array): unknown =>
  (new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>)).exports.run as () => unknown)()

const ONE = 'call $f local.set $g local.set $a local.get $g local.set $gas local.get $a'
const TWO = 'call $two local.set $g local.set $b local.set $a local.get $g local.set $gas local.get $a local.get $b'

describe('code that takes the gas from a call', () => {
  test.each<[title: string, body: string, results: string, saved: number]>([
    ['one result', `${ONE} drop local.get $gas`, 'i64', 8],
    ['two results', `${TWO} drop drop local.get $gas`, 'i64', 12],
    ['several calls', `${ONE} drop ${TWO} drop drop ${ONE} drop local.get $gas`, 'i64', 28],
    ['a result after which the gas is read', `${ONE} local.get $gas`, 'i32 i64', 10],
  ])('%s', async (_, body, results, saved) => {
    const bytes = await moduleWith(body, results)
    const shorter = compact(bytes)
    expect(bytes.length - shorter.length).toBe(saved)
    expect(run(shorter)).toEqual(run(bytes))
    expect(compact(shorter)).toEqual(shorter)
  })
})

describe('a local that is read as soon as it is written', () => {
  test.each<[title: string, body: string, results: string, saved: number]>([
    ['once', 'i32.const 1 local.set $a local.get $a', 'i32', 2],
    ['through several locals', 'i64.const 1 local.set $g local.get $g local.set $other local.get $other', 'i64', 4],
    ['of a call', 'call $f local.set $g local.set $a local.get $a local.get $g', 'i32 i64', 2],
    ['not after another instruction', 'i32.const 1 local.set $a i32.const 2 local.get $a', 'i32 i32', 0],
    ['not of another local', 'i32.const 1 local.set $a local.get $b', 'f64', 0],
    [
      'not at a join',
      '(block i32.const 1 local.set $a (br_if 0 (local.get $a)) i32.const 2 local.set $a) local.get $a',
      'i32',
      2,
    ],
  ])('%s', async (_, body, results, saved) => {
    const bytes = await moduleWith(body, results)
    const shorter = compact(bytes)
    expect(bytes.length - shorter.length).toBe(saved)
    expect(run(shorter)).toEqual(run(bytes))
  })
})

describe('similar code stays', () => {
  test.each<[title: string, body: string, results: string]>([
    [
      'another local that is read first',
      'call $two local.set $g local.set $b local.set $a local.get $b drop local.get $a local.get $g',
      'i32 i64',
    ],
    [
      'another order',
      'call $two local.set $g local.set $b local.set $a local.get $g local.set $gas local.get $b local.get $a',
      'f64 i32',
    ],
    [
      'gas that goes to one of them',
      'call $f local.set $g local.set $a local.get $g local.set $g local.get $a local.get $g',
      'i32 i64',
    ],
    ['gas that is not used', 'call $f local.set $g local.set $a local.get $g drop local.get $a', 'i32'],
    ['one result', '(local.set $gas (i64.const 1)) call $f drop local.get $gas', 'i32 i64'],
  ])('%s', async (_, body, results) => {
    const bytes = await moduleWith(body, results)
    expect(compact(bytes)).toEqual(bytes)
  })

  test('a module without code', async () => {
    const bytes = await assemble('(module (memory 1))')
    expect(compact(bytes)).toEqual(bytes)
  })
})

test('instrumented programs cannot be made shorter by this pass', async () => {
  for (const program of programs()) {
    const { admitted } = admit(new Uint8Array(readFileSync(`${ROOT}/programs/${program}/${program}.wasm`)), PROFILE_1)
    const { bytes } = await instrument(admitted!)
    expect(compact(bytes)).toEqual(bytes)
    expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true)
  }
})
