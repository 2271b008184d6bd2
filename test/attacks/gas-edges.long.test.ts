/** Every limit on gas: the outcome changes once, at the used gas. Traps cost the executed instructions. */
import { describe, expect, test } from 'vitest'
import type { Profile } from '../../src/interface-profile.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { instantiationPrice } from '../oracle/gas.ts'
import type { Call } from '../instrument/against-oracle.ts'
import { NEAR_PROFILE, PROFILES } from '../properties/profiles.ts'
import { MeteredEngine, seenByOracle, subjectOf } from '../properties/seen.ts'
import { attack, bounded } from './attack.ts'

/** Calls, memory, a division, a growth and a log, in blocks of all kinds. */
const ALL_KINDS = `(module (import "ipvm" "log" (func $log (param i32 i32))) (memory (export "memory") 1 9) (data (i32.const 0) "gas")
  (func $half (param i32) (result i32) (local i64) (i32.div_u (local.get 0) (i32.const 2)))
  (func (export "f") (param i32) (result i32) (local i32)
    (loop $l
      (local.set 1 (i32.add (local.get 1) (call $half (i32.load8_u (local.get 1)))))
      (if (i32.and (local.get 0) (i32.const 1)) (then (i32.store (local.get 1) (local.get 0))) (else (nop)))
      (br_if $l (local.tee 0 (i32.shr_u (local.get 0) (i32.const 1)))))
    (block $out (br_table $out 0 (local.get 1)))
    (memory.fill (i32.const 64) (i32.const 1) (i32.const 5))
    (call $log (i32.const 0) (i32.const 3))
    (memory.grow (i32.const 0)))
  (func (export "last") (result i32) (local i32) (i32.store (i32.const 8) (i32.const 1)) (call $half (i32.const 9)) (i32.load (i32.const 8)) (i32.sub (i32.const 1)) (i32.div_s))
  (func (export "first") (result i32) (i32.div_u (i32.const 1) (i32.const 0)) (i32.add (i32.const 1)) (i32.mul (i32.const 2)))
  (func (export "middle") (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.load (i32.const 65535))) (i32.add (i32.const 2)))
  (func (export "loop") (param i32) (loop (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (drop (i32.rem_u (i32.const 1) (local.get 0))) (br 0))))`

/** Prices that are small enough to try every limit. */
const CHEAP: Profile = {
  ...NEAR_PROFILE,
  id: 'test/cheap',
  schedule: { ...NEAR_PROFILE.schedule, host: { flat: 7, perUnit: 2 } },
}

describe('every limit from 0 to more than enough', () => {
  test.each<[string, Call, string]>([
    ['success', ['f', 11], 'ok 1'],
    ['a trap at the end of a block', ['last'], 'trap divide-by-zero'],
    ['a trap at the beginning of a block', ['first'], 'trap divide-by-zero'],
    ['a trap in the middle of a block', ['middle', 3], 'trap memory-out-of-bounds'],
    ['a trap in a loop', ['loop', 4], 'trap divide-by-zero'],
  ])('switches once: %s', async (_, [fun, ...args], expected) =>
    bounded(async () => {
      const subject = subjectOf(await assemble(ALL_KINDS), CHEAP)
      const price = BigInt(instantiationPrice(subject.decoded, CHEAP.schedule))
      const whole = seenByOracle(subject, { fun, args, gas: price + 1_000_000n, pages: 9 })
      expect(whole.out).toBe(expected)
      for (const mode of ['fast', 'precise'] as const) {
        const engine = new MeteredEngine(mode)
        for (let gas = price - 2n; gas <= whole.gasUsed + 2n; gas++) {
          const { out, gasUsed, peakPages, logs } = await engine.see(subject, { fun, args, gas, pages: 9 })
          const seen = { out, gasUsed, peakPages, logs }
          const { out: o, gasUsed: used, peakPages: peak, logs: l } = whole
          expect(seen).toEqual(
            gas < used
              ? { out: 'trap out-of-gas', gasUsed: gas, peakPages: 0, logs: '' }
              : { out: o, gasUsed: used, peakPages: peak, logs: l },
          )
        }
      }
    }),
  )
})

test('a block that costs more than 2³² is charged in full', async () => {
  const instructions = { ...PROFILE_1.schedule.instructions, floatDivide: 2 ** 20 }
  const dear: Profile = { ...PROFILE_1, id: 'test/dear', schedule: { ...PROFILE_1.schedule, instructions } }
  const wat = `(module (func (export "f") (result f64) (f64.const 3) ${'(drop) (f64.sqrt (f64.const 4))'.repeat(6_000)}))`
  const { outcomes } = await attack(wat, [['f']], { profiles: [dear], work: 1n << 40n })
  expect(outcomes).toEqual(['ok 0000000000000040'])
})

describe('unreachable code is free', () => {
  const f = (body: string): string =>
    `(module (table 1 funcref) (memory (export "memory") 1) (func (export "f") (result i32) ${body}))`
  test.each([
    ['after return', f('(return (i32.const 5)) (i32.add) (i32.mul) (drop) (i32.const 1)'), 'ok 5'],
    [
      'after a branch, with missing operands',
      f(
        '(block (result i32) (br 0 (i32.const 5)) (i64.add) (i32.wrap_i64) (select) (drop) (f64.sqrt) (i32.trunc_f64_s))',
      ),
      'ok 5',
    ],
    [
      'after br_table',
      f('(block (result i32) (br_table 0 0 (i32.const 5) (i32.const 1)) (call_indirect (param f32) (result i32)))'),
      'ok 5',
    ],
    [
      'after unreachable, with loops',
      f('(unreachable) (loop (br 0)) (memory.fill) (table.grow 0) (drop) (i32.const 1)'),
      'trap unreachable',
    ],
    ['an if without else that is not taken', f('(if (i32.const 0) (then (unreachable))) (i32.const 5)'), 'ok 5'],
    ['thousands of empty ifs', f(`${'(if (i32.const 1) (then))'.repeat(3_000)} (i32.const 5)`), 'ok 5'],
    ['nested empty ifs', f(`${'(if (i32.const 1) (then '.repeat(100)}${'))'.repeat(100)} (i32.const 5)`), 'ok 5'],
    ['a block whose end is unreachable', f('(block (br 0)) (block (unreachable)) (i32.const 5)'), 'trap unreachable'],
  ])('%s', async (_, wat, expected) => {
    expect((await attack(wat, [['f']])).outcomes).toEqual([expected])
  })
})

test('two schedules in one process do not mix', async () => {
  const bytes = await assemble(ALL_KINDS)
  const engine = new MeteredEngine('fast')
  const used: bigint[] = []
  for (const profile of [...PROFILES, ...PROFILES]) {
    const subject = subjectOf(bytes, profile)
    const call = {
      fun: 'f',
      args: [11],
      gas: BigInt(instantiationPrice(subject.decoded, profile.schedule)) + 1_000_000n,
      pages: 9,
    }
    const { gasUsed } = await engine.see(subject, call)
    expect(gasUsed).toBe(seenByOracle(subject, call).gasUsed)
    used.push(gasUsed)
  }
  expect(used.slice(2)).toEqual(used.slice(0, 2))
  expect(used[0]).not.toBe(used[1])
})
