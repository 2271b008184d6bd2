/** Gas on every path through a function: forks, joins, loops, calls and traps (GAS-1, GAS-5). */
import { describe, expect, test } from 'vitest'
import { outcomesOf, type Call } from './against-oracle.ts'

const each = (fun: string, ...args: number[]): Call[] => args.map(arg => [fun, arg])

describe('every path costs the sum of its instructions', () => {
  test.each<[name: string, body: string, args: number[], outcomes: string[]]>([
    [
      'both arms of an if',
      '(if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.mul (i32.const 3) (i32.const 4))))',
      [0, 1],
      ['ok 12', 'ok 1'],
    ],
    [
      'an if without else, and the code after it',
      '(if (local.get 0) (then (global.set $g (i32.const 5)))) (i32.add (global.get $g) (i32.const 1))',
      [0, 1],
      ['ok 1', 'ok 6'],
    ],
    [
      'arms without a join',
      '(if (local.get 0) (then (return (i32.const 7))) (else (global.set $g (i32.const 2)))) (global.get $g)',
      [0, 1],
      ['ok 2', 'ok 7'],
    ],
    [
      'a br_if that is taken and one that falls through',
      `(block $out (br_if $out (local.get 0))
      (global.set $g (i32.mul (i32.const 6) (i32.const 7))))
      (global.get $g)`,
      [0, 1],
      ['ok 42', 'ok 0'],
    ],
    [
      'a br_if with a value',
      '(block (result i32) (i32.const 3) (br_if 0 (local.get 0)) (drop) (i32.div_u (i32.const 9) (i32.const 2)))',
      [0, 1],
      ['ok 4', 'ok 3'],
    ],
    [
      'each target of a br_table',
      `(block $c (block $b (block $a (br_table $a $b $c (local.get 0)))
      (return (i32.add (i32.const 1) (i32.const 1))))
      (return (i32.mul (i32.const 2) (i32.const 2)))) (i32.const 9)`,
      [0, 1, 2, -1],
      ['ok 2', 'ok 4', 'ok 9', 'ok 9'],
    ],
    [
      'iterations of a loop',
      `(loop $again (global.set $g (i32.add (global.get $g) (local.get 0)))
      (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (global.get $g)`,
      [1, 4, 100],
      ['ok 1', 'ok 10', 'ok 5050'],
    ],
    [
      'a loop with an exit in the middle',
      `(block $out (loop $again (global.set $g (i32.add (global.get $g) (i32.const 1)))
      (br_if $out (i32.ge_u (global.get $g) (local.get 0))) (br $again))) (global.get $g)`,
      [1, 9],
      ['ok 1', 'ok 9'],
    ],
    [
      'a loop that returns in its first iteration',
      '(loop (global.set $g (i32.add (global.get $g) (i32.const 1))) (return (global.get $g))) (unreachable)',
      [0],
      ['ok 1'],
    ],
    [
      'a loop that calls in each iteration',
      '(loop (global.set $g (call $one)) (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (global.get $g)',
      [1, 3],
      ['ok 1', 'ok 1'],
    ],
    [
      'a tail call after arms',
      '(if (local.get 0) (then (global.set $g (call $one)))) (return_call $one)',
      [0, 1],
      ['ok 1', 'ok 1'],
    ],
    [
      'a loop with parameters',
      `(i32.const 1) (loop $again (param i32) (result i32) (i32.const 2) (i32.mul)
      (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $again))`,
      [1, 5, 20],
      ['ok 2', 'ok 32', 'ok 1048576'],
    ],
    [
      'a loop with parameters that ends in a call',
      `(i32.const 1) (i64.const 1)
      (loop $again (param i32 i64) (result i32) (drop) (i32.const 2) (i32.mul) (call $one) (i64.extend_i32_u)
        (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $again) (drop))`,
      [1, 5],
      ['ok 2', 'ok 32'],
    ],
    ['code after a call', '(call $one) (i32.mul (i32.const 5)) (i32.add (call $one))', [0], ['ok 6']],
    [
      'a call through a table',
      '(i32.mul (call_indirect (result i32) (i32.const 0)) (i32.add (i32.const 4) (i32.const 5)))',
      [0],
      ['ok 9'],
    ],
    [
      'an early return',
      '(if (local.get 0) (then (return (i32.const 1)))) (i32.div_s (i32.const 9) (i32.const 3))',
      [0, 1],
      ['ok 3', 'ok 1'],
    ],
    [
      'arms between exits, where one charges and the other refunds',
      `(if (i32.eq (local.get 0) (i32.const 1)) (then (return (i32.const 1))))
      (if (i32.eq (local.get 0) (i32.const 2)) (then (return (i32.const 2))))
      (if (i32.eq (local.get 0) (i32.const 3)) (then (global.set $g (i32.mul (i32.const 2) (i32.const 3)))) (else (global.set $g (i32.const 7))))
      (if (i32.eq (local.get 0) (i32.const 4)) (then (return (i32.const 4)))) (global.get $g)`,
      [0, 1, 2, 3, 4],
      ['ok 7', 'ok 1', 'ok 2', 'ok 6', 'ok 4'],
    ],
    [
      'a fill between exits with different prices',
      `(if (i32.eq (local.get 0) (i32.const 1)) (then (return (i32.const 1))))
      (if (i32.eq (local.get 0) (i32.const 2)) (then (return (i32.mul (i32.mul (i32.mul (i32.const 2) (i32.const 3)) (i32.const 5)) (i32.const 7)))))
      (if (i32.eq (local.get 0) (i32.const 3)) (then (global.set $g (i32.const 6)) (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)))
        (else (global.set $g (i32.mul (i32.mul (i32.mul (i32.const 2) (i32.const 3)) (i32.const 5)) (i32.const 7)))))
      (if (i32.eq (local.get 0) (i32.const 4)) (then (return (i32.mul (i32.mul (i32.mul (i32.const 2) (i32.const 3)) (i32.const 5)) (i32.const 7))))) (global.get $g)`,
      [0, 1, 2, 3, 4],
      ['ok 210', 'ok 1', 'ok 210', 'ok 6', 'ok 210'],
    ],
    [
      'a fill between arms that leave',
      `(block $out (if (i32.eq (local.get 0) (i32.const 2))
      (then (if (i32.eq (local.get 0) (i32.const 2))
          (then (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)) (br_if $out (i32.eq (local.get 0) (i32.const 1))))
          (else (if (i32.eq (local.get 0) (i32.const 1)) (then (return (i32.mul (i32.const 3) (i32.mul (i32.const 2) (i32.const 5))))))))
        (return (i32.const 5)))
      (else (if (i32.eq (local.get 0) (i32.const 0))
          (then (br_if $out (i32.eq (local.get 0) (i32.const 2))) (return (i32.const 6)))
          (else (if (i32.eq (local.get 0) (i32.const 0)) (then (return (i32.const 7))))))))
      (if (i32.eq (local.get 0) (i32.const 1)) (then (return (i32.const 8))))) (global.get $g)`,
      [0, 1, 2, 3],
      ['ok 6', 'ok 8', 'ok 5', 'ok 0'],
    ],
    [
      'code after a branch is free',
      '(block $out (br $out) (global.set $g (i32.const 1))) (global.get $g)',
      [0],
      ['ok 0'],
    ],
  ])('%s', async (_, body, args, outcomes) => {
    const wat = `(module (memory (export "memory") 1) (global $g (export "g") (mut i32) (i32.const 0)) (table funcref (elem $one))
      (func $one (result i32) (local i64 v128) (i32.const 1)) (func (export "f") (param i32) (result i32) ${body}))`
    expect(await outcomesOf(wat, each('f', ...args))).toEqual(outcomes)
  })
})

