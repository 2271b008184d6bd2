/** An observed fresh NaN is canonical, and other NaNs keep their bits (PROFILE-14). */
import { describe, expect, test } from 'vitest'
import { outcomesOf, type Call } from './against-oracle.ts'

/** Arguments: a NaN with sign and payload, whose product with 1 no processor makes canonical by itself. */
const SIGNED = 0xfff8000000000123n
const SIGNED_32 = 0xffc00123
const CALL: Call = ['f', SIGNED, SIGNED_32]
const CANONICAL = BigInt.asIntN(64, 0x7ff8000000000000n)
const CANONICAL_32 = 0x7fc00000
const NEGATIVE = BigInt.asIntN(64, 0xfff8000000000000n)

const fresh = '(f64.mul (local.get $n) (f64.const 1))'
const fresh32 = '(f32.mul (local.get $m) (f32.const 1))'
const bits = (value: string): string => `(i64.reinterpret_f64 ${value})`
const bits32 = (value: string): string => `(i64.extend_i32_u (i32.reinterpret_f32 ${value}))`
const low = (vector: string): string => `(i64x2.extract_lane 0 ${vector})`
const high = (vector: string): string => `(i64x2.extract_lane 1 ${vector})`
const fresh64x2 = '(f64x2.mul (f64x2.splat (local.get $n)) (v128.const f64x2 1 1))'
const fresh32x4 = '(f32x4.mul (f32x4.splat (local.get $m)) (v128.const f32x4 1 1 1 1))'
const CANONICAL_PAIR = (BigInt(CANONICAL_32) << 32n) | BigInt(CANONICAL_32)

const around = (
  body: string,
  padding = '',
): string => `(module (memory (export "memory") 1) (global $g (mut f64) (f64.const 0))
  (global $v (mut v128) (v128.const i64x2 0 0)) (func $bits (param f64) (result i64) (i64.reinterpret_f64 (local.get 0)))
  (func $same (param f64) (result f64) (local.get 0)) (table funcref (elem $bits))
  (func (export "f") (param $n f64) (param $m f32) (result i64) (local $x f64) (local $y f64) (local $w v128) (local $i i32) ${padding} ${body}))`

