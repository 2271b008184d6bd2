/**
 * The fast mode watches for observed NaNs, and gives up when it has met one. The outcome is then that of the other
 * modes, even if the fast mode has gone wrong before (docs/spec/profile.md, PROFILE-14).
 */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { EXPORT, METER, TRAP_NUMBERS } from '../../src/instrument/edit/globals.ts'
import { instrument } from '../../src/instrument/instrument.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assembled } from '../support/fixtures.ts'
import { watJob } from '../support/jobs.ts'
import { outcomesOf } from './against-oracle.ts'

/** Runs only the code of the fast mode. Returns the noted trap with which it gave up, or undefined. */
async function alone(wat: string, ...args: (number | bigint)[]): Promise<string | undefined> {
  const { bytes } = await instrument(await assembled(wat, PROFILE_1), 'fast')
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes as Uint8Array<ArrayBuffer>), {})
  expect(exports[EXPORT.watches]).toBeDefined()
  const global = (name: string): WebAssembly.Global => exports[name] as WebAssembly.Global
  global(METER.gas).value = 10n ** 9n
  try {
    ;(exports['f'] as (...args: (number | bigint)[]) => void)(...args)
    return undefined
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error
    return TRAP_NUMBERS[global(METER.trap).value as number]
  }
}

/**
 * A module that stores the quotient of two floats in each iteration. The first parameter has the bits of the dividend.
 */
const dividing = (end: string, result = ''): string => `(module (memory (export "m") 1)
  (func (export "f") (param $bits i64) ${result} (local $i i32)
    (loop
      (f64.store (local.get $i) (f64.div (f64.reinterpret_i64 (local.get $bits)) (f64.convert_i32_u (local.get $i))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 80))))
    ${end})
  (func $other (result i32) (i32.const 3)) (table funcref (elem $other)))`

const ONE = 0x3ff0n << 48n

describe('a run gives up at every end of a function', () => {
  test.each([
    ['the end of the body', dividing('')],
    ['the end of a body with a result', dividing('(i32.const 7)', '(result i32)')],
    ['a return', dividing('(if (local.get $i) (then (return (i32.const 7)))) (i32.const 8)', '(result i32)')],
    [
      'a branch to the function itself',
      dividing('(br_if 0 (i32.const 7) (local.get $i)) (drop) (i32.const 8)', '(result i32)'),
    ],
    ['a tail call', dividing('(return_call $other)', '(result i32)')],
    ['an indirect tail call', dividing('(return_call_indirect (result i32) (i32.const 0))', '(result i32)')],
  ])('%s', async (_, wat) => {
    expect(await alone(wat, ONE)).toBeUndefined()
    expect(await alone(wat, 0n)).toBe('nan')
    expect(
      (
        await outcomesOf(wat, [
          ['f', ONE],
          ['f', 0n],
          ['f', ONE],
        ])
      ).every(out => out.startsWith('ok')),
    ).toBe(true)
  })
})

describe('a run watches values of every shape', () => {
  test.each([
    ['f32', '(f32.store (i32.const 0) (f32.div (f32.demote_f64 (local.get $x)) (f32.const 0)))'],
    ['f64', '(f64.store (i32.const 0) (f64.div (local.get $x) (f64.const 0)))'],
    [
      'f32x4',
      '(v128.store (i32.const 0) (f32x4.div (f32x4.replace_lane 2 (v128.const f32x4 1 1 1 1) (f32.demote_f64 (local.get $x))) (v128.const f32x4 1 1 0 1)))',
    ],
    [
      'f64x2',
      '(v128.store (i32.const 0) (f64x2.div (f64x2.replace_lane 1 (v128.const f64x2 1 1) (local.get $x)) (v128.const f64x2 1 0)))',
    ],
    [
      'two shapes at once',
      `(f64.store (i32.const 0) (f64.add (local.get $x) (f64.const 1)))
      (f32.store (i32.const 8) (f32.div (f32.demote_f64 (local.get $x)) (f32.const 0)))`,
    ],
    [
      'the first of several',
      '(f64.store (i32.const 0) (f64.div (local.get $x) (f64.const 0))) (f64.store (i32.const 8) (f64.add (local.get $x) (f64.const 1))) (f64.store (i32.const 16) (f64.sqrt (local.get $x)))',
    ],
    [
      'one in the middle',
      '(f64.store (i32.const 0) (f64.sqrt (local.get $x))) (f64.store (i32.const 8) (f64.div (local.get $x) (f64.const 0))) (f64.store (i32.const 16) (f64.sqrt (local.get $x)))',
    ],
    [
      'the end of the body',
      '(f64.store (i32.const 0) (f64.sqrt (local.get $x))) (f64.store (i32.const 8) (f64.div (local.get $x) (f64.const 0)))',
    ],
    [
      'one inside of another',
      '(f64.store (i32.const 0) (f64.add (f64.const 1) (call $id (f64.div (local.get $x) (f64.const 0)))))',
    ],
  ])('%s', async (_, body) => {
    const wat = `(module (memory 1) (func $id (param f64) (result f64) (f64.abs (local.get 0)))
      (func (export "f") (param $bits i64) (local $x f64) (local $i i32)
        (local.set $x (f64.reinterpret_i64 (local.get $bits)))
        (loop ${body} (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))))`
    expect(await alone(wat, ONE)).toBeUndefined()
    expect(await alone(wat, 0n)).toBe('nan')
    expect(
      await outcomesOf(wat, [
        ['f', 0n],
        ['f', ONE],
      ]),
    ).toEqual(['ok', 'ok'])
  })
})

