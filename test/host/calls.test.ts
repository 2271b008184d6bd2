/**
 * Host functions that charge, trap, end the run and call the guest have the same outcomes in every mode and in the
 * interpreter.
 */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import type { Profile } from '../../src/interface-profile.ts'
import { outcomesOf, type Call } from '../instrument/against-oracle.ts'
import { watJob } from '../support/jobs.ts'
import { HOST, HOST_PROFILE, HOST_PROFILES } from './host.ts'

const outcomes = (wat: string, calls: readonly Call[], work = 3_000_000n): Promise<string[]> =>
  outcomesOf(wat, calls, { profiles: HOST_PROFILES, host: HOST, work })

const VECTOR = Uint8Array.from({ length: 16 }, (_, i) => 13 * i)

const RELAY = `(import "test" "relay" (func $relay (param i32 i32 i64 f64 v128) (result i64 f64 v128)))
  (memory (export "memory") 1) (data (i32.const 8) "\\01\\02\\ff")
  (global $last (export "last") (mut i32) (i32.const 0))
  (func $back (export "back") (param i32 f64) (result f64)
    (global.set $last (local.get 0)) (f64.div (local.get 1) (f64.convert_i32_u (local.get 0))))
  (func (export "f") (param i32 i32) (result i64 f64 v128 i32)
    (call $relay (local.get 0) (local.get 1) (i64.const -3) (f64.const 10) (v128.const i64x2 5 -7)) (global.get $last))
  (table funcref (elem $relay))
  (func (export "indirect") (param i32 i32 i64 f64 v128) (result i64 f64 v128)
    (call_indirect (param i32 i32 i64 f64 v128) (result i64 f64 v128)
      (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (i32.const 0)))
  (func (export "tail") (param i32 i32 i64 f64 v128) (result i64 f64 v128)
    (return_call $relay (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4)))
  (export "again" (func $relay))`

describe('a function of several parameters and results, charged for each byte, that calls the guest', () => {
  test('is called, charges before it checks its range, and returns its values bit for bit (PROFILE-20, GAS-22)', async () => {
    const trap = 'trap memory-out-of-bounds'
    expect(
      (
        await outcomes(`(module ${RELAY})`, [
          ['f', 8, 3],
          ['f', 8, 0],
          ['f', 65535, 1],
          ['f', 65535, 2],
          ['f', -1, 2],
          ['f', 0, 300_000],
        ])
      ).map(outcome => outcome.replace(/^ok -?\d+ \w+ \w+ (\d+)$/, 'ok $1')),
    ).toEqual(['ok 258', 'ok 0', 'ok 0', trap, trap, trap])
  })

  test.each(['indirect', 'tail', 'again'])('%s: however it is called', async fun => {
    const [a, b] = await outcomes(`(module ${RELAY})`, [
      [fun, 8, 3, 5n, 0x7ff4000000000123n, VECTOR],
      [fun, 8, 2, 5n, 0n, VECTOR],
    ])
    expect(a).toMatch(/^ok 263 000000000000f87f /)
    expect(b).toMatch(/^ok 8 0{16} /)
  })

  test('calling a function that the guest does not export, or one of another type, is the trap abi-violation (PROFILE-26)', async () => {
    const others = [
      '',
      '(func (export "again") (param i64) (result i32) (i32.const 1))',
      '(func (export "again") (param i32 i32) (result i32) (i32.const 1))',
      '(func (export "again") (param funcref) (result i32) (i32.const 1))',
      '(func (export "again") (param i32) (result funcref) (ref.null func))',
      '(global (export "again") i32 (i32.const 1))',
    ]
    for (const other of others) {
      const wat = `(module (import "test" "again" (func (param i32) (result i32)))
        (func (export "f") (drop (call 0 (i32.const 1)))) ${other})`
      expect(await outcomes(wat, [['f']]), other).toEqual(['trap abi-violation'])
    }
  })
})

test('a function that charges units itself does so before it works on them, to the last unit (GAS-22)', async () => {
  const wat = `(module (import "test" "spend" (func $spend (param i32)))
    (func (export "f") (param i32 i32) (result i32)
      (loop $l (call $spend (local.get 0)) (br_if $l (local.tee 1 (i32.sub (local.get 1) (i32.const 1)))))
      (local.get 1)))`
  expect(
    await outcomes(wat, [
      ['f', 0, 1],
      ['f', 20, 9],
      ['f', 400, 9],
      ['f', -1, 1],
    ]),
  ).toEqual(['ok 0', 'ok 0', 'trap out-of-gas', 'trap out-of-gas'])
})

test('the parameter that counts the units may come after a vector (GAS-22)', async () => {
  const wat = `(module (import "test" "after" (func $after (param v128 i32)))
    (func (export "f") (param i32) (call $after (v128.const i64x2 1000 2000) (local.get 0))))`
  expect(
    await outcomes(wat, [
      ['f', 3],
      ['f', 0],
      ['f', -1],
    ]),
  ).toEqual(['ok', 'ok', 'trap out-of-gas'])
})

test('a function that traps is charged, and nothing after it runs', async () => {
  const wat = `(module (import "test" "trap" (func $trap)) (global $g (export "g") (mut i32) (i32.const 0))
    (func $inner (param i32) (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1)))
      (if (i32.eqz (local.get 0)) (then (call $trap))) (call $outer (i32.sub (local.get 0) (i32.const 1))))
    (func $outer (export "f") (param i32) (result i32)
      (i32.add (i32.const 1) (call $inner (local.get 0)))))`
  expect(
    await outcomes(wat, [
      ['f', 0],
      ['f', 5],
    ]),
  ).toEqual(['trap abi-violation', 'trap abi-violation'])
})

