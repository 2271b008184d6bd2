/** Counted loops, whose iterations are charged in advance, cost the same (docs/spec/gas.md, GAS-1 and GAS-3). */
import { describe, expect, test } from 'vitest'
import type { CountedLoop } from '../../src/instrument/gas/analysis/place-charges.ts'
import { planGas } from '../../src/instrument/gas/analysis/plan.ts'
import { MODES } from '../../src/instrument/modes.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assembled } from '../support/fixtures.ts'
import { outcomesOf, type Call } from './against-oracle.ts'

async function countedIn(body: string, schedule = PROFILE_1.schedule): Promise<readonly CountedLoop[]> {
  const { module } = await assembled(
    `(module (memory 1) (func $f (param $i i32) (param $n i32) (local $w i64) (local $j i32) ${body}) (func $g))`,
  )
  return planGas(module, module.bodies[0]!, schedule, MODES.fast).counted
}

const add = (step: number): string => `(local.tee $i (i32.add (local.get $i) (i32.const ${step})))`
const store = '(i32.store8 (i32.const 0) (local.get $i))'

describe('recognised are', () => {
  test.each<[title: string, body: string, count: Partial<CountedLoop['count']>]>([
    [
      'a test at the end',
      `(loop ${store} (br_if 0 (i32.ne ${add(1)} (local.get $n))))`,
      { relation: 'ne', limit: { local: 1 }, step: 1, addsBeforeTest: true },
    ],
    [
      'swapped operands',
      `(loop (br_if 0 (i32.gt_s (local.get $n) ${add(4)})))`,
      { local: 0, relation: 'lt_s', limit: { local: 1 }, step: 4 },
    ],
    [
      'a constant on the left',
      `(loop (br_if 0 (i32.gt_u (i32.const 900) ${add(2)})))`,
      { relation: 'lt_u', limit: { constant: 900 } },
    ],
    ['counting down to zero', `(loop (br_if 0 ${add(-1)}))`, { relation: 'ne', limit: { constant: 0 }, step: -1 }],
    [
      'by subtraction',
      '(loop (local.set $i (i32.sub (local.get $i) (i32.const 8))) (br_if 0 (i32.gt_s (local.get $i) (local.get $n))))',
      { step: -8, relation: 'gt_s' },
    ],
    [
      'a test in front',
      `(block (loop (br_if 1 (i32.ge_u (local.get $i) (local.get $n))) (drop ${add(1)}) (br 0)))`,
      { relation: 'lt_u', addsBeforeTest: false, exit: 0 },
    ],
    [
      'a negated test',
      `(block (loop (br_if 1 (i32.eqz (i32.lt_s (local.get $i) (local.get $n)))) (drop ${add(1)}) (br 0)))`,
      { relation: 'lt_s' },
    ],
    [
      'an if around the iteration',
      `(loop (if (i32.lt_s (local.get $i) (local.get $n)) (then ${store} (drop ${add(1)}) (br 1))))`,
      { relation: 'lt_s', addsBeforeTest: false },
    ],
    [
      '64 bits',
      '(loop (br_if 0 (i64.ne (local.tee $w (i64.add (local.get $w) (i64.const 1))) (i64.const 77))))',
      { wide: true, limit: { constant: 77 } },
    ],
    [
      'a value that is also kept in a local',
      '(loop (local.set $i (i32.add (local.tee $j (local.get $i)) (i32.const 1))) (br_if 0 (i32.ne (local.get $i) (local.get $n))))',
      { local: 0 },
    ],
    [
      'an early exit to code that only traps',
      `(block $ok (block $bad (loop (br_if $bad (i32.gt_u (local.get $i) (i32.load (i32.const 0)))) (br_if 0 (i32.ne ${add(1)} (local.get $n)))) (br $ok)) (call $g) unreachable)`,
      { exit: 1 },
    ],
    [
      'a step that is not a power of two',
      `(loop (br_if 0 (i32.ne ${add(-12)} (local.get $n))))`,
      { step: -12, knownTrips: undefined },
    ],
    [
      'iterations with different prices',
      `(loop (if (i32.load (i32.const 0)) (then ${store})) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`,
      { knownTrips: undefined },
    ],
    [
      'a known small trip count',
      `(local.set $i (i32.const 3)) (loop (br_if 0 (i32.ne ${add(1)} (i32.const 6))))`,
      { knownTrips: 2 },
    ],
    [
      'at most one iteration',
      `(local.set $i (i32.const 3)) (loop (br_if 0 (i32.lt_u ${add(5)} (i32.const 6))))`,
      { knownTrips: 0 },
    ],
    [
      'a last step beyond the limit',
      `(local.set $i (i32.const 100)) (block (loop (br_if 1 (i32.le_s (local.get $i) (i32.const 0))) (drop ${add(-7)}) (br 0)))`,
      { knownTrips: 15 },
    ],
    [
      'an address as linkers write it',
      `(local.set $i (i32.const 65536)) (loop (br_if 0 (i32.ne ${add(40)} (i32.const 65736))))`,
      { knownTrips: 4 },
    ],
  ])('%s', async (_, body, count) => {
    const loops = await countedIn(body)
    expect(loops).toHaveLength(1)
    expect(loops[0]!.count).toMatchObject(count)
  })
})

