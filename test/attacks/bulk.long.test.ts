/** Bulk instructions with operands that are 0, too large, or the greatest possible. */
import { describe, expect, test } from 'vitest'
import type { Call } from '../instrument/against-oracle.ts'
import { attack } from './attack.ts'

const WAT = `(module (memory (export "memory") 1 4) (table $t (export "t") 10 20 funcref)
  (data $d "abcdefgh") (elem $e func $f $f $f) (func $f)
  (func (export "memory.fill") (param i32 i32) (memory.fill (local.get 0) (i32.const 7) (local.get 1)))
  (func (export "memory.copy") (param i32 i32) (memory.copy (local.get 0) (i32.const 3) (local.get 1)))
  (func (export "memory.init") (param i32 i32) (memory.init $d (local.get 0) (i32.const 0) (local.get 1)))
  (func (export "memory.init twice") (param i32 i32) (data.drop $d) (memory.init $d (local.get 0) (i32.const 0) (local.get 1)))
  (func (export "table.fill") (param i32 i32) (table.fill $t (local.get 0) (ref.func $f) (local.get 1)))
  (func (export "table.copy") (param i32 i32) (table.copy $t $t (local.get 0) (i32.const 3) (local.get 1)))
  (func (export "table.init") (param i32 i32) (table.init $t $e (local.get 0) (i32.const 0) (local.get 1)))
  (func (export "memory.grow") (param i32) (result i32) (memory.grow (local.get 0)))
  (func (export "table.grow") (param i32) (result i32) (table.grow $t (ref.null func) (local.get 0))))`

const ALL = 0xffff_ffff
const MEMORY = ['memory.fill', 'memory.copy', 'memory.init']
const TABLE = ['table.fill', 'table.copy', 'table.init']
const every = (names: readonly string[], at: number, n: number): Call[] => names.map(name => [name, at, n])

describe('a size of', () => {
  test('0 has no effect, even at the end of the memory', async () => {
    const calls = [...every(MEMORY, 65_536, 0), ...every(TABLE, 10, 0), ['memory.init twice', 0, 0] as const]
    expect((await attack(WAT, calls)).outcomes).toEqual(calls.map(() => 'ok'))
  })

  test('0 beyond the end traps', async () => {
    expect((await attack(WAT, every(MEMORY, 65_537, 0))).outcomes).toEqual(
      MEMORY.map(() => 'trap memory-out-of-bounds'),
    )
    expect((await attack(WAT, every(TABLE, 11, 0))).outcomes).toEqual(TABLE.map(() => 'trap table-out-of-bounds'))
  })

  test('one more than there is traps', async () => {
    expect((await attack(WAT, [...every(MEMORY, 65_536, 1), ['memory.init twice', 0, 1]])).outcomes).toEqual(
      Array(4).fill('trap memory-out-of-bounds'),
    )
    expect((await attack(WAT, every(TABLE, 10, 1))).outcomes).toEqual(TABLE.map(() => 'trap table-out-of-bounds'))
  })

  test('2³² − 1 is charged before it traps', async () => {
    const calls = [...every(MEMORY, 0, ALL), ...every(TABLE, 0, ALL)]
    expect((await attack(WAT, calls)).outcomes).toEqual(calls.map(() => 'trap out-of-gas'))
    // With enough gas it traps at once.
    const work = 1n << 50n
    expect((await attack(WAT, calls, { work })).outcomes).toEqual([
      ...MEMORY.map(() => 'trap memory-out-of-bounds'),
      ...TABLE.map(() => 'trap table-out-of-bounds'),
    ])
  })
})

describe('growing by', () => {
  test('nothing, everything, and up to the limits of module and run', async () => {
    const grow = (by: number): Call => ['memory.grow', by]
    const few = { pages: 3 }
    expect(
      (await attack(WAT, [grow(0), grow(2), grow(3), grow(4), grow(ALL), grow(0x8000_0000)], few)).outcomes,
    ).toEqual(['ok 1', 'ok 1', 'ok -1!', 'ok -1', 'ok -1', 'ok -1'])
    expect((await attack(WAT, [grow(3), grow(4)], { pages: 100 })).outcomes).toEqual(['ok 1', 'ok -1'])
  })

  test('slots of a table, to the same limits', async () => {
    const grow = (by: number): Call => ['table.grow', by]
    // Under the second profile there is room for 14 slots, and the module allows 20.
    const { outcomes } = await attack(WAT, [grow(0), grow(4), grow(5), grow(10), grow(11), grow(ALL)])
    expect(outcomes).toEqual(['ok 10', 'ok 10', 'ok -1', 'ok -1', 'ok -1', 'ok -1'])
  })
})

test('many times: the counter never wraps', async () => {
  const fills = '(memory.fill (i32.const 0) (i32.const 1) (i32.const 60000))'.repeat(3_000)
  const wat = `(module (memory (export "memory") 1) (func (export "f") ${fills}))`
  expect((await attack(wat, [['f']], { work: 1n << 40n })).outcomes).toEqual(['ok'])
  const grows = '(drop (memory.grow (i32.const 0x7fffffff)))'.repeat(3_000)
  expect(
    (await attack(`(module (memory (export "memory") 1) (func (export "f") ${grows}))`, [['f']], { work: 1n << 40n }))
      .outcomes,
  ).toEqual(['ok'])
})
