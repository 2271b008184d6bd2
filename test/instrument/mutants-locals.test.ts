/** Values on the operand stack do not change while scratch locals are shared. */
import { expect, test } from 'vitest'
import { instrument } from '../../src/instrument/instrument.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { validate } from '../../src/wasm/validate.ts'
import { assembled } from '../support/fixtures.ts'
import { outcomesOf } from './against-oracle.ts'

const prelude = `(global $g (export "g") (mut i32) (i32.const 0))
  (global $a (mut i32) (i32.const 0)) (global $b (mut i32) (i32.const 0))
  (global $c (mut i32) (i32.const 0)) (global $d (mut i32) (i32.const 0))
  (func $two (param i32) (result i32 i32) (local.get 0) (i32.add (local.get 0) (i32.const 1)))
  (func $next (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))`

test.each<[name: string, body: string, outcome: string]>([
  [
    'below statements',
    `(call $next) (call $next) (call $next) (global.set $g (i32.const 10)) (call $next) (global.set $g (i32.const 20))
    (i32.mul) (i32.mul) (i32.add)`,
    'ok 67',
  ],
  [
    'that are used one by one',
    `(call $next) (call $next) (call $next) (global.set $g (i32.const 10))
    (global.set $a) (global.set $b) (global.set $c) (i32.add (i32.mul (i32.add (i32.mul (global.get $a) (i32.const 10)) (global.get $b)) (i32.const 10)) (global.get $c))`,
    'ok 321',
  ],
  [
    'of two results that are used one by one',
    `(call $two (i32.const 5)) (call $two (i32.const 7)) (global.set $g (i32.const 10))
    (global.set $a) (global.set $b) (global.set $c) (global.set $d) (i32.sub (i32.mul (global.get $a) (global.get $b)) (i32.mul (global.get $c) (global.get $d)))`,
    'ok 26',
  ],
  [
    'of calls with two results',
    '(call $two (i32.const 5)) (call $two (i32.const 7)) (i32.mul) (i32.mul) (i32.sub)',
    'ok -331',
  ],
  [
    'below a loop',
    `(call $next) (call $two (i32.const 3)) (loop $l (call $two (i32.const 9)) (drop) (drop) (call $next) (global.set $g)
    (br_if $l (i32.lt_u (global.get $g) (local.get 0)))) (i32.sub) (i32.mul)`,
    'ok -1',
  ],
  [
    'into a loop and along its back edge',
    `(call $two (i32.const 3)) (loop $l (param i32 i32) (result i32) (call $two (i32.const 9)) (i32.sub) (call $next) (drop)
    (i32.add) (i32.add) (i32.const 2) (br_if $l (i32.lt_u (global.get $g) (local.get 0))) (i32.mul))`,
    'ok 20',
  ],
  [
    'into a loop without a back edge',
    '(call $two (i32.const 3)) (loop (param i32 i32) (result i32) (call $next) (call $next) (drop) (drop) (i32.sub))',
    'ok -1',
  ],
  [
    'out of blocks, some by branches',
    `(block (result i32 i32) (call $two (i32.const 5)) (br_if 0 (local.get 0)) (drop) (drop) (i32.const 1) (i32.const 2))
    (call $next) (i32.mul) (i32.sub)`,
    'ok -1',
  ],
])('%s', async (_, body, outcome) => {
  expect(
    await outcomesOf(`(module ${prelude} (func (export "f") (param i32) (result i32) ${body}))`, [['f', 5]]),
  ).toEqual([outcome])
})

test('each type has scratch locals of its own', async () => {
  const wat = `(module ${prelude} (func $three (result f64 i32 i64) (f64.const 1.5) (call $next) (i64.const 7))
    (func $sum (param f64 i32 i64 f64 i32 i64) (result i64) (i64.add (i64.mul (local.get 2) (i64.const 100)) (i64.add (local.get 5)
      (i64.extend_i32_u (i32.add (local.get 1) (local.get 4))))))
    (func (export "f") (result i64) (call $three) (global.set $g (i32.const 4)) (drop) (drop) (drop)
      (call $three) (i64.add (i64.const 1)) (call $three) (i64.add (i64.const 30)) (global.set $g (i32.const 9)) (call $sum)))`
  expect(await outcomesOf(wat, [['f']])).toEqual(['ok 848'])
})

test('a thousand values below statements share locals', async () => {
  const wat = `(module ${prelude} (func (export "f") (param i32)
    ${'(call $two (i32.const 1)) (global.set $g (i32.const 1)) (i32.add) (local.set 0) '.repeat(1000)}))`
  for (const mode of ['fast', 'precise'] as const) {
    const { bytes } = await instrument(await assembled(wat), mode)
    expect(maxLocals(bytes)).toBeLessThan(24)
  }
})

function maxLocals(bytes: Uint8Array): number {
  const { module, findings } = validate(bytes, { features: new Set(PROFILE_1.features), limits: PROFILE_1.limits })
  expect(findings.sorted()).toEqual([])
  return Math.max(...module!.bodies.map(({ locals }) => locals.reduce((sum, { count }) => sum + count, 0)))
}
