/** Data that crosses to the host: any ranges, endless logs, and all kinds of names and numbers. */
import { describe, expect, test } from 'vitest'
import type { Call } from '../instrument/against-oracle.ts'
import { attack } from './attack.ts'

const LOG = `(module (import "ipvm" "log" (func $log (param i32 i32))) (memory (export "memory") 2 2) (data (i32.const 0) "0123456789abcdef0123456789ABCDEF")
  (func (export "log") (param i32 i32) (call $log (local.get 0) (local.get 1)))
  (func (export "twice") (param i32 i32) (call $log (local.get 0) (local.get 1)) (call $log (i32.const 1) (local.get 1)))
  (func (export "grow") (call $log (i32.const 0) (i32.const 3)) (drop (memory.grow (i32.const 1))) (call $log (i32.const 131071) (i32.const 2)))
  (func (export "often") (param i32) (loop (call $log (i32.const 0) (i32.const 7)) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`
const END = 131_072

describe('a logged range', () => {
  test.each<[string, Call, string]>([
    ['is empty, at the beginning', ['log', 0, 0], 'ok'],
    ['is empty, at the end', ['log', END, 0], 'ok'],
    ['is empty, beyond the end', ['log', END + 1, 0], 'trap memory-out-of-bounds'],
    ['is the last byte', ['log', END - 1, 1], 'ok'],
    ['ends one byte beyond the memory', ['log', END - 1, 2], 'trap memory-out-of-bounds'],
    ['is the whole memory', ['log', 0, END], 'ok'],
    ['wraps around', ['log', 0xffff_ffff, 2], 'trap memory-out-of-bounds'],
    ['wraps around to its own beginning', ['log', 16, 0xffff_fff0], 'trap memory-out-of-bounds'],
    ['overlaps with the one before', ['twice', 0, 8], 'ok'],
    ['is in memory whose growth was refused', ['grow'], 'trap memory-out-of-bounds'],
    ['is one of many, most of them dropped', ['often', 40], 'ok'],
  ])('%s', async (_, call, expected) => {
    expect((await attack(LOG, [call], { work: 1n << 40n })).outcomes).toEqual([expected])
  })

  test('of 2³² − 1 bytes is charged before it is checked', async () => {
    expect((await attack(LOG, [['log', 0, 0xffff_ffff]], { work: 1_000_000n })).outcomes).toEqual(['trap out-of-gas'])
  })
})

describe('values of every type cross as bits', () => {
  const echo = (
    types: readonly string[],
  ): string => `(module (func (export "f") (param ${types.join(' ')}) (result ${types.join(' ')})
    ${types.map((__, i) => `(local.get ${i})`).join(' ')}))`

  test('NaNs of all kinds keep their bits', async () => {
    const calls: Call[] = [
      ['f', 0x7fa0_0001, 0x7ff4_0000_0000_0001n],
      ['f', 0xffc0_1234, 0xfff8_0000_dead_beefn],
      ['f', 0xff80_0001, 0xfff0_0000_0000_0001n],
    ]
    expect((await attack(echo(['f32', 'f64']), calls)).outcomes).toEqual([
      'ok 0100a07f 010000000000f47f',
      'ok 3412c0ff efbeadde0000f8ff',
      'ok 010080ff 010000000000f0ff',
    ])
  })

  test('as many parameters as the limit allows', async () => {
    const types = Array.from({ length: 200 }, (_, i) => ['i32', 'i64', 'f32', 'f64'][i % 4]!)
    const args = types.map((type, i) => (type.endsWith('64') ? BigInt(i) : i))
    const [outcome] = (await attack(echo(types), [['f', ...args]])).outcomes
    expect(outcome!.split(' ').length).toBe(201)
  })
})
