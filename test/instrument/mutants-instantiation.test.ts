/** The price of preparing a module, part by part (GAS-4). */
import { expect, test } from 'vitest'
import { outcomesOf } from './against-oracle.ts'

test.each<[name: string, declared: string, outcome: string]>([
  ['pages', '(memory (export "memory") 3)', 'ok'],
  ['slots of all tables', '(table 7 funcref) (table 5 externref)', 'ok'],
  [
    'active segments and no others',
    `(memory (export "memory") 1) (table 3 funcref) (data (i32.const 0) "a") (data "b") (data "c")
    (elem (i32.const 0) $f) (elem func $f $f)`,
    'ok',
  ],
  ['globals', '(global i32 (i32.const 1)) (global (mut v128) (v128.const i64x2 1 2))', 'ok'],
  ['locals and parameters of bodies', '(func (param i32 v128) (local f32 v128))', 'ok'],
  ['no parameters of imports', '(import "ipvm" "log" (func (param i32 i32)))', 'ok'],
  ['targets of br_tables', '(func (block (br_table 0 1 0 1 (i32.const 0))))', 'ok'],
  [
    'carried values',
    `(type $t (func (param i32 i32) (result i32 i32 i32)))
    (func (i32.const 1) (i32.const 2) (block (type $t) (i32.const 3)) (drop) (drop) (drop))`,
    'ok',
  ],
  ['an empty segment at the end', '(memory (export "memory") 1) (data (i32.const 65536) "")', 'ok'],
  [
    'an empty segment after the end',
    '(memory (export "memory") 1) (data (i32.const 65537) "")',
    'trap memory-out-of-bounds',
  ],
  ['an empty segment of a table', '(table 2 funcref) (elem (i32.const 3) func)', 'trap table-out-of-bounds'],
])('%s', async (_, declared, outcome) => {
  expect(await outcomesOf(`(module ${declared} (func $f (export "f")))`, [['f']])).toEqual([outcome])
})
