/** The stubs of imports, and the values that cross between host and guest. */
import { describe, expect, test } from 'vitest'
import { NEAR_PROFILE } from '../properties/profiles.ts'
import { outcomesOf } from './against-oracle.ts'

const outside = 'trap memory-out-of-bounds'

describe('ipvm.log', () => {
  const wat = `(module (import "ipvm" "log" (func $log (param i32 i32))) (memory (export "memory") 1) (data (i32.const 0) "abcdefgh")
    (table funcref (elem $log)) (export "again" (func $log))
    (func (export "f") (param i32 i32) (call $log (local.get 0) (local.get 1)))
    (func (export "indirect") (param i32 i32) (call_indirect (param i32 i32) (local.get 0) (local.get 1) (i32.const 0)))
    (func (export "tail") (param i32 i32) (return_call $log (local.get 0) (local.get 1))))`

  test('is charged for its bytes before its bounds are checked (GAS-16, PROFILE-31)', async () => {
    const inside = [
      ['f', 0, 3],
      ['f', 65536, 0],
      ['f', 65530, 6],
    ] as const
    const beyond = [
      ['f', 65530, 7],
      ['f', 65537, 0],
      ['f', 1, -1],
      ['f', -1, 1],
    ] as const
    expect(await outcomesOf(wat, [...inside, ...beyond], { work: 10n ** 12n })).toEqual([
      'ok',
      'ok',
      'ok',
      outside,
      outside,
      outside,
      outside,
    ])
  })

  test("is kept up to the profile's limit, over all calls", async () => {
    const twice = wat.replace(
      '(export "f") (param i32 i32)',
      '(export "f") (param i32 i32) (call $log (i32.const 1) (i32.const 20))',
    )
    expect(
      await outcomesOf(twice, [
        ['f', 0, 3],
        ['f', 0, 4],
        ['f', 0, 5],
        ['f', 0, 60],
      ]),
    ).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  test('costs the same for any kind of call', async () => {
    const calls = [
      ['again', 1, 3],
      ['indirect', 1, 3],
      ['tail', 1, 3],
      ['indirect', 65536, 1],
      ['tail', 65536, 1],
    ] as const
    expect(await outcomesOf(wat, calls)).toEqual(['ok', 'ok', 'ok', outside, outside])
  })
})

test('env.abort and denied imports have their own traps, after earlier effects (PROFILE-32)', async () => {
  const abort = `(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (global $g (export "g") (mut i32) (i32.const 0))
    (func (export "f") (global.set $g (i32.const 1)) (call $abort (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4))
      (global.set $g (i32.const 2))))`
  expect(await outcomesOf(abort, [['f']])).toEqual(['trap abort'])
  const denied = `(module (import "env" "now" (func $now (result f64))) (global $g (export "g") (mut i32) (i32.const 0))
    (func (export "f") (param i32) (global.set $g (i32.const 1)) (if (local.get 0) (then (drop (call $now))))))`
  expect(
    await outcomesOf(
      denied,
      [
        ['f', 0],
        ['f', 1],
      ],
      { profiles: [NEAR_PROFILE] },
    ),
  ).toEqual(['ok', 'trap denied-import'])
})

test('values keep their bits in both directions (PROFILE-20)', async () => {
  const wat = `(module (func (export "f") (param i32 f32 i64 f64 v128) (result v128 f64 i64 f32 i32)
    (local.get 4) (local.get 3) (local.get 2) (local.get 1) (local.get 0)))`
  const vector = Uint8Array.from({ length: 16 }, (_, i) => 17 * i)
  expect(await outcomesOf(wat, [['f', -2, 0xffa00123, -3n, 0xfff4000000000123n, vector]])).toEqual([
    `ok ${Buffer.from(vector).toString('hex')} 230100000000f4ff -3 2301a0ff -2`,
  ])
})

describe('active segments', () => {
  test('are checked against their tables first, then against the memory (PROFILE-18)', async () => {
    const wat = (
      elements: string,
      data: string,
    ): string => `(module (memory (export "memory") 1) (table 2 funcref) (table $u 5 funcref)
      (elem ${elements} $f) (data ${data} "ab") (func $f (export "f")))`
    const cases = [
      ['(i32.const 1)', '(i32.const 65534)'],
      ['(i32.const 2)', '(i32.const 65535)'],
      ['(i32.const 1)', '(i32.const 65535)'],
      ['(table $u) (i32.const 4) func', '(i32.const 0)'],
      ['(table $u) (i32.const 5) func', '(i32.const 0)'],
      ['(i32.const -1)', '(i32.const 0)'],
    ]
    const outcomes: string[] = []
    for (const [elements, data] of cases) outcomes.push(...(await outcomesOf(wat(elements!, data!), [['f']])))
    const table = 'trap table-out-of-bounds'
    expect(outcomes).toEqual(['ok', table, outside, 'ok', table, table])
  })
})