describe('not recognised are', () => {
  test.each([
    [
      'an early exit to code that goes on',
      `(block $out (loop (br_if $out (i32.load (i32.const 0))) (br_if 0 (i32.ne ${add(1)} (local.get $n)))))`,
    ],
    ['a return', `(loop (if (i32.load (i32.const 0)) (then (return))) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`],
    [
      'a variable that some iterations do not advance',
      `(loop (if (i32.load (i32.const 0)) (then (drop ${add(1)}))) (br_if 0 (i32.ne (local.get $i) (local.get $n))))`,
    ],
    [
      'a variable that some iterations do not advance, with equal prices',
      `(loop (if (i32.load (i32.const 0)) (then (drop ${add(1)})) (else (drop (local.tee $j (i32.add (local.get $j) (i32.const 1)))))) (br_if 0 (i32.ne (local.get $i) (local.get $n))))`,
    ],
    ['a variable that is advanced twice', `(loop (drop ${add(1)}) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`],
    [
      'a variable that is also written otherwise',
      `(loop (local.set $i (i32.load (i32.const 0))) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`,
    ],
    [
      'a limit that the loop writes',
      `(loop (local.set $n (i32.load (i32.const 0))) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`,
    ],
    [
      'a step that is not a power of two and could step over the limit',
      `(loop (br_if 0 (i32.lt_s ${add(3)} (local.get $n))))`,
    ],
    ['no step', `(loop (br_if 0 (i32.ne ${add(0)} (local.get $n))))`],
    ['a long one', `(loop (br_if 0 (i32.ne ${add(8193)} (local.get $n))))`],
    ['a step away from the limit', `(loop (br_if 0 (i32.lt_s ${add(-1)} (local.get $n))))`],
    ['a second back edge', `(loop (br_if 0 (i32.ne ${add(1)} (local.get $n))) (br_if 0 (i32.load (i32.const 0))))`],
    [
      'a back edge before the test',
      `(loop (drop ${add(1)}) (br_if 0 (i32.load (i32.const 0))) (br_if 0 (i32.ne (local.get $i) (local.get $n))))`,
    ],
    [
      'a back edge after the test has failed',
      `(loop (if (i32.lt_s (local.get $i) (local.get $n)) (then (drop ${add(1)}) (br 1))) (br_if 0 (i32.load (i32.const 0))))`,
    ],
    [
      'an exit from inside, where the test leads to a trap',
      `(block $out (loop (if (i32.lt_s (local.get $i) (local.get $n)) (then (drop ${add(1)}) (br_if $out (i32.load (i32.const 0))) (br 1))) unreachable))`,
    ],
    [
      'an exit to code that only traps, where the test leads to a trap',
      `(block $ok (block $bad (loop (if (i32.lt_s (local.get $i) (local.get $n)) (then (drop ${add(1)}) (br_if $bad (i32.load (i32.const 0))) (br 1))) unreachable)) unreachable)`,
    ],
    [
      'an early exit to code that traps under a condition',
      `(block $ok (block $bad (loop (br_if $bad (i32.load (i32.const 0))) (br_if 0 (i32.ne ${add(1)} (local.get $n)))) (br $ok)) (br_if $ok (local.get $n)) unreachable)`,
    ],
    [
      'a value that was read before the increment',
      '(loop (local.get $i) (local.set $i (i32.add (local.get $i) (i32.const 1))) (local.get $n) (i32.ne) (br_if 0))',
    ],
    [
      'a value that is read before it is advanced',
      '(loop (br_if 0 (i32.ne (local.get $i) (local.tee $i (i32.add (local.get $i) (i32.const 1))))))',
    ],
    [
      'an increment in one of two arms',
      `(loop (local.set $i (if (result i32) (i32.load (i32.const 0)) (then (i32.add (i32.const 7) (i32.const 1))) (else (i32.add (local.get $i) (i32.const 1)))))
        (br_if 0 (i32.ne (local.get $i) (local.get $n))))`,
    ],
    ['a call', `(loop (call $g) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`],
    ['an inner loop', `(loop (loop (br_if 0 (i32.load (i32.const 0)))) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`],
    [
      'an instruction that is charged by its operand',
      `(loop (drop (memory.grow (i32.const 0))) (br_if 0 (i32.ne ${add(1)} (local.get $n))))`,
    ],
    ['a loop that is probably short', `(loop (br_if 0 (i32.ne ${add(1)} (i32.const 6))))`],
    [
      'a test of the previous value',
      `(loop (local.set $j (local.get $i)) (local.set $i (i32.add (local.get $i) (i32.const 1))) (br_if 0 (i32.ne (local.get $j) (local.get $n))))`,
    ],
    [
      'iterations so expensive that nothing is gained',
      `(loop ${store.repeat(20)} (br_if 0 (i32.ne ${add(1)} (local.get $n))))`,
    ],
  ])('%s', async (_, body) => expect(await countedIn(body)).toEqual([]))
})