/** Repeated calls guest → host → guest → host, with frames of the guest in between. */
const TWO_WAYS = `(module (import "test" "again" (func $host (param i32) (result i32)))
  (global $depth (export "depth") (mut i32) (i32.const 0))
  (func $leaf (param i32) (result i32) (local i64 i64 i64) (i32.add (local.get 0) (i32.const 1)))
  (func $between (param i32 i32) (result i32)
    (if (i32.eqz (local.get 1)) (then (return (call $host (local.get 0)))))
    (call $leaf (call $between (local.get 0) (i32.sub (local.get 1) (i32.const 1)))))
  (func $again (export "again") (param i32) (result i32)
    (global.set $depth (i32.add (global.get $depth) (i32.const 1)))
    (if (i32.eqz (local.get 0)) (then (return (call $leaf (i32.const 5)))))
    (call $between (i32.sub (local.get 0) (i32.const 1)) (i32.rem_u (local.get 0) (i32.const 3)))))`

describe('a call by a host function continues with the stack of its caller (PROFILE-26)', () => {
  test.each([0, 1])('under profile %i', async which => {
    const profile = HOST_PROFILES[which]!
    const { reentryWords, stackWords } = profile.limits
    const most = Math.floor(stackWords / reentryWords)
    const calls = Array.from({ length: 8 }, (_, i): Call => ['again', Math.max(0, most - 6 + i)])
    const seen = await outcomesOf(TWO_WAYS, [['again', 0], ['again', 1], ...calls, ['again', 1_000_000]], {
      profiles: [profile],
      host: HOST,
      work: 100_000_000n,
    })
    expect(seen.slice(0, 1)).toEqual(['ok 6'])
    expect(seen.at(-1)).toBe('trap stack-exhausted')
    expect(new Set(seen.slice(2).map(outcome => outcome.replace(/^ok.*/, 'ok'))).has('ok')).toBe(true)
  })

  describe('with as much stack for its second call as for its first', () => {
    const wat = `(module (import "test" "again" (func $host (param i32) (result i32)))
      (import "test" "twice" (func $twice (param i32) (result i32)))
      (func (export "again") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (i32.const 3))))
        (call $host (i32.sub (local.get 0) (i32.const 1))))
      (func (export "f") (param i32) (result i32) (call $twice (local.get 0))))`
    /** The number of nested calls of the guest that the stack allows. A frame of 13 words waits at each. */
    const most = ({ limits }: Profile): number => Math.floor(limits.stackWords / (limits.reentryWords + 13)) - 1

    test.each([0, 1])('under profile %i', async which => {
      const profile = HOST_PROFILES[which]!
      const calls = [0, most(profile), most(profile) + 1, most(profile) + 2].map((n): Call => ['f', n])
      const seen = await outcomesOf(wat, calls, { profiles: [profile], host: HOST })
      expect(seen.slice(0, 2)).toEqual(['ok 6', 'ok 6'])
      expect(seen[3]).toBe('trap stack-exhausted')
    })

    test('in the first attempt', async () => {
      const written: string[] = []
      const index = { get: () => undefined, put: (key: string) => void written.push(key.split(' ').at(-1)!) }
      const computer = new Computer('fast', { index, hostModules: [...HOST.modules] })
      const job = await watJob(wat, { args: [BigInt(most(HOST_PROFILE))], profile: HOST_PROFILE })
      expect((await computer.compute(job)).out).toEqual({ ok: [6n] })
      expect(written).toEqual(['fast'])
    })
  })

  test('a function for which callers usually reserve stack checks the stack itself', async () => {
    // The frame of `again` weighs at least 12 words, and is so small that it is usually not checked.
    const wat = `(module (import "test" "again" (func $host (param i32) (result i32)))
      (func (export "again") (param i32) (result i32) ${'(local v128)'.repeat(20)} (local.get 0))
      (func $deep (export "f") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then (return (call $host (i32.const 3)))))
        (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))))`
    for (const profile of HOST_PROFILES) {
      const { reentryWords, stackWords } = profile.limits
      const deepest = Math.floor((stackWords - reentryWords) / 17)
      const calls = Array.from({ length: 16 }, (_, i): Call => ['f', deepest - 10 + i])
      const seen = await outcomesOf(wat, calls, { profiles: [profile], host: HOST, work: 10_000_000n })
      expect(seen[0]).toMatch(/^ok/)
      expect(seen.at(-1)).toBe('trap stack-exhausted')
    }
  })

  test('a trap of the guest that it catches ends the run all the same (PROFILE-27)', async () => {
    const wat = `(module (import "test" "swallow" (func $host (param i32) (result i32)))
      (func $again (export "again") (param i32) (result i32)
        (if (i32.eqz (local.get 0)) (then unreachable))
        (if (i32.eq (local.get 0) (i32.const 1)) (then (return (i32.div_u (i32.const 1) (i32.const 0)))))
        (if (i32.eq (local.get 0) (i32.const 2)) (then (loop $l (br $l))))
        (if (i32.eq (local.get 0) (i32.const 3)) (then (return (call $again (local.get 0)))))
        (local.get 0))
      (func (export "f") (param i32) (result i32) (call $host (local.get 0))))`
    const calls = [0, 1, 2, 3, 4].map((how): Call => ['f', how])
    expect(await outcomes(wat, calls)).toEqual([
      'trap unreachable',
      'trap divide-by-zero',
      'trap out-of-gas',
      'trap stack-exhausted',
      'ok 4',
    ])
  })
})
