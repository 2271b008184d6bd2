/** Bounds on stack, memory and tables, at the bound and one beyond (PROFILE-15, PROFILE-16, PROFILE-17). */
import { describe, expect, test } from 'vitest'
import { NEAR_PROFILE } from '../properties/profiles.ts'
import { outcomesOf, type Call } from './against-oracle.ts'

const exhausted = 'trap stack-exhausted'

describe('the stack', () => {
  /** The number of frames of `$f` that fit, given its weight. Only `$f` calls itself. */
  const deepest = (weight: number, leaf: number): number => Math.floor((NEAR_PROFILE.limits.stackWords - leaf) / weight)
  const bounds = (deep: number): Call[] => [
    ['f', deep - 1],
    ['f', deep],
    ['f', deep + 1],
  ]
  const near = { profiles: [NEAR_PROFILE] }

  test('has room for a certain number of frames of a recursive function', async () => {
    // At most two operands, and one parameter.
    const wat =
      '(module (func $f (export "f") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))))))'
    const deep = deepest(15, 15)
    expect(await outcomesOf(wat, bounds(deep), near)).toEqual(['ok', 'ok', exhausted])
  })

  test.each([[3], [4], [5]])('has room to the exact word, with a leaf of %i parameters at the end', async params => {
    const wat = `(module (func $leaf (param ${'i64 '.repeat(params)})) (func $f (export "f") (param i32) (local i64 v128)
      (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (call $leaf ${'(local.get 1)'.repeat(params)})))))`
    const deep = deepest(14 + 2 * params, 10 + params) - 1
    expect(await outcomesOf(wat, bounds(deep), near)).toEqual(['ok', 'ok', exhausted])
  })

  test('has room for a leaf that fills it exactly, and for none that is larger', async () => {
    const leaf = (locals: number): string => `(module (func (export "f") (local ${'i64 '.repeat(locals)})))`
    const caller = (locals: number): string =>
      `(module (func $g) (func (export "f") (local ${'i64 '.repeat(locals)}) (call $g)))`
    const outcomes: string[] = []
    for (const wat of [leaf(2490), leaf(2491), caller(2480), caller(2481)])
      outcomes.push(...(await outcomesOf(wat, [['f']], near)))
    // A function with calls that do not run has the same bound.
    const idle = (locals: number): string => `(module (func $g)
      (func (export "f") (local ${'i64 '.repeat(locals)}) (if (i32.const 0) (then (call $g)))))`
    for (const wat of [idle(2488), idle(2489)]) outcomes.push(...(await outcomesOf(wat, [['f']], near)))
    expect(outcomes).toEqual(['ok', exhausted, 'ok', exhausted, 'ok', exhausted])
  })

  test('counts two words for any vector on the operand stack', async () => {
    const outcomes: string[] = []
    for (const push of [
      '(local.get 0)',
      '(global.get $v)',
      '(local.tee 0 (v128.const i64x2 0 0))',
      '(v128.const i64x2 0 0)',
    ]) {
      const body = (locals: number): string => `(module (global $v v128 (v128.const i64x2 1 2))
        (func (export "f") (local v128 ${'i64 '.repeat(locals)}) (drop ${push})))`
      outcomes.push(...(await outcomesOf(body(2484), [['f']], near)), ...(await outcomesOf(body(2485), [['f']], near)))
    }
    expect(outcomes).toEqual(['ok', exhausted, 'ok', exhausted, 'ok', exhausted, 'ok', exhausted])
  })

  // The words that remain for locals, without 10 for the frame, twice its operands and held words, and the callee.
  test.each<[name: string, body: string, locals: number]>([
    [
      'results of a call, once for each list of types',
      '(call $two) (drop) (drop) (call $two) (drop) (drop)',
      2500 - 10 - 2 * 2 - 2 * 2 - 14,
    ],
    ['parameters of a loop', '(i64.const 1) (loop (param i64) (drop))', 2500 - 10 - 2 * 1 - 2 * 1],
    [
      'parameters of loops in loops',
      '(i64.const 1) (loop (param i64) (drop) (i64.const 1) (loop (param i64) (drop)))',
      2500 - 10 - 2 * 1 - 2 * 2,
    ],
    [
      'parameters of an if',
      '(i64.const 1) (i32.const 0) (if (param i64) (then (drop)) (else (drop)))',
      2500 - 10 - 2 * 2 - 2 * 1,
    ],
    ['no parameters of a block', '(i64.const 1) (block (param i64) (drop))', 2500 - 10 - 2 * 1],
  ])('counts held words: %s', async (_, body, locals) => {
    const wat = (count: number): string => `(module (func $two (result i64 i64) (i64.const 1) (i64.const 2))
      (func (export "f") (local ${'i64 '.repeat(count)}) ${body}))`
    expect(await outcomesOf(wat(locals), [['f']], near)).toEqual(['ok'])
    expect(await outcomesOf(wat(locals + 1), [['f']], near)).toEqual([exhausted])
  })

  test('has the frame of a function back after any return', async () => {
    const wat = `(module (type $t (func (param i32))) (table funcref (elem $g))
      (func $g (param i32) (local v128 v128 v128)
        (block $out (br_if $out (i32.eqz (local.get 0))) (if (i32.eq (local.get 0) (i32.const 1)) (then (return))) (call $h)))
      (func $h (local i64 i64))
      (func (export "f") (param i32) (loop $again
        (call $g (i32.rem_u (local.get 0) (i32.const 3))) (call_indirect (type $t) (i32.rem_u (local.get 0) (i32.const 3)) (i32.const 0))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))`
    expect(
      await outcomesOf(
        wat,
        [
          ['f', 1],
          ['f', 400],
        ],
        near,
      ),
    ).toEqual(['ok', 'ok'])
  })

  test('is set before every call, without effects of earlier callees', async () => {
    const wat = `(module (func $big (local ${'i64 '.repeat(1200)}) (call $none)) (func $none)
      (table funcref (elem $big))
      (func (export "f") (call $big) (call $big) (call $big))
      (func (export "indirect") (call_indirect (i32.const 0)) (call_indirect (i32.const 0)) (call_indirect (i32.const 0))))`
    expect(await outcomesOf(wat, [['f'], ['indirect']], near)).toEqual(['ok', 'ok'])
  })

  test('is that of the caller at a tail call', async () => {
    const wat = `(module (table funcref (elem $direct $through $through2))
      (func $direct (export "direct") (param i32) (local i64 i64)
        (if (local.get 0) (then (return_call $direct (i32.sub (local.get 0) (i32.const 1))))))
      (func $through (export "through") (param i32) (local i64)
        (if (local.get 0) (then (return_call_indirect (param i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1)))))
      (func $none)
      (func $direct2 (export "direct behind a call") (param i32) (call $none)
        (if (local.get 0) (then (return_call $direct2 (i32.sub (local.get 0) (i32.const 1))))))
      (func $through2 (export "through behind a call") (param i32) (call $none)
        (if (local.get 0) (then (return_call_indirect (param i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 2))))))`
    const calls = ['direct', 'through', 'direct behind a call', 'through behind a call'].map(
      fun => [fun, 1000] as const,
    )
    expect(await outcomesOf(wat, calls, near)).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  test('is not larger for the callee of a tail call than for its caller', async () => {
    const wat = `(module (func $wide (local ${'i64 '.repeat(1000)})) (func $hop (return_call $wide))
      (func $f (export "f") (param i32) (if (local.get 0) (then (call $f (i32.sub (local.get 0) (i32.const 1)))) (else (call $hop)))))`
    const deep = deepest(15, 1010) - 1
    expect(await outcomesOf(wat, bounds(deep), near)).toEqual(['ok', 'ok', exhausted])
  })

  test('is checked after the price of the entry is charged (GAS-9)', async () => {
    const wat = '(module (func $f (export "f") (local i64 i64) (call $f)))'
    expect(await outcomesOf(wat, [['f']], near)).toEqual([exhausted])
  })
})

describe('memory', () => {
  const grow = (
    declared: string,
  ): string => `(module (memory (export "memory") ${declared}) (func (export "f") (param i32) (result i32 i32)
    (memory.grow (local.get 0)) (memory.size)))`

  test('grows to the declared maximum and no further', async () => {
    expect(
      await outcomesOf(
        grow('1 4'),
        [
          ['f', 0],
          ['f', 2],
          ['f', 3],
          ['f', 4],
          ['f', -1],
        ],
        { work: 10n ** 9n },
      ),
    ).toEqual(['ok 1 1', 'ok 1 3', 'ok 1 4', 'ok -1 1', 'ok -1 1'])
  })

  test("grows to the run's limit, and a growth beyond it is refused", async () => {
    expect(
      await outcomesOf(
        grow('1 100'),
        [
          ['f', 0],
          ['f', 6],
          ['f', 7],
          ['f', 8],
          ['f', 99],
          ['f', 100],
        ],
        { work: 10n ** 9n },
      ),
    ).toEqual(['ok 1 1', 'ok 1 7', 'ok 1 8', 'ok -1 1!', 'ok -1 1!', 'ok -1 1'])
  })

  test('without a declared maximum has that of the standard, and sizes do not wrap', async () => {
    expect(
      await outcomesOf(
        grow('1'),
        [
          ['f', 65535],
          ['f', 65536],
          ['f', -1],
        ],
        { work: 10n ** 9n },
      ),
    ).toEqual(['ok -1 1!', 'ok -1 1', 'ok -1 1'])
  })

  test('records a refusal even if a later growth succeeds', async () => {
    const wat = `(module (memory (export "memory") 1)
      (func (export "f") (result i32) (memory.grow (i32.const 8)) (drop) (memory.grow (i32.const 7))))`
    expect(await outcomesOf(wat, [['f']], { work: 10n ** 9n })).toEqual(['ok 1!'])
  })

  test('has grown before the next instruction, and traps there have their codes', async () => {
    const wat = `(module (memory (export "memory") 1) (func (export "f") (param i32) (result i32)
      (drop (memory.grow (i32.const 1))) (i32.load (local.get 0))))`
    expect(
      await outcomesOf(
        wat,
        [
          ['f', 131068],
          ['f', 131069],
        ],
        { work: 10n ** 9n },
      ),
    ).toEqual(['ok 0', 'trap memory-out-of-bounds'])
  })
})

describe('tables', () => {
  const grow = (declared: string): string => `(module (table $t ${declared} funcref) (elem declare func $x) (func $x)
    (func (export "f") (param i32) (result i32 i32) (table.grow $t (ref.func $x) (local.get 0)) (table.size $t)))`

  test('grow to the declared maximum and no further', async () => {
    expect(
      await outcomesOf(grow('2 6'), [
        ['f', 0],
        ['f', 4],
        ['f', 5],
        ['f', -1],
      ]),
    ).toEqual(['ok 2 2', 'ok 2 6', 'ok -1 2', 'ok -1 2'])
  })

  test("grow to the profile's limit and no further", async () => {
    expect(
      await outcomesOf(
        grow('2 20'),
        [
          ['f', 12],
          ['f', 13],
          ['f', 18],
          ['f', 19],
        ],
        { profiles: [NEAR_PROFILE] },
      ),
    ).toEqual(['ok 2 14', 'ok -1 2', 'ok -1 2', 'ok -1 2'])
  })
})