describe('a fresh NaN is canonical where it is observed by', () => {
  test.each<[who: string, body: string, bits: bigint]>([
    ['a reinterpretation', bits(fresh), CANONICAL],
    ['a reinterpretation of 32 bits', bits32(fresh32), BigInt(CANONICAL_32)],
    ['a store', `(f64.store (i32.const 8) ${fresh}) (i64.load (i32.const 8))`, CANONICAL],
    ['abs', bits(`(f64.abs ${fresh})`), CANONICAL],
    ['neg', bits(`(f64.neg ${fresh})`), NEGATIVE],
    [
      'copysign, which takes its sign',
      bits(`(f64.copysign (f64.const 1) ${fresh})`),
      BigInt.asIntN(64, 0x3ff0000000000000n),
    ],
    ['copysign, which takes the other bits', bits(`(f64.copysign ${fresh} (f64.const -1))`), NEGATIVE],
    ['select', bits(`(select ${fresh} (f64.const 1) (i32.const 1))`), CANONICAL],
    ['the other arm of select', bits(`(select (f64.const 1) ${fresh} (i32.const 0))`), CANONICAL],
    ['a branch', bits(`(block (result f64) (br 0 ${fresh}))`), CANONICAL],
    ['a br_if that is taken', bits(`(block (result f64) (br_if 0 ${fresh} (i32.const 1)))`), CANONICAL],
    ['a br_if that is not taken', bits(`(block (result f64) (br_if 0 ${fresh} (i32.const 0)))`), CANONICAL],
    [
      'only a br_if that is taken',
      bits(`(block (result f64) (br_if 0 ${fresh} (i32.const 1)) (drop) (f64.const 1))`),
      CANONICAL,
    ],
    ['a br_table', bits(`(block (result f64) (br_table 0 0 ${fresh} (i32.const 0)))`), CANONICAL],
    ['the end of a block', bits(`(block (result f64) ${fresh})`), CANONICAL],
    ['the end of an arm', bits(`(if (result f64) (i32.const 1) (then ${fresh}) (else (f64.const 1)))`), CANONICAL],
    ['the end of an else', bits(`(if (result f64) (i32.const 0) (then (f64.const 1)) (else ${fresh}))`), CANONICAL],
    ["a loop's parameter", `${fresh} (loop (param f64) (result i64) (i64.reinterpret_f64))`, CANONICAL],
    ['an argument', `(call $bits ${fresh})`, CANONICAL],
    ['an argument of an indirect call', `(call_indirect (param f64) (result i64) ${fresh} (i32.const 0))`, CANONICAL],
    ['a tail call', `(return_call $bits ${fresh})`, CANONICAL],
    ["a callee's result", bits(`(call $same ${fresh})`), CANONICAL],
    ['a global', `(global.set $g ${fresh}) ${bits('(global.get $g)')}`, CANONICAL],
    ['a local', `(local.set $x ${fresh}) ${bits('(local.get $x)')}`, CANONICAL],
    ["a local that is tee'd", `(drop (local.tee $x ${fresh})) ${bits('(local.get $x)')}`, CANONICAL],
    [
      'arithmetic first, and then a store',
      `(local.set $x ${fresh}) (drop (f64.add (local.get $x) (f64.const 1))) ${bits('(local.get $x)')}`,
      CANONICAL,
    ],
    ['arithmetic on arithmetic', bits(`(f64.add (f64.add ${fresh} (f64.const 1)) (f64.const 1))`), CANONICAL],
    [
      'a local that an arm may set',
      `(if (i32.eqz (local.get $i)) (then (local.set $x ${fresh}))) ${bits('(local.get $x)')}`,
      CANONICAL,
    ],
    [
      'a local that an else may set',
      `(if (local.get $i) (then (nop)) (else (local.set $x ${fresh}))) ${bits('(local.get $x)')}`,
      CANONICAL,
    ],
    [
      'a loop-carried local',
      `(loop $again (local.set $y (local.get $x)) (local.set $x ${fresh})
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))) ${bits('(local.get $y)')}`,
      CANONICAL,
    ],
    [
      'a local that is set after a forward branch',
      `(block $out (local.set $x ${fresh}) (br_if $out (i32.const 1)) (local.set $x (f64.const 1)))
      ${bits('(local.get $x)')}`,
      CANONICAL,
    ],
    ['demotion', bits32(`(f32.demote_f64 (local.get $n))`), BigInt(CANONICAL_32)],
    ['promotion', bits(`(f64.promote_f32 (local.get $m))`), CANONICAL],
    ['rounding', bits('(f64.nearest (local.get $n))'), CANONICAL],
    ['a lane', low(fresh64x2), CANONICAL],
    ['the other lane', high(fresh64x2), CANONICAL],
    ['lanes of four', low(fresh32x4), CANONICAL_PAIR],
    ['the last lanes of four', high(fresh32x4), CANONICAL_PAIR],
    ['arithmetic on other lanes', low(`(f32x4.pmin ${fresh64x2} ${fresh64x2})`), CANONICAL],
    ['integer lanes', low(`(i64x2.add ${fresh64x2} (v128.const i64x2 1 1))`), CANONICAL + 1n],
    ['sums of another shape', low(`(f64x2.add ${fresh32x4} (v128.const f64x2 -0 -0))`), CANONICAL_PAIR],
    ['a promotion of other lanes', low(`(f64x2.promote_low_f32x4 ${fresh64x2})`), 0n],
    ['a vector in a global', `(global.set $v ${fresh64x2}) ${high('(global.get $v)')}`, CANONICAL],
    ['a vector in a local', `(local.set $w ${fresh64x2}) ${low('(local.get $w)')}`, CANONICAL],
    ['an extracted lane', bits(`(f64x2.extract_lane 1 ${fresh64x2})`), CANONICAL],
    ['a replaced lane', low(`(f64x2.replace_lane 0 (v128.const i64x2 0 0) ${fresh})`), CANONICAL],
    ['pmin of lanes, which passes it on', low(`(f64x2.pmin ${fresh64x2} (v128.const f64x2 1 1))`), CANONICAL],
    ['the greatest of four lanes', high(`(f32x4.pmax ${fresh32x4} (v128.const f32x4 1 1 1 1))`), CANONICAL_PAIR],
    [
      "a loop's parameter, when it is begun again",
      `(f64.const 1) (loop $again (param f64) (result i64) (local.set $x)
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (if (i32.lt_u (local.get $i) (i32.const 2)) (then (br $again ${fresh}))) ${bits('(local.get $x)')})`,
      CANONICAL,
    ],
    ['a splat', high(`(f64x2.splat ${fresh})`), CANONICAL],
  ])('%s', async (_, body, expected) => {
    expect(await outcomesOf(around(body), [CALL])).toEqual([`ok ${expected}`])
  })
})