test('a second back edge prevents counting, even if it is free', async () => {
  const free = Object.fromEntries(
    Object.keys(PROFILE_1.schedule.instructions).map(name => [name, name === 'plain' ? 1 : 0]),
  )
  const schedule = { ...PROFILE_1.schedule, instructions: free } as typeof PROFILE_1.schedule
  expect(await countedIn(`(loop (br_if 0 (i32.ne ${add(1)} (local.get $n))))`, schedule)).toHaveLength(1)
  expect(
    await countedIn(`(loop (br_if 0 (i32.ne ${add(1)} (local.get $n))) (br_if 0 (local.get $n)))`, schedule),
  ).toEqual([])
})

const [MIN, MAX] = [0x8000_0000, 0x7fff_ffff]
/** Pairs of start and limit: at the ends of the range, close to each other, and in the wrong order. */
const PAIRS: readonly (readonly [number, number])[] = [
  [0, 0],
  [0, 1],
  [0, 40],
  [0, 41],
  [40, 0],
  [41, 0],
  [5, 4],
  [-3, 5],
  [5, -3],
  [MAX - 9, MAX],
  [MAX - 8, MAX],
  [MIN + 9, MIN],
  [MIN, MIN + 9],
  [MAX, MIN],
  [MIN, MAX],
  [-9, -1],
  [-1, -9],
  [-2, 3],
  [3, -2],
  [-40, -3],
  [MAX - 3, MIN + 3],
  [MIN + 3, MAX - 3],
]

/** A loop with this relation and step in three forms, with 32 or 64 bits. */
function loops(type: 'i32' | 'i64', relation: string, step: number): string {
  const next = `(local.tee $i (${type}.add (local.get $i) (${type}.const ${step})))`
  const head = `(param $i ${type}) (param $n ${type}) (result ${type})`
  return `(module
    (func (export "last") ${head} (loop (br_if 0 (${type}.${relation} ${next} (local.get $n)))) (local.get $i))
    (func (export "first") ${head}
      (block (loop (br_if 1 (i32.eqz (${type}.${relation} (local.get $i) (local.get $n)))) (drop ${next}) (br 0))) (local.get $i))
    (func (export "if") ${head} (loop (if (${type}.${relation} (local.get $i) (local.get $n)) (then (drop ${next}) (br 1)))) (local.get $i)))`
}

