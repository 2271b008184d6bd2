/** Runs that a host function ends: gas and memory are exact in every mode. */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { Endings } from '../../src/instrument/boundary/endings.ts'
import { planGas } from '../../src/instrument/gas/analysis/plan.ts'
import { MODES } from '../../src/instrument/modes.ts'
import { outcomesOf, type Call } from '../instrument/against-oracle.ts'
import { assembled } from '../support/fixtures.ts'
import { watJob } from '../support/jobs.ts'
import { HOST, HOST_MODULE, HOST_PROFILE, HOST_PROFILES } from './host.ts'

const outcomes = (wat: string, calls: readonly Call[], work = 3_000_000n): Promise<string[]> =>
  outcomesOf(wat, calls, { profiles: HOST_PROFILES, host: HOST, work })

const QUIT = '(import "test" "quit" (func $quit (param i32 i32)))'
const MEMORY = '(memory (export "memory") 1) (data (i32.const 0) "abcdefgh")'

describe('the end of a run in a host function', () => {
  test('is a result, even if functions wait for it (PROFILE-28, GAS-23)', async () => {
    const wat = `(module ${QUIT} ${MEMORY} (table funcref (elem $last $quit))
      (global $g (export "g") (mut i32) (i32.const 0))
      (func $last (param i32 i32) (global.set $g (i32.const 7)) (call $quit (local.get 0) (local.get 1)))
      (func $loops (param i32) (result i32) (local i32)
        (loop $l
          (local.set 1 (i32.add (local.get 1) (i32.mul (local.get 0) (i32.const 3))))
          (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
      (func $middle (param i32 i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (call $last (i32.const 0) (local.get 1))) (else (drop (call $loops (local.get 1)))))
        (i32.add (call $loops (i32.const 5)) (call $middle (i32.sub (local.get 0) (i32.const 1)) (local.get 1))))
      (func (export "f") (param i32 i32) (result i32)
        (block $b (loop $l (br_if $b (i32.gt_u (local.get 0) (i32.const 9)))
          (if (i32.and (local.get 0) (i32.const 1)) (then (drop (call $middle (local.get 0) (local.get 1)))))
          (local.set 0 (i32.add (local.get 0) (call $loops (i32.const 2)))) (br $l)))
        (i32.const 1))
      (func (export "indirect") (param i32 i32) (result i32)
        (drop (call $loops (i32.const 9)))
        (call_indirect (param i32 i32) (i32.const 2) (local.get 1) (local.get 0))
        (call $loops (i32.const 2)))
      (func (export "tail") (param i32 i32) (drop (call $loops (i32.const 9)))
        (return_call_indirect (param i32 i32) (i32.const 1) (local.get 1) (local.get 0))))`
    expect(
      await outcomes(wat, [
        ['f', 0, 3],
        ['f', 3, 3],
        ['f', 9, 8],
        ['f', 3, 70_000],
        ['f', 10, 3],
        ['indirect', 0, 2],
        ['indirect', 1, 2],
        ['tail', 0, 2],
        ['tail', 1, 2],
      ]),
    ).toEqual([
      'exit 616263',
      'exit 616263',
      'exit 6162636465666768',
      'trap out-of-gas',
      'ok 1',
      'exit 6364',
      'exit 6364',
      'exit 6263',
      'exit 6263',
    ])
  })

  test('in the start function, in an initializer, and without waiting functions', async () => {
    const quit = '(call $quit (i32.const 1) (i32.const 2))'
    expect(
      await outcomes(`(module ${QUIT} ${MEMORY} (func $s ${quit}) (start $s) (func (export "f") unreachable))`, [
        ['f'],
      ]),
    ).toEqual(['exit 6263'])
    expect(
      await outcomes(
        `(module ${QUIT} ${MEMORY} (func (export "_initialize") ${quit}) (func (export "f") unreachable))`,
        [['f']],
      ),
    ).toEqual(['exit 6263'])
    expect(await outcomes(`(module ${QUIT} ${MEMORY} (export "f" (func $quit)))`, [['f', 2, 2]])).toEqual(['exit 6364'])
  })

  test('after an early exit of a counted loop to code that only ends the run', async () => {
    const wat = `(module ${QUIT} ${MEMORY}
      (func $panic (param i32) (call $quit (i32.const 0) (local.get 0)))
      (func (export "f") (param $n i32) (param $at i32) (result i32) (local $i i32)
        (block $bad
          (loop $l
            (br_if $bad (i32.eq (local.get $i) (local.get $at)))
            (i32.store (i32.const 100) (i32.mul (local.get $i) (i32.load (i32.const 100))))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
          (return (local.get $i)))
        (call $panic (i32.const 2))
        unreachable))`
    expect(
      await outcomes(wat, [
        ['f', 100, 200],
        ['f', 100, 50],
        ['f', 100, 0],
      ]),
    ).toEqual(['ok 100', 'exit 6162', 'exit 6162'])
  })

  test('in a call of the guest by another host function', async () => {
    const wat = `(module ${QUIT} (import "test" "again" (func $host (param i32) (result i32))) ${MEMORY}
      (func (export "again") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (call $quit (i32.const 0) (i32.const 4))))
        (i32.add (i32.const 3) (call $host (i32.sub (local.get 0) (i32.const 1)))))
      (func (export "f") (param i32) (result i32) (i32.mul (i32.const 5) (call $host (local.get 0)))))`
    expect(
      await outcomes(wat, [
        ['f', 0],
        ['f', 1],
      ]),
    ).toEqual(['exit 61626364', 'exit 61626364'])
  })
})

