/**
 * The fast mode checks the counter only at some points. These tests run its code directly, without the host's check at
 * the end, and observe where it stops.
 */
import { describe, expect, test } from 'vitest'
import { EXPORT, METER, TRAP_NUMBERS } from '../../src/instrument/edit/globals.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assembled } from '../support/fixtures.ts'

interface Stopped {
  /** The trap that the code noted; undefined if there was none. */
  readonly trap: string | undefined
  readonly exports: WebAssembly.Exports
}

async function spend(wat: string, gas: bigint, ...args: number[]): Promise<Stopped> {
  const { bytes } = await instrument(await assembled(wat, PROFILE_1), 'fast')
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>))
  const global = (name: string): WebAssembly.Global => exports[name] as WebAssembly.Global
  global(METER.gas).value = gas
  if (exports[METER.pages] !== undefined) global(METER.pages).value = 10
  let trapped = false
  try {
    ;(exports['f'] as (...args: number[]) => void)(...args)
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
    trapped = true
  }
  const trap = TRAP_NUMBERS[global(METER.trap).value as number] ?? 'not noted'
  return { trap: trapped ? trap : undefined, exports }
}

const MANY = 100_000

describe('a run that is out of gas stops', () => {
  test.each([
    [
      'at the head of a loop',
      '(loop $again (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $again (i32.and (local.get 0) (i32.const -1))))',
    ],
    [
      'at the head of a loop with parameters',
      `(local.get 0)
      (loop $again (param i32) (br_if $again (local.tee 0 (i32.sub (i32.const 1))) (local.get 0)) (drop))`,
    ],
    [
      'at the entry of a function that calls itself last',
      '(if (local.get 0) (then (return_call $f (i32.sub (local.get 0) (i32.const 1)))))',
    ],
  ])('%s', async (_, body) => {
    const wat = `(module (func $f (export "f") (param i32) ${body}))`
    expect(await spend(wat, 5_000n, MANY)).toMatchObject({ trap: 'out-of-gas' })
    expect((await spend(wat, 10n ** 9n, MANY)).trap).toBe(undefined)
  })

  test.each([
    ['before a counted loop', '(loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))'],
    [
      'before a loop with a known trip count',
      '(local.set 0 (i32.const 9)) (loop (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 100000))))',
    ],
    [
      'before a loop that steps over its limit',
      '(loop (br_if 0 (i32.ne (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const 999))))',
    ],
    [
      'before an endless loop',
      '(local.set 0 (i32.const -20)) (loop (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 4))) (i32.const -1))))',
    ],
  ])('%s', async (_, body) => {
    const { trap, exports } = await spend(`(module (func (export "f") (param i32) ${body}))`, 5_000n, MANY)
    expect(trap).toBe('not noted')
    expect((exports[METER.gas] as WebAssembly.Global).value).toBe(5_000n)
  })

  test('before the effects of a callee that does not return', async () => {
    const wat = `(module (func $f (export "f") (param i32) (drop (i32.div_u (i32.const 1) (local.get 0)))
      (return_call $f (i32.sub (local.get 0) (i32.const 1)))))`
    expect(await spend(wat, 5_000n, MANY)).toMatchObject({ trap: 'out-of-gas' })
    expect(await spend(wat, 10n ** 9n, MANY)).toMatchObject({ trap: 'not noted' })
  })

  test.each([
    ['filling', '(memory.fill (i32.const 0) (i32.const 1) (i32.const 60000))'],
    ['growing', '(drop (memory.grow (i32.const 3)))'],
  ])('before %s that the gas does not pay for', async (_, body) => {
    const wat = `(module (memory 1 8) (func (export "f") ${body}))`
    const { trap, exports } = await spend(wat, 50_000n)
    expect(trap).toBe('not noted')
    const memory = new Uint8Array((exports[EXPORT.memory] as WebAssembly.Memory).buffer)
    expect([memory.length, memory.every(byte => byte === 0)]).toEqual([65536, true])
  })
})

test('a function with many checks reports out-of-gas at each', async () => {
  const loop = (bit: number): string => `(if (i32.eq (local.get 1) (i32.const ${bit})) (then
    (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if 0 (i32.and (local.get 0) (i32.const -1))))))`
  const wat = `(module (func (export "f") (param i32 i32) (result i32) ${[0, 1, 2, 3].map(loop).join('')} (local.get 0)))`
  for (const bit of [0, 1, 2, 3]) {
    expect(await spend(wat, 5_000n, MANY, bit)).toMatchObject({ trap: 'out-of-gas' })
    expect((await spend(wat, 10n ** 9n, MANY, bit)).trap).toBe(undefined)
  }
})