test.each([
  ['f64', bits(fresh), CANONICAL],
  ['f32', bits32(fresh32), BigInt(CANONICAL_32)],
  ['f64x2', high(fresh64x2), CANONICAL],
  ['f32x4', low(fresh32x4), CANONICAL_PAIR],
])('in large bodies, too: %s', async (_, body, expected) => {
  expect(await outcomesOf(around(body, 'nop '.repeat(70_000)), [CALL])).toEqual([`ok ${expected}`])
})

test('numbers do not change, and neither do NaNs that are only moved', async () => {
  const one = BigInt.asIntN(64, 0x3ff0000000000000n)
  expect(await outcomesOf(around(bits(fresh)), [['f', 0x3ff0000000000000n, 0]])).toEqual([`ok ${one}`])
  expect(await outcomesOf(around(low(fresh64x2)), [['f', 0x3ff0000000000000n, 0]])).toEqual([`ok ${one}`])
  const kept = BigInt.asIntN(64, SIGNED)
  for (const body of [
    bits('(local.get $n)'),
    bits('(f64.neg (f64.neg (local.get $n)))'),
    low('(f64x2.splat (local.get $n))'),
  ]) {
    expect(await outcomesOf(around(body), [CALL])).toEqual([`ok ${kept}`])
  }
})

test('in the results of a call from outside', async () => {
  const wat = `(module (func (export "f") (param $n f64) (param $m f32) (result f64 f32 v128) ${fresh} ${fresh32} ${fresh64x2}))`
  expect(await outcomesOf(wat, [CALL])).toEqual(['ok 000000000000f87f 0000c07f 000000000000f87f000000000000f87f'])
})

/** A loop in which `$x` is a sum of `$n`, and `$y` does not change unless `$n` is zero, which it is not. */
const LOOP = `(loop $again (local.set $x (f64.add (local.get $x) (local.get $n)))
  (if (f64.eq (local.get $n) (f64.const 0)) (then (local.set $y (f64.add (local.get $y) (local.get $x)))
    (local.set $n (f64.add (local.get $n) (local.get $x)))))
  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3))))`
const stored = (value: string): string => `(f64.store (i32.const 8) ${value}) (i64.load (i32.const 8))`
const PAYLOAD = '(f64.reinterpret_i64 (i64.const 0x7ff8000000000123))'

