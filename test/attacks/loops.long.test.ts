/** Endless programs: all kinds of loops and calls run out of gas or stack, on every path. */
import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'

const f = (body: string): string => `(module (func (export "f") ${body}))`

describe('a loop runs out of gas with any kind of back edge', () => {
  test.each([
    ['by a branch', f('(loop (br 0))')],
    ['from the innermost of three loops to the next', f('(loop (loop (loop (br 1))))')],
    ['from the innermost of three loops to the first', f('(loop (loop (loop (br 2))))')],
    ['by the default of a br_table', f('(loop (br_table 1 1 0 (i32.const 7)))')],
    ['by a br_table whose default leaves', f('(loop (br_table 0 0 1 (i32.const 1)))')],
    ['through an outer label', f('(loop $o (block $b (loop $i (br_if $b (i32.const 1)) (br $i))) (br $o))')],
    ['after two empty loops', f('(loop) (loop (nop)) (loop (nop) (br 0))')],
    ['with all costs before it', f('(local i32) (local.set 0 (i32.const 5)) (loop $l (block (block (br $l))))')],
    ['in an else', f('(loop (if (i32.const 0) (then) (else (br 1))))')],
    ['from inside a condition', f('(loop $l (if (block (result i32) (br $l)) (then) (else)))')],
    [
      'from inside an operand',
      f(
        '(loop $l (drop (i32.add (i32.const 1) (br_if $l (i32.const 1) (i32.const 1)))))'.replace(
          '(br_if $l (i32.const 1) (i32.const 1))',
          '(block (result i32) (br $l))',
        ),
      ),
    ],
    ['with a parameter', f('(i32.const 1) (loop (param i32) (result i32) (br 0)) (drop)')],
    [
      'with two parameters that change places',
      f('(local i32) (i32.const 1) (i64.const 2) (loop $l (param i32 i64) (drop) (i64.const 3) (br $l))'),
    ],
    ['with dead code at its end', f('(loop (br 0) (return))')],
    [
      'where each iteration returns from a call',
      '(module (func $g (return)) (func (export "f") (loop (call $g) (br 0))))',
    ],
  ])('%s', async (_, wat) => {
    expect(await attack(wat, [['f']], { work: 20_000n })).toEqual({
      outcomes: ['trap out-of-gas'],
      threaded: ['trap out-of-gas'],
    })
  })
})

/** Ten functions, each of which calls the next one ten times. */
function callTree(levels: number): string {
  const functions = Array.from({ length: levels }, (_, i) => `(func $f${i} ${`(call $f${i + 1})`.repeat(10)})`)
  return `(module ${functions.join(' ')} (func $f${levels}) (func (export "f") (call $f0)))`
}

describe('endless calls', () => {
  test('a tree of 10¹⁰ calls runs out of gas', async () => {
    expect(await attack(callTree(10), [['f']], { work: 50_000n })).toEqual({
      outcomes: ['trap out-of-gas'],
      threaded: ['trap out-of-gas'],
    })
  })

  test.each([
    ['a tail call of itself', f('(return_call 0)')],
    [
      'two functions that call each other through a table',
      `(module (type $t (func)) (table 2 funcref) (elem (i32.const 0) $a $b)
      (func $a (return_call_indirect (type $t) (i32.const 1))) (func $b (return_call_indirect (type $t) (i32.const 0)))
      (func (export "f") (call $a)))`,
    ],
    [
      'a tail call with other parameters each time',
      `(module (func $a (param i32 i64) (return_call $b (local.get 1) (local.get 0)))
      (func $b (param i64 i32) (return_call $a (local.get 1) (local.get 0))) (func (export "f") (call $a (i32.const 1) (i64.const 2))))`,
    ],
  ])('in constant stack run out of gas: %s', async (_, wat) => {
    expect(await attack(wat, [['f']], { work: 20_000n })).toEqual({
      outcomes: ['trap out-of-gas'],
      threaded: ['trap out-of-gas'],
    })
  })

  test.each([
    ['itself', f('(call 0)')],
    [
      'itself through a table',
      `(module (type $t (func)) (table 1 funcref) (elem (i32.const 0) $f)
      (func $f (export "f") (call_indirect (type $t) (i32.const 0))))`,
    ],
    ['itself in an operand', '(module (func $f (export "f") (result i32) (i32.add (i32.const 1) (call $f))))'],
    ['itself before a tail call', '(module (func $g) (func $f (export "f") (call $f) (return_call $g)))'],
  ])('run out of the stack: %s', async (_, wat) => {
    expect(await attack(wat, [['f']], { work: 1_000_000n })).toEqual({
      outcomes: ['trap stack-exhausted'],
      threaded: ['trap stack-exhausted'],
    })
  })

  test('of an import through a table run out of gas', async () => {
    const wat = `(module (import "ipvm" "log" (func $log (param i32 i32))) (memory 1) (table 1 funcref) (elem (i32.const 0) $log)
      (func (export "f") (loop (call_indirect (param i32 i32) (i32.const 0) (i32.const 40) (i32.const 0)) (br 0))))`
    expect(await attack(wat, [['f']], { work: 100_000n })).toEqual({
      outcomes: ['trap out-of-gas'],
      threaded: ['trap out-of-gas'],
    })
  })

  test('of an import that ends the run, through a table', async () => {
    const wat = `(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (table 1 funcref) (elem (i32.const 0) $abort)
      (func (export "f") (call_indirect (param i32 i32 i32 i32) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))))`
    expect(await attack(wat, [['f']])).toEqual({ outcomes: ['trap abort'], threaded: ['trap abort'] })
  })
})

describe('a start function is metered like any other', () => {
  const start = (body: string): string =>
    `(module (memory (export "memory") 1 3) (func $s ${body}) (start $s) (func (export "f") (result i32) (memory.size)))`

  test.each([
    ['that loops', '(loop (br 0))', 'trap out-of-gas'],
    ['that traps', '(unreachable)', 'trap unreachable'],
    ['that calls itself', '(call $s)', 'trap stack-exhausted'],
    ['that reads beyond the memory', '(drop (i32.load (i32.const 65536)))', 'trap memory-out-of-bounds'],
  ])('%s', async (_, body, expected) => {
    expect(await attack(start(body), [['f']])).toEqual({ outcomes: [expected], threaded: [expected] })
  })

  test('that grows the memory', async () => {
    expect(await attack(start('(drop (memory.grow (i32.const 1)))'), [['f']])).toEqual({
      outcomes: ['ok 2'],
      threaded: ['ok'],
    })
  })
})