describe('computed trip counts', () => {
  const relations = ['ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u']
  test.each(
    relations.flatMap(relation =>
      [1, -1, 4, -4, 16, ...(relation === 'ne' ? [3, -12, 40] : [])].map(step => [relation, step] as const),
    ),
  )(
    '%s, step %i',
    async (relation, step) => {
      const calls: Call[] = ['last', 'first', 'if'].flatMap(fun => PAIRS.map(([i, n]): Call => [fun, i >>> 0, n >>> 0]))
      const outcomes = await outcomesOf(loops('i32', relation, step), calls, { profiles: [PROFILE_1], work: 4_000n })
      expect(new Set(outcomes.map(outcome => typeof outcome)).size).toBe(1)
    },
    60_000,
  )

  test.each(
    relations.flatMap(relation =>
      [1, -8, ...(relation === 'ne' ? [5, 24] : [])].map(step => [relation, step] as const),
    ),
  )(
    '%s, step %i, over 64 bits',
    async (relation, step) => {
      const wide = (n: number): bigint =>
        BigInt.asUintN(64, n === MAX || n === MAX - 9 ? BigInt(n) + (1n << 63n) - BigInt(MAX) - 1n : BigInt(n))
      const calls: Call[] = ['last', 'first', 'if'].flatMap(fun => PAIRS.map(([i, n]): Call => [fun, wide(i), wide(n)]))
      const outcomes = await outcomesOf(loops('i64', relation, step), calls, { profiles: [PROFILE_1], work: 4_000n })
      expect(outcomes).toHaveLength(calls.length)
    },
    60_000,
  )
})

test('a loop that is left early has charged only the iterations that ran', async () => {
  const wat = `(module
    (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (func $inner (param i32) (result i32) (call $leaf (local.get 0)))
    (func $last (param i32) (result i32) (call $inner (local.get 0)))
    (func (export "f") (param $stop i32) (param $n i32) (result i32) (local $i i32)
      (block $ok
        (block $bad
          (loop
            (br_if $bad (i32.eq (local.get $i) (local.get $stop)))
            (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
          (br $ok))
        (drop (call $last (local.get $i)))
        unreachable)
      (local.get $i)))`
  const calls: Call[] = [
    ['f', 50, 20],
    ['f', 3, 20],
    ['f', 0, 20],
    ['f', 19, 20],
    ['f', 20, 20],
  ]
  const outcomes = await outcomesOf(wat, calls, { profiles: [PROFILE_1], work: 3_000n })
  expect(outcomes.map(outcome => outcome.includes('unreachable'))).toEqual([false, true, true, true, false])
  // The gas suffices for the iterations that are charged in advance, and for some or none of the code after them.
  const tight = Array.from({ length: 60 }, (_, n): Call => ['f', 0, n + 1])
  for (const work of [800n, 3_000n]) {
    const left = await outcomesOf(wat, tight, { profiles: [PROFILE_1], work })
    expect(new Set(left.map(outcome => outcome.includes('unreachable')))).toEqual(new Set([true]))
  }
})

test('charges on an exit are not checked, since some may be refunded', async () => {
  const sets = '(local.set $i (i32.const 1))'.repeat(40)
  const wat = `(module (func (export "f") (param $n i32) (result i32) (local $i i32)
    (loop (br_if 0 (i32.ne (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (if (i32.eq (local.get $n) (i32.const 9)) (then ${sets}) (else (local.set $i (i32.const 2))))
    (local.get $i)))`
  const outcomes = await outcomesOf(
    wat,
    [
      ['f', 9],
      ['f', 10],
    ],
    { profiles: [PROFILE_1] },
  )
  expect(outcomes).toHaveLength(2)
})