describe('a trapping instruction is charged, and none after it', () => {
  test.each<[name: string, body: string, outcome: string]>([
    [
      'a load after other instructions',
      '(i32.add (i32.mul (i32.const 3) (i32.const 4)) (i32.load (i32.const 65533)))',
      'trap memory-out-of-bounds',
    ],
    [
      'the second of two loads',
      '(i32.add (i32.load (i32.const 0)) (i32.load (i32.const 70000)))',
      'trap memory-out-of-bounds',
    ],
    [
      'a store',
      '(i32.store (i32.const 65536) (i32.const 1)) (i32.mul (i32.const 3) (i32.const 4))',
      'trap memory-out-of-bounds',
    ],
    ['a division', '(i32.div_u (i32.mul (i32.const 3) (i32.const 4)) (i32.const 0))', 'trap divide-by-zero'],
    ['a signed division', '(i32.div_s (i32.const 0x80000000) (i32.const -1))', 'trap integer-overflow'],
    ['another division by minus one, which does not trap', '(i32.div_s (i32.const 5) (i32.const -1))', 'ok -5'],
    [
      'a remainder of the same numbers, which does not trap',
      '(i32.rem_s (i32.const 0x80000000) (i32.const -1))',
      'ok 0',
    ],
    [
      'a long division',
      '(i32.wrap_i64 (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))',
      'trap integer-overflow',
    ],
    ['a truncation', '(i32.trunc_f64_s (f64.const 3e9))', 'trap integer-overflow'],
    ['a truncation of a NaN', '(i32.trunc_f32_u (f32.const nan))', 'trap invalid-conversion'],
    ['a null in a table', '(call_indirect (result i32) (i32.const 1))', 'trap bad-indirect-call'],
    ['an unreachable in a callee', '(i32.add (i32.const 1) (call $stop))', 'trap unreachable'],
    ['a table.get', '(ref.is_null (table.get (i32.const 2)))', 'trap table-out-of-bounds'],
    ['a table.set', '(table.set (i32.const 2) (ref.null func)) (i32.const 1)', 'trap table-out-of-bounds'],
  ])('%s', async (_, body, outcome) => {
    const wat = `(module (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $stop)
      (global (export "g") (mut i32) (i32.const 3))
      (func $stop (result i32) (global.set 0 (i32.const 4)) unreachable) (func (export "f") (result i32) ${body}))`
    expect(await outcomesOf(wat, [['f']])).toEqual([outcome])
  })
})