test('infinities of both signs may be taken for a NaN, which only costs time', async () => {
  const wat = `(module (memory (export "m") 1) (func (export "f") (param $bits i64) (local $i i32)
    (loop
      (f64.store (local.get $i) (f64.div (f64.reinterpret_i64 (local.get $bits)) (select (f64.const 0) (f64.const -0) (i32.and (local.get $i) (i32.const 8)))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 8))) (i32.const 80))))))`
  expect(await alone(wat, ONE)).toBe('nan')
  expect(await outcomesOf(wat, [['f', ONE]])).toEqual(['ok'])
})

describe('a run that goes wrong after a NaN is repeated', () => {
  // The sign bit of the quotient depends on the processor until the NaN is made canonical.
  const after = (
    then: string,
  ): string => `(module (memory 1 100) (func (export "f") (param $x i64) (result i32) (local $i i32)
    (loop
      (f64.store (i32.const 0) (f64.div (f64.reinterpret_i64 (local.get $x)) (f64.convert_i32_u (local.get $i))))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 1))))
    (if (i64.lt_s (i64.load (i32.const 0)) (i64.const 0)) (then ${then}))
    (i32.load8_u (i32.const 7))))`

  test.each([
    ['into a trap', 'unreachable'],
    ['out of bounds', '(drop (i32.load (i32.const -1)))'],
    ['into an endless loop', '(loop (br 0))'],
    ['into deep recursion', '(drop (call 0 (local.get $x)))'],
    ['to another result', '(return (i32.const 1))'],
    ['through all memory', '(drop (memory.grow (i32.const 99)))'],
  ])('%s', async (_, then) => {
    expect(
      await outcomesOf(
        after(then),
        [
          ['f', 0n],
          ['f', ONE],
        ],
        { pages: 200 },
      ),
    ).toEqual(['ok 127', 'ok 127'])
  })
})

describe('modes are tried one after another', () => {
  class Noting {
    readonly written: string[] = []
    get(): undefined {}
    put(key: string): void {
      this.written.push(key.split(' ').at(-1)!)
    }
  }

  test('after a NaN the steady mode runs the job, and all later jobs of the module', async () => {
    const index = new Noting()
    const computer = new Computer('fast', { index })
    const job = await watJob(dividing('(i32.const 7)', '(result i32)'), { args: [0n] })
    expect((await computer.compute(job)).out).toEqual({ ok: [7n] })
    expect(index.written).toEqual(['fast', 'steady'])
    let instances = 0
    const { instantiate } = WebAssembly
    WebAssembly.instantiate = ((module: WebAssembly.Module, imports?: WebAssembly.Imports) => {
      instances++
      return instantiate(module, imports)
    }) as typeof instantiate
    try {
      expect((await computer.compute(job)).out).toEqual({ ok: [7n] })
      expect(instances).toBe(1)
    } finally {
      WebAssembly.instantiate = instantiate
    }
  })

  test('a trap goes through all modes, and is that of the precise one', async () => {
    const index = new Noting()
    const job = await watJob(dividing('unreachable'), { args: [ONE] })
    const outcome = await new Computer('fast', { index }).compute(job)
    expect(index.written).toEqual(['fast', 'steady', 'precise'])
    expect(outcome).toEqual(await new Computer('precise').compute(job))
    expect(outcome.out).toEqual({ error: { kind: 'trap', code: 'unreachable' } })
  })

  test('a module without observed NaNs needs neither watching nor the steady mode', async () => {
    const index = new Noting()
    const job = await watJob(
      '(module (func (export "f") (param f64) (result i32) (f64.lt (f64.sqrt (local.get 0)) (f64.const 3)) (i32.div_u (i32.const 0))))',
      {
        args: [new Uint8Array(8)],
      },
    )
    expect((await new Computer('fast', { index }).compute(job)).out).toEqual({
      error: { kind: 'trap', code: 'divide-by-zero' },
    })
    expect(index.written).toEqual(['fast', 'precise'])
  })
})