describe('after a loop, a NaN that it makes is canonical, and other NaNs keep their bits:', () => {
  test.each<[what: string, body: string, bits: bigint]>([
    ['a store', `${LOOP} ${stored('(local.get $x)')}`, CANONICAL],
    [
      'the first of two stores',
      `${LOOP} (f64.store (i32.const 16) (f64.const 1)) ${stored('(local.get $x)')}`,
      CANONICAL,
    ],
    [
      'the second of two stores',
      `${LOOP} (f64.store (i32.const 8) (local.get $x)) (f64.store (i32.const 16) (f64.const 1)) (i64.load (i32.const 8))`,
      CANONICAL,
    ],
    ['abs of it', `${LOOP} ${stored('(f64.abs (local.get $x))')}`, CANONICAL],
    ['neg of it', `${LOOP} ${stored('(f64.neg (local.get $x))')}`, NEGATIVE],
    ['it with another sign', `${LOOP} ${stored('(f64.copysign (local.get $x) (f64.const -1))')}`, NEGATIVE],
    [
      'another number with its sign',
      `${LOOP} ${stored('(f64.copysign (f64.const 1) (local.get $x))')}`,
      BigInt.asIntN(64, 0x3ff0000000000000n),
    ],
    [
      'in every lane',
      `${LOOP} (v128.store (i32.const 8) (f64x2.splat (local.get $x))) (i64.load (i32.const 16))`,
      CANONICAL,
    ],
    [
      'in a store within the loop',
      `(loop $again (local.set $x (f64.add (local.get $x) (local.get $n))) (f64.store (i32.const 8) (local.get $x))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 3)))) (i64.load (i32.const 8))`,
      CANONICAL,
    ],
    ['a parameter', `${LOOP} ${stored('(local.get $n)')}`, BigInt.asIntN(64, SIGNED)],
    [
      'a constant',
      `(local.set $y (f64.const nan:0x8000000000123)) ${LOOP} ${stored('(local.get $y)')}`,
      0x7ff8000000000123n,
    ],
    ['a reinterpreted number', `(local.set $y ${PAYLOAD}) ${LOOP} ${stored('(local.get $y)')}`, 0x7ff8000000000123n],
    [
      'a loaded value',
      `(i64.store (i32.const 24) (i64.const -123)) (local.set $y (f64.load (i32.const 24))) ${LOOP} ${stored('(local.get $y)')}`,
      -123n,
    ],
    [
      'the value of a global',
      `(global.set $g ${PAYLOAD}) (local.set $y (global.get $g)) ${LOOP} ${stored('(local.get $y)')}`,
      0x7ff8000000000123n,
    ],
    [
      'the result of a callee',
      `(local.set $y (call $same ${PAYLOAD})) ${LOOP} ${stored('(local.get $y)')}`,
      0x7ff8000000000123n,
    ],
    [
      'the first operand of a select',
      `(local.set $y ${PAYLOAD}) ${LOOP} ${stored('(select (local.get $x) (local.get $y) (i32.const 0))')}`,
      0x7ff8000000000123n,
    ],
    [
      'the second operand of a select',
      `(local.set $y ${PAYLOAD}) ${LOOP} ${stored('(select (local.get $x) (local.get $y) (i32.const 1))')}`,
      CANONICAL,
    ],
  ])('%s', async (_, body, expected) => {
    expect(await outcomesOf(around(body), [CALL])).toEqual([`ok ${expected}`])
  })

  test.each([
    ['at the end', '(local.get $x)', CANONICAL],
    ['by return', '(return (local.get $x))', CANONICAL],
    [
      'by one of two returns',
      '(if (i32.eqz (local.get $i)) (then (return (f64.const 1)))) (return (local.get $x))',
      CANONICAL,
    ],
    ['by a branch to the end', '(br 0 (local.get $x))', CANONICAL],
    ['negative', '(f64.neg (local.get $x))', NEGATIVE],
    [
      'by another branch',
      '(if (result f64) (local.get $i) (then (local.get $n)) (else (local.get $x)))',
      BigInt.asIntN(64, SIGNED),
    ],
  ])('returned %s', async (_, end, expected) => {
    const wat = `(module (func $sum (param $n f64) (result f64) (local $x f64) (local $y f64) (local $i i32) ${LOOP} ${end})
      (func (export "f") (param f64 f32) (result i64) (i64.reinterpret_f64 (call $sum (local.get 0)))))`
    expect(await outcomesOf(wat, [CALL])).toEqual([`ok ${expected}`])
  })
})