/** A loop with this relation and step in three forms, for each start and limit, which are constants. */
function knownLoops(relation: string, step: number): string {
  const next = `(local.tee $i (i32.add (local.get $i) (i32.const ${step})))`
  return `(module ${PAIRS.map(([start, limit], n) => {
    const head = `(result i32) (local $i i32) (local.set $i (i32.const ${start | 0}))`
    const test = `(i32.${relation} (local.get $i) (i32.const ${limit | 0}))`
    return `(func (export "last${n}") ${head} (loop (drop ${next}) (br_if 0 ${test})) (local.get $i))
      (func (export "first${n}") ${head} (block (loop (br_if 1 (i32.eqz ${test})) (drop ${next}) (br 0))) (local.get $i))
      (func (export "if${n}") ${head} (loop (if ${test} (then (drop ${next}) (br 1)))) (local.get $i))`
  }).join('')})`
}

describe('known trip counts', () => {
  const relations = ['ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u']
  test.each(relations.flatMap(relation => [1, 3, -4].map(step => [relation, step] as const)))(
    '%s, step %i',
    async (relation, step) => {
      const calls = PAIRS.flatMap((_, n) => ['last', 'first', 'if'].map((fun): Call => [`${fun}${n}`]))
      const outcomes = await outcomesOf(knownLoops(relation, step), calls, { profiles: [PROFILE_1], work: 4_000n })
      expect(outcomes).toHaveLength(calls.length)
    },
    60_000,
  )

  test('a large known trip count is checked before the loop', async () => {
    const wat = `(module (func (export "f") (result i32) (local $i i32) (local.set $i (i32.const 9))
      (loop (br_if 0 (i32.lt_s ${add(1)} (i32.const 60000)))) (local.get $i)))`
    expect(await outcomesOf(wat, [['f']], { profiles: [PROFILE_1], work: 10_000_000n })).toEqual(['ok 60000'])
    expect(await outcomesOf(wat, [['f']], { profiles: [PROFILE_1], work: 10_000n })).toEqual(['trap out-of-gas'])
  })
})

describe('iterations with different prices cost what runs', () => {
  const [cheap, dear] = [
    '(local.set $j (i32.const 1))',
    '(local.set $j (i32.mul (local.get $i) (i32.mul (local.get $i) (local.get $n))))',
  ]
  const once = (body: string): string =>
    `(if (i32.and (i32.shr_u (local.get $mask) (local.get $i)) (i32.const 1)) ${body})`
  test.each([
    ['an arm', once(`(then ${dear})`)],
    ['the expensive arm first', once(`(then ${dear}) (else ${cheap})`)],
    ['the cheap arm first', once(`(then ${cheap}) (else ${dear})`)],
    [
      'a back edge from each arm',
      `${once(`(then ${dear} (br_if $again (i32.ne ${add(1)} (local.get $n))) (br $out))`)} ${cheap}`,
    ],
    ['two such ifs', `${once(`(then ${cheap}) (else ${dear})`)} ${once(`(then ${dear}) (else ${cheap})`)}`],
    [
      'an arm that traps',
      `${once(`(then (br_if $bad (i32.gt_u (local.get $i) (i32.const 25))) ${cheap}) (else ${dear})`)}`,
    ],
  ])(
    '%s',
    async (_, body) => {
      const loop = `(loop $again ${body} (br_if 0 (i32.ne ${add(1)} (local.get $n))))`
      const wat = (
        start: string,
      ): string => `(module (func (export "f") (param $mask i32) (param $n i32) (result i32) (local $i i32) (local $j i32) ${start}
      (block $out (block $bad ${loop} (br $out)) unreachable) (local.get $j)))`
      const calls = [0, -1, 1, 0x5555_5555, 0xffff_0000, 0xfff].flatMap(mask =>
        [1, 9, 31].map((n): Call => ['f', mask >>> 0, n]),
      )
      for (const text of [
        wat(''),
        wat('(local.set $i (i32.const 0))').replaceAll('(local.get $n)', '(i32.const 31)'),
      ]) {
        for (const work of [1_000n, 10_000n]) expect(await outcomesOf(text, calls, { work })).toHaveLength(calls.length)
      }
    },
    60_000,
  )
})
