/** Functions that do not check the stack, because their callers reserve it (docs/spec/profile.md, PROFILE-15). */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { Frames, weightOf } from '../../src/instrument/optimise/frames/frames.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assembled } from '../support/fixtures.ts'
import { jobOf, watJob } from '../support/jobs.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { outcomesOf, type Call } from './against-oracle.ts'

const locals = (count: number): string => '(local i64)'.repeat(count)

describe('callers reserve stack for', () => {
  test.each<[title: string, wat: string, kept: (number | undefined)[]]>([
    ['a leaf', '(func) (func (call 0))', [10, 20]],
    ['the deepest of several chains', `(func) (func (call 0)) (func ${locals(5)} (call 0) (call 1))`, [10, 20, 35]],
    ['functions that are defined later', '(func (call 1)) (func (call 2)) (func)', [30, 20, 10]],
    ['tail calls', '(func) (func (return_call 0))', [10, 20]],
    [
      'no recursive functions',
      '(func (call 0)) (func (call 2)) (func (call 3)) (func (call 1)) (func)',
      [undefined, undefined, undefined, undefined, 10],
    ],
    ['no functions that call recursive ones', '(func (call 0)) (func (call 0))', [undefined, undefined]],
    [
      'no functions with indirect calls',
      '(table 1 funcref) (func (call_indirect (i32.const 0))) (func (call 0)) (func)',
      [undefined, undefined, 10],
    ],
    [
      'no functions that need much stack',
      `(func ${locals(1014)}) (func ${locals(1015)}) (func (call 0)) (func ${locals(1005)} (call 4)) (func)`,
      [1024, undefined, undefined, undefined, 10],
    ],
    [
      'calls of imports',
      '(import "ipvm" "log" (func (param i32 i32))) (func (call 0 (i32.const 0) (i32.const 0)))',
      [0, 14],
    ],
    ['unreachable calls', '(func (call 1)) (func (return) (call 0))', [undefined, undefined]],
  ])('%s', async (_, wat, kept) => {
    const { module } = await assembled(`(module ${wat})`)
    const frames = new Frames(module, PROFILE_1.limits.stackWords)
    expect(kept.map((__, index) => frames.isReserved(index))).toEqual(kept.map(words => words !== undefined))
    // A function that checks the stack reserves the greatest need of its callees.
    module.bodies.forEach((body, i) => {
      const needs = body.callees.map(callee => kept[callee] ?? 0)
      const all = kept.map(words => words ?? 0)
      expect(frames.reserveOf(module.importedFunctions + i)).toBe(Math.max(0, ...(body.callsIndirectly ? all : needs)))
      const own = kept[module.importedFunctions + i]
      if (own !== undefined)
        expect(own).toBe(weightOf(module.functions[module.importedFunctions + i]!, body) + Math.max(0, ...needs))
    })
  })

  test('long chains of calls', async () => {
    const many = 20_000
    const calls = Array.from({ length: many }, (_, i) => (i + 1 < many ? `(func (call ${i + 1}))` : '(func)')).join('')
    const frames = new Frames((await assembled(`(module ${calls})`)).module, PROFILE_1.limits.stackWords)
    expect([many - 1, many - 102, many - 103].map(index => frames.isReserved(index))).toEqual([true, true, false])
  })
})

/** A module with recursive functions, each of which also calls a function that needs 500 words or more. */
const DEEP = `(module (table funcref (elem $leaf))
  (func $leaf (param i32) (result i32) ${locals(490)} (i32.add (local.get 0) (i32.const 1)))
  (func $next (param i32) (result i32) (call $leaf (local.get 0)))
  (func $direct (export "direct") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (call $direct (i32.sub (local.get 0) (i32.const 1)))) (else (call $next (i32.const 7)))))
  (func $rarely (export "rarely") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (call $rarely (i32.sub (local.get 0) (i32.const 1)))) (else (i32.const 9)))
    (if (param i32) (result i32) (i32.eq (local.get 0) (i32.const -1)) (then (call $next))))
  (func $indirect (export "indirect") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (call $indirect (i32.sub (local.get 0) (i32.const 1))))
      (else (call_indirect (param i32) (result i32) (i32.const 7) (i32.const 0)))))
  (func $tail (export "tail") (param i32) (result i32)
    (if (i32.eqz (local.get 0)) (then (return_call $next (i32.const 7))))
    (call $tail (i32.sub (local.get 0) (i32.const 1)))))`

/** The greatest depth without a trap. */
async function deepest(fun: string): Promise<number> {
  const bytes = await assemble(DEEP)
  const computer = new Computer('precise')
  const ends = async (depth: number): Promise<boolean> =>
    'ok' in (await computer.compute({ ...jobOf(bytes, { fun, args: [BigInt(depth)] }), key: 'deep' })).out
  let [low, high] = [0, 10_000]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (await ends(middle)) low = middle
    else high = middle
  }
  return low
}

test.each(['direct', 'rarely', 'indirect', 'tail'])(
  '%s: the bound does not depend on reserved stack',
  async fun => {
    const low = await deepest(fun)
    const around = [-40, -20, -2, -1, 0, 1, 2, 20, 40].map((by): Call => [fun, low + by])
    const outcomes = await outcomesOf(DEEP, around, { profiles: [PROFILE_1], work: 10_000_000n })
    expect(outcomes.map(outcome => outcome.startsWith('ok'))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ])
  },
  60_000,
)

test('a frame that is refused because of the reserve has the same outcome in all modes', async () => {
  const asked: string[] = []
  const job = await watJob(DEEP, { fun: 'rarely', args: [1n] })
  const index = { get: (key: string): undefined => void asked.push(key), put: (): void => {} }
  const computer = new Computer('fast', { index })
  await computer.compute(job)
  const deep = { ...job, args: [BigInt((await deepest('rarely')) - 5)] }
  const outcome = await computer.compute(deep)
  expect(asked.map(key => key.split(' ').at(-1))).toContain('precise')
  expect(outcome.out).toEqual({ ok: [9n] })
  expect(await new Computer('precise').compute(deep)).toEqual(outcome)
})

test('a tail call passes on exactly the stack of its caller, even repeatedly', async () => {
  const wat = `(module
    (func $deep (param i32) (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1))))))
    (func $f (export "f") (param $times i32) (param $depth i32)
      (call $deep (i32.const 1))
      (if (i32.eqz (local.get $times)) (then (return_call $deep (local.get $depth))))
      (return_call $f (i32.sub (local.get $times) (i32.const 1)) (local.get $depth))))`
  const { module } = await assembled(wat)
  const most = Math.floor(65_536 / weightOf(module.functions[0]!, module.bodies[0]!)) - 1
  const calls = [0, 1, 500].flatMap(times =>
    [most - 3, most - 1, most, most + 1, most + 50].map((depth): Call => ['f', times, depth]),
  )
  const outcomes = await outcomesOf(wat, calls, { profiles: [PROFILE_1], work: 100_000_000n })
  const one = outcomes.slice(0, 5).map(outcome => outcome.slice(0, 2))
  expect(new Set(one)).toEqual(new Set(['ok', 'tr']))
  expect(outcomes.map(outcome => outcome.slice(0, 2))).toEqual([...one, ...one, ...one])
}, 60_000)