describe('ranges are charged by their unsigned size, before their bounds are checked (GAS-2)', () => {
  const wat = `(module (memory (export "memory") 1) (data $d "0123456789") (table $t 10 funcref) (elem $e func $x $x $x) (func $x)
    (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))
    (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 9) (local.get 0)))
    (func (export "init") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "tableFill") (param i32) (table.fill $t (i32.const 0) (ref.func $x) (local.get 0)))
    (func (export "tableCopy") (param i32) (table.copy $t $t (i32.const 0) (i32.const 1) (local.get 0)))
    (func (export "tableInit") (param i32) (table.init $t $e (i32.const 0) (i32.const 0) (local.get 0))))`

  test.each([
    ['fill', 'memory'],
    ['copy', 'memory'],
    ['init', 'memory'],
    ['tableFill', 'table'],
    ['tableCopy', 'table'],
    ['tableInit', 'table'],
  ])('%s', async (fun, what) => {
    const outside = `trap ${what}-out-of-bounds`
    expect(await outcomesOf(wat, each(fun, 0, 3, 100_000, -1), { work: 10n ** 12n })).toEqual([
      'ok',
      'ok',
      outside,
      outside,
    ])
  })
})

test('entering a function is charged, with the words of its locals', async () => {
  const locals = ['', '(local i32)', '(local i64 f32)', '(local v128)', '(local v128 i32 v128)']
  const functions = locals.map(
    (declared, i) => `(func $f${i} (param i64 v128) ${declared})
    (func (export "${i}") (call $f${i} (i64.const 0) (v128.const i64x2 0 0)))`,
  )
  expect(
    await outcomesOf(
      `(module ${functions.join('')})`,
      locals.map((_, i) => [`${i}`]),
    ),
  ).toEqual(locals.map(() => 'ok'))
})

test('large bodies, whose charges are calls, cost the same (GAS-1)', async () => {
  const wat = `(module (memory (export "memory") 1) (func $one (result i32) (i32.const 1))
    (func (export "f") (param i32) (result i32) ${'nop '.repeat(70_000)}
    (if (local.get 0) (then (i32.store (i32.const 8) (i32.mul (i32.const 3) (call $one)))) (else (return (i32.const 4))))
    (i32.load (local.get 0))))`
  expect(await outcomesOf(wat, each('f', 0, 8, 70_000))).toEqual(['ok 4', 'ok 3', 'trap memory-out-of-bounds'])
})

test('the start function is charged, and so is the call after it (GAS-17)', async () => {
  const wat = `(module (global $g (export "g") (mut i32) (i32.const 0)) (start $s)
    (func $s (local i64) (global.set $g (i32.mul (i32.const 6) (i32.const 7))))
    (func (export "f") (result i32) (global.get $g)))`
  expect(await outcomesOf(wat, [['f']])).toEqual(['ok 42'])
})
