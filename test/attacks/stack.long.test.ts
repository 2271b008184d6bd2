/** The frame of a function is released on every way out of it. */
import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'

/** More calls than there are frames, so that a leak of one word would be noticed. */
const ROUNDS = 8_000

describe.each([
  ['falling through', ''],
  ['a branch to the label of the function', '(br 0)'],
  ['a conditional branch to it', '(br_if 0 (i32.const 1)) (unreachable)'],
  ['one that is not taken', '(br_if 0 (i32.const 0))'],
  ['a br_table to it', '(br_table 0 0 (i32.const 3))'],
  ['a br_table to it from inside blocks', '(block (block (br_table 2 0 2 (i32.const 0))))'],
  ['a branch from inside a loop', '(loop (br 1))'],
  ['return in nested blocks', '(block (loop (if (i32.const 1) (then (return))))) (unreachable)'],
  ['return from both arms', '(if (i32.const 0) (then (return)) (else (return)))'],
  ['a tail call', '(return_call $leaf)'],
  ['a tail call through a table', '(return_call_indirect (type $v) (i32.const 0))'],
  ['a call that has returned', '(call $leaf)'],
])('leaving a function by %s', (_, way) => {
  test('releases the frame', async () => {
    const wat = `(module (type $v (func)) (table 1 funcref) (elem (i32.const 0) $leaf) (func $leaf)
      (func $g (local i64 i64 i64) ${way})
      (func (export "f") (result i32) (local i32)
        (loop (call $g) (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const ${ROUNDS}))))
        (local.get 0)))`
    expect(await attack(wat, [['f']], { work: 10_000_000n })).toEqual({ outcomes: [`ok ${ROUNDS}`], threaded: ['ok'] })
  })
})

describe('a function with several results releases its frame', () => {
  test.each([
    '(br 0 (i32.const 1) (i32.const 2))',
    '(return (i32.const 1) (i32.const 2))',
    '(i32.const 1) (i32.const 2) (br_if 0 (i32.const 1))',
  ])('%s', async way => {
    const wat = `(module (func $g (result i32 i32) (local v128) ${way})
      (func (export "f") (result i32) (local i32)
        (loop (call $g) (drop) (drop) (br_if 0 (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const ${ROUNDS}))))
        (local.get 0)))`
    expect(await attack(wat, [['f']], { work: 10_000_000n })).toEqual({ outcomes: [`ok ${ROUNDS}`], threaded: ['ok'] })
  })
})