describe('NaNs that waiting frames have met are canonical where they were written (PROFILE-14, GAS-23)', () => {
  test('a caller stores 0 / 0, a callee writes it out and ends the run', async () => {
    const wat = `(module ${QUIT} ${MEMORY}
      (func $out (call $quit (i32.const 0) (i32.const 8)))
      (func (export "f") (param f64 f64) (local i32)
        (loop $l
          (f64.store (i32.const 0) (f64.div (local.get 0) (local.get 1)))
          (br_if $l (i32.lt_u (local.tee 2 (i32.add (local.get 2) (i32.const 1))) (i32.const 3))))
        (call $out))
      (func (export "g") (param f64 f64)
        (f64.store (i32.const 0) (f64.div (local.get 0) (local.get 1)))
        (f64.store (i32.const 8) (f64.add (local.get 0) (local.get 1)))
        (f64.store (i32.const 16) (f64.mul (local.get 0) (local.get 1)))
        (f64.store (i32.const 24) (f64.sub (local.get 0) (local.get 1)))
        (f64.store (i32.const 32) (f64.sub (local.get 1) (local.get 0)))
        (call $out)))`
    const calls = ['f', 'g'].map((fun): Call => [fun, 0n, 0n])
    expect(await outcomes(wat, calls)).toEqual(['exit 000000000000f87f', 'exit 000000000000f87f'])
  })

  test('a function that has returned with such a NaN gives up, and the run is repeated', async () => {
    const wat = `(module ${QUIT} ${MEMORY}
      (func $ended (param f64) (local i32)
        (loop $l
          (f64.store (i32.const 0) (f64.div (local.get 0) (local.get 0)))
          (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 3)))))
      (func (export "f") (param f64) (call $ended (local.get 0)) (call $quit (i32.const 0) (i32.const 8))))`
    expect(
      await outcomes(wat, [
        ['f', 0n],
        ['f', 0x3ff0000000000000n],
      ]),
    ).toEqual(['exit 000000000000f87f', 'exit 000000000000f03f'])
  })
})

test('the first attempt is final: a host function does not end a run that has to be repeated', async () => {
  const written: string[] = []
  const index = { get: () => undefined, put: (key: string) => void written.push(key.split(' ').at(-1)!) }
  const computer = new Computer('fast', { index, hostModules: [HOST_MODULE] })
  const wat = `(module ${QUIT} ${MEMORY} (func $f (export "f") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (call $quit (i32.const 0) (i32.const 2))))
    (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1))))))`
  const job = await watJob(wat, { args: [20n], profile: HOST_PROFILE })
  expect((await computer.compute(job)).out).toEqual({ ok: Uint8Array.of(97, 98) })
  expect(written).toEqual(['fast'])
})

describe('functions from which the end can be reached', () => {
  const TREE = `(module ${QUIT} (import "ipvm" "log" (func $log (param i32 i32))) ${MEMORY}
    (func $pure (param i32) (result i32) (call $log (i32.const 0) (local.get 0)) (local.get 0))
    (func $ends (call $quit (i32.const 0) (i32.const 0)))
    (func $above (drop (call $pure (i32.const 1))) (call $ends))
    (func $tail (return_call $above))
    (func $tables (call_indirect (i32.const 0)))
    (func $aside (drop (call $pure (i32.const 2))))
    (func (export "f") (call $aside)) TABLE)`

  const reaching = async (table: string): Promise<string[]> => {
    const admitted = await assembled(TREE.replace('TABLE', table), HOST_PROFILE)
    const endings = new Endings(admitted)
    const names = ['quit', 'log', 'pure', 'ends', 'above', 'tail', 'tables', 'aside', 'f']
    return [...names.filter((_, index) => endings.reaches(index)), ...(endings.throughTables ? ['through tables'] : [])]
  }
  const direct = ['quit', 'ends', 'above', 'tail']

  test.each([
    ['it is not in a table', '(table 1 funcref) (elem (i32.const 0) $aside)', direct],
    ['it is exported, and not in a table', '(table 1 funcref) (export "g" (func $ends))', direct],
    ['it may be in a table', '(table 1 funcref) (elem func $above)', [...direct, 'tables', 'through tables']],
    [
      'a body makes a reference of it',
      '(table 1 funcref) (export "g" (func $ends)) (func (table.set (i32.const 0) (ref.func $ends)))',
      [...direct, 'tables', 'through tables'],
    ],
  ])('where %s', async (_, table, expected) => expect(await reaching(table)).toEqual(expected))

  test('follow from the grants of the profile, and only they cost more', async () => {
    const wat = TREE.replace('TABLE', '(table 1 funcref)')
    const { module } = await assembled(wat, HOST_PROFILE)
    const endings = new Endings(await assembled(wat, HOST_PROFILE))
    const charges = (i: number, with_: boolean): readonly number[] =>
      planGas(module, module.bodies[i]!, HOST_PROFILE.schedule, MODES.fast, with_ ? endings : undefined).charges
    // `aside` and `pure` have the same charges as without ending imports.
    for (const i of [0, 5]) expect(charges(i, true)).toEqual(charges(i, false))
    const harmless = { ...HOST_PROFILE, grants: HOST_PROFILE.grants.map(grant => ({ ...grant, may: [] })) }
    expect(new Endings(await assembled(wat, harmless)).reaches(1)).toBe(false)
  })
})
