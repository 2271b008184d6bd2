/** Runs instrumented code: multi-value control, tail calls, traps in the middle of expressions, another profile. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { Attacher } from '../../src/instrument/attach/attach.ts'
import { loadBinaryen } from '../../src/instrument/binaryen/port.ts'
import { planGas } from '../../src/instrument/gas/analysis/plan.ts'
import { MODES as RECORDS } from '../../src/instrument/modes.ts'
import { createTree } from '../../src/instrument/binaryen/tree.ts'
import type { Profile } from '../../src/interface-profile.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { parseExpected } from '../../wasm-fixtures/expected.ts'
import type { Argument } from '../../src/abi/guest.ts'
import { assembled, paramOf, programs, ROOT, textFixtures, typeOfExport } from '../support/fixtures.ts'
import { MODES } from '../support/instrumented.ts'
import { jobOf, profileWith, trapOf, watJob } from '../support/jobs.ts'
import { RECURSIONS } from '../support/shapes.ts'

describe.each(MODES)('%s: blocks, loops and ifs with several values', mode => {
  const computer = new Computer(mode)

  /** A module with the body of `f(n)`, and a function `$two` that returns n and n + 1. */
  const module = (body: string): string => `(module (memory 1)
    (func $two (param i32) (result i32 i32) (local.get 0) (i32.add (local.get 0) (i32.const 1)))
    (func (export "f") (param $n i32) (result i32) (local $a i32) (local $b i32) ${body}))`

  test.each<[title: string, body: string, cases: readonly (readonly [bigint, bigint])[]]>([
    ['a block with two results', '(block (result i32 i32) (i32.const 5) (local.get $n)) i32.sub', [[2n, 3n]]],
    [
      'br_if with both results',
      '(block (result i32 i32) (i32.const 5) (i32.const 1) (br_if 0 (local.get $n)) drop drop (i32.const 9) (i32.const 2)) i32.sub',
      [
        [0n, 7n],
        [1n, 4n],
      ],
    ],
    [
      'br_table with both results',
      `(block $y (result i32 i32) (block $x (result i32 i32)
        (br_table $x $y (i32.const 5) (i32.const 1) (local.get $n))) (local.set $a) (i32.const 10) i32.add (local.get $a)) i32.sub`,
      [
        [0n, 14n],
        [1n, 4n],
        [9n, 4n],
      ],
    ],
    [
      'a loop with two parameters, branched to',
      `(i32.const 0) (local.get $n)
      (loop (param i32 i32) (result i32) (local.set $b) (local.set $a)
        (i32.add (local.get $a) (local.get $b)) (i32.sub (local.get $b) (i32.const 1)) (br_if 0 (i32.gt_s (local.get $b) (i32.const 1))) drop)`,
      [
        [1n, 1n],
        [10n, 55n],
        [100n, 5050n],
      ],
    ],
    [
      'nested loops with a parameter',
      `(i32.const 0)
      (loop $out (param i32) (result i32)
        (loop $in (param i32) (result i32)
          (i32.add (i32.const 1)) (local.tee $a) (br_if $in (i32.rem_u (local.get $a) (i32.const 3))))
        (local.tee $b) (br_if $out (i32.lt_u (local.get $b) (local.get $n))))`,
      [
        [1n, 3n],
        [10n, 12n],
      ],
    ],
    [
      'an if with parameters',
      '(call $two (local.get $n)) (if (param i32 i32) (result i32) (local.get $n) (then i32.add) (else i32.sub))',
      [
        [0n, -1n],
        [4n, 9n],
      ],
    ],
    [
      'an if with parameters and no else',
      '(local.get $n) (if (param i32) (result i32) (i32.eqz (local.get $n)) (then (drop) (i32.const 77)))',
      [
        [0n, 77n],
        [5n, 5n],
      ],
    ],
    [
      'values held below calls with two results',
      `(i32.const 1000) (call $two (local.get $n)) (call $two (i32.const 7))
      i32.mul i32.mul i32.add i32.sub`,
      [[2n, 1000n - (2n + 3n * 56n)]],
    ],
    [
      'values held below statements',
      '(local.get $n) (i32.store (i32.const 0) (i32.const 8)) (i32.load (i32.const 0)) (local.set $n (i32.const 0)) i32.add',
      [[3n, 11n]],
    ],
    [
      'unreachable code in between',
      '(block (result i32) (br 0 (local.get $n)) (call $two) (i32.mul)) (i32.add (i32.const 1))',
      [[3n, 4n]],
    ],
  ])('%s', async (_, body, cases) => {
    for (const [n, result] of cases)
      expect((await computer.compute(await watJob(module(body), { args: [n] }))).out, `f(${n})`).toEqual({
        ok: [result],
      })
  })
})

describe.each(MODES)('%s: tail calls end their frame (PROFILE-15)', mode => {
  test('ten million of them need no stack', async () => {
    const text = `(module (type $t (func (param i32 i64) (result i64))) (table funcref (elem $even $odd))
      (func $even (type $t) (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
        (return_call $odd (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 2))))
      (func $odd (type $t) (local i64 i64 i64)
        (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1)) (i32.const 0)))
      (func (export "f") (param i32) (result i64) (call $even (local.get 0) (i64.const 0))))`
    expect((await new Computer(mode).compute(await watJob(text, { args: [10_000_000n] }))).out).toEqual({
      ok: [15_000_000n],
    })
  })

  test('the stack of callees is released after any kind of return', async () => {
    const text = `(module
      (func $leave (param i32) (local i64 i64) (block (br_table 0 1 (local.get 0))) (br_if 0 (local.get 0)) (return))
      (func $deep (param i32) (if (local.get 0) (then (call $leave (local.get 0)) (call $deep (i32.sub (local.get 0) (i32.const 1))) (call $leave (i32.const 0)))))
      (func (export "f") (loop (call $deep (i32.const 3000)) (call $deep (i32.const 3000))) (call $deep (i32.const 3000))))`
    expect((await new Computer(mode).compute(await watJob(text))).out).toEqual({ ok: [] })
  })
})

describe('the bound on the stack is reached in the same call on all engines (PROFILE-15)', () => {
  test.each(Object.entries(RECURSIONS))('%s', async (_, make) => {
    const module = make()
    const [fast, steady, precise] = await Promise.all(MODES.map(mode => new Computer(mode).compute(jobOf(module))))
    expect(precise!.out).toEqual({ error: { kind: 'trap', code: 'stack-exhausted' } })
    expect([fast, steady]).toEqual([precise, precise])
  })
})

describe.each(MODES)('%s: traps in the middle of expressions (PROFILE-19, GAS-1, GAS-10)', mode => {
  const computer = new Computer(mode)
  const module = (expression: string): string => `(module (memory 1) (global $g (mut i32) (i32.const 0))
    (func $note (param i32) (result i32) (global.set $g (i32.add (global.get $g) (local.get 0))) (local.get 0))
    (func $zero (result i32) (i32.const 0)) (func $nan (result f64) (f64.const nan)) (func $huge (result f64) (f64.const 1e300))
    (func (export "f") (result i32) ${expression}))`

  test.each<[string, string]>([
    ['divide-by-zero', '(i32.add (call $note (i32.const 1)) (i32.div_s (call $note (i32.const 2)) (call $zero)))'],
    [
      'integer-overflow',
      '(i32.add (i32.div_s (i32.const -2147483648) (i32.sub (call $zero) (i32.const 1))) (i32.rem_u (i32.const 1) (call $zero)))',
    ],
    ['divide-by-zero', '(i32.sub (i32.rem_u (i32.const 1) (call $zero)) (i32.trunc_f64_s (call $nan)))'],
    ['invalid-conversion', '(i32.add (i32.load (i32.const 0)) (i32.trunc_f64_s (f64.add (call $nan) (call $huge))))'],
    ['integer-overflow', '(i32.add (i32.trunc_f64_u (call $huge)) (i32.trunc_f64_s (call $nan)))'],
    [
      'memory-out-of-bounds',
      '(i32.add (i32.div_s (i32.const 6) (i32.const 3)) (i32.load (i32.trunc_f64_u (f64.const 65533))))',
    ],
    ['divide-by-zero', '(i32.load (i32.div_u (i32.load (i32.const 4)) (i32.load (i32.const 8))))'],
    ['unreachable', '(i32.div_s (call $note (i32.const 1)) (unreachable))'],
    [
      'memory-out-of-bounds',
      '(select (i32.load (i32.const 65536)) (i32.div_s (i32.const 1) (call $zero)) (i32.const 0))',
    ],
  ])('%s: %s', async (code, expression) => {
    const job = await watJob(module(expression))
    const outcome = await computer.compute(job)
    expect(outcome.out).toEqual({ error: { kind: 'trap', code } })
    const exact = await computer.compute({ ...job, limits: { ...job.limits, gas: outcome.gasUsed } })
    expect(exact).toEqual(outcome)
    expect(trapOf(await computer.compute({ ...job, limits: { ...job.limits, gas: outcome.gasUsed - 1n } }))).toBe(
      'out-of-gas',
    )
  })

  test('i32.rem_s of the least integer by -1 is 0 and no trap', async () => {
    expect(
      (
        await computer.compute(
          await watJob(module('(i32.rem_s (i32.const -2147483648) (i32.sub (call $zero) (i32.const 1)))')),
        )
      ).out,
    ).toEqual({ ok: [0n] })
  })
})

// ── Other prices, other limits ──────────────────────────────────────────────────────────────────────────────────────

/** A tree of numbers, to each of which a function is applied. */
function mapped<T>(tree: T, change: (price: number) => number): T {
  if (typeof tree === 'number') return change(tree) as T
  return Object.fromEntries(
    Object.entries(tree as object).map(([key, value]) => [key, mapped<unknown>(value, change)]),
  ) as T
}

/** Profile 1 with half of its prices, since twice some prices would exceed the limit. */
const HALVED = profileWith({ id: 'halved', schedule: mapped(PROFILE_1.schedule, price => Math.floor(price / 2)) })
const DOUBLED = profileWith({ id: 'doubled', schedule: mapped(HALVED.schedule, price => 2 * price) })
const FREE = profileWith({ id: 'free', schedule: mapped(PROFILE_1.schedule, () => 0) })

async function fixtureOutcomes(profile: Profile): Promise<[string, Outcome][]> {
  const computer = new Computer()
  const outcomes: [string, Outcome][] = []
  for (const folder of ['traps', 'floats', 'memory']) {
    for (const fixture of textFixtures(folder).filter(({ expect: [, code] }) => code !== 'out-of-gas')) {
      const admitted = await assembled(fixture.text)
      const { fun, args } = fixture.run!
      const words = args.map((word, i) => paramOf(typeOfExport(admitted, fun).params[i]!, word))
      const job = jobOf(admitted.module.bytes, {
        fun,
        args: words,
        profile,
        gas: 10n ** 12n,
        pages: fixture.pages ?? 1000,
      })
      outcomes.push([`${folder}/${fixture.name}`, await computer.compute(job)])
    }
  }
  return outcomes
}

async function programOutcomes(profile: Profile): Promise<[string, Outcome][]> {
  const computer = new Computer()
  const outcomes: [string, Outcome][] = []
  for (const name of programs()) {
    const bytes = new Uint8Array(readFileSync(`${ROOT}/programs/${name}/${name}.wasm`))
    const { abi, calls } = parseExpected(readFileSync(`${ROOT}/programs/${name}/expected.json`, 'utf8'))
    const call = calls[0]!
    const job = jobOf(bytes, {
      fun: call.fun,
      abi: call.abi ?? abi,
      args: call.params as readonly Argument[],
      profile,
      gas: 10n ** 13n,
    })
    outcomes.push([name, await computer.compute(job)])
  }
  return outcomes
}

describe('a profile with other prices (GAS-1, GAS-7)', () => {
  test.each([
    ['fixtures', fixtureOutcomes],
    ['programs', programOutcomes],
  ] as const)('%s: twice the prices, twice the gas, the same outcome', async (_, run) => {
    const once = await run(HALVED)
    expect(once.length).toBeGreaterThan(14)
    const twice = once.map(([name, outcome]) => [name, { ...outcome, gasUsed: 2n * outcome.gasUsed }])
    expect(await run(DOUBLED)).toEqual(twice)
  })

  test('without prices everything is free, and the outcomes are the same', async () => {
    const once = await fixtureOutcomes(PROFILE_1)
    expect(await fixtureOutcomes(FREE)).toEqual(once.map(([name, outcome]) => [name, { ...outcome, gasUsed: 0n }]))
  })

  test('a class without a price does not change the others', async () => {
    const job = await watJob(
      '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.mul (i32.const 3) (i32.const 4)))))',
      { args: [1n] },
    )
    const gas = async (profile: Profile): Promise<bigint> => (await new Computer().compute({ ...job, profile })).gasUsed
    const { schedule } = PROFILE_1
    const without = (name: keyof typeof schedule.instructions): Profile =>
      profileWith({ schedule: { ...schedule, instructions: { ...schedule.instructions, [name]: 0 } } })
    const all = await gas(PROFILE_1)
    expect(all - (await gas(without('constant')))).toBe(2n * BigInt(schedule.instructions.constant))
    expect(all - (await gas(without('multiply')))).toBe(BigInt(schedule.instructions.multiply))
    expect(all - (await gas(profileWith({ schedule: { ...schedule, entry: { flat: 0, perUnit: 0 } } })))).toBe(
      BigInt(schedule.entry.flat),
    )
  })

  test('other limits on stack and tables hold', async () => {
    const recursion = RECURSIONS['no locals']!()
    const used = async (stackWords: number): Promise<bigint> => {
      const profile = profileWith({ limits: { ...PROFILE_1.limits, stackWords } })
      const outcome = await new Computer().compute(jobOf(recursion, { profile }))
      expect(trapOf(outcome)).toBe('stack-exhausted')
      return outcome.gasUsed
    }
    // A frame of nothing weighs 10 words; each call costs itself and an entry.
    const { instructions, entry } = PROFILE_1.schedule
    expect((await used(1000)) - (await used(990))).toBe(BigInt(instructions.call + entry.flat))
    const table =
      '(module (table 1 funcref) (func (export "f") (result i32) (table.grow 0 (ref.null func) (i32.const 4))))'
    const grown = async (tableSlots: number): Promise<unknown> =>
      (
        await new Computer().compute(
          await watJob(table, { profile: profileWith({ limits: { ...PROFILE_1.limits, tableSlots } }) }),
        )
      ).out
    expect(await grown(5)).toEqual({ ok: [1n] })
    expect(await grown(4)).toEqual({ ok: [-1n] })
  })
})

// ── Faults ────────────────────────────────────────────────────────────────────────────────────────────────

test.each(MODES)('%s: a tree that does not match the plan is a fault', async mode => {
  const text = `(module (func (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (param i32) (result i32) (i32.add (local.get 0) (i32.const 2)))
    (func (param i32) (result i32) (i32.add (i32.eqz (local.get 0)) (i32.const 2))))`
  const { module } = await assembled(text)
  const binaryen = await loadBinaryen()
  const ir = binaryen.read(module.bytes)
  try {
    const attach = (tree: number, plan: number): unknown => {
      const attacher = new Attacher(binaryen, createTree(binaryen), ir, RECORDS[mode], 0)
      const body = binaryen.raw.FunctionGetBody(binaryen.raw.GetFunctionByIndex(ir, tree))
      return attacher.attach(
        body,
        planGas(module, module.bodies[plan]!, PROFILE_1.schedule, RECORDS[mode]),
        1,
        1,
        String(tree),
      )
    }
    expect(() => attach(0, 0)).not.toThrow()
    // Both are binary operators. The check only compares the kind of expression.
    const fault = expect.objectContaining({
      code: 'internal',
      message: expect.stringContaining('read differently by binaryen') as string,
    })
    expect(() => attach(1, 2)).toThrow(fault as Error)
    expect(() => attach(2, 1)).toThrow(fault as Error)
  } finally {
    binaryen.raw.ModuleDispose(ir)
  }
})

test.each(MODES)('%s: table instructions find their operands (GAS-2)', async mode => {
  const text = `(module (table $t 10 funcref) (elem $e func $f $f $f) (func $f (export "f") (param i32 i32 i32 i32) (result i32)
    (block $init (block $copy (block $fill (br_table $fill $copy $init (local.get 0)))
      (table.fill $t (local.get 1) (ref.func $f) (local.get 3)) (return (i32.const 1)))
      (table.copy $t $t (local.get 1) (local.get 2) (local.get 3)) (return (i32.const 2)))
    (table.init $t $e (local.get 1) (local.get 2) (local.get 3)) (i32.const 3)))`
  const job = await watJob(text, { gas: 10n ** 13n })
  const run = (...args: bigint[]): Promise<Outcome> => new Computer(mode).compute({ ...job, args })
  const { tableFill, tableCopy, tableInit } = PROFILE_1.schedule.bulk
  for (const [i, price] of [tableFill, tableCopy, tableInit].entries()) {
    const [which, perSlot] = [BigInt(i), BigInt(price)]
    const none = await run(which, 0n, 0n, 0n)
    const three = await run(which, 7n, 0n, 3n)
    expect(three.out).toEqual({ ok: [which + 1n] })
    expect(three.gasUsed - none.gasUsed).toBe(3n * perSlot)
    expect(trapOf(await run(which, 8n, 0n, 3n))).toBe('table-out-of-bounds')
    // The whole size is charged as an unsigned number, before the bounds are checked. The constant after it is not
    // reached.
    expect((await run(which, 0n, 0n, -1n)).gasUsed - none.gasUsed).toBe(perSlot * (2n ** 32n - 1n) - 1n)
  }
})

test.each(MODES)('%s: the outcome is the same before and after the engine has warmed up', async mode => {
  const text = `(module (memory 1) (func $kernel (param f64) (result f64)
      (f64.store (i32.const 8) (f64.div (local.get 0) (local.get 0)))
      (f64.sqrt (f64.sub (f64.load (i32.const 8)) (f64.mul (local.get 0) (local.get 0)))))
    (func (export "f") (param i32) (result i64 i64) (local f64)
      (loop (local.set 1 (call $kernel (f64.convert_i32_s (i32.sub (local.get 0) (i32.const 1)))))
        (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (i64.reinterpret_f64 (local.get 1)) (i64.load (i32.const 8))))`
  const computer = new Computer(mode)
  const job = await watJob(text)
  const run = (rounds: bigint): Promise<Outcome> => computer.compute({ ...job, args: [rounds] })
  const [cold, colder] = [await run(1n), await run(3n)]
  const warm = await run(100_000n)
  expect(cold.out).toEqual({ ok: [0x7ff8n << 48n, 0x7ff8n << 48n] })
  expect(warm.out).toEqual(cold.out)
  expect(await run(1n)).toEqual(cold)
  expect(await run(3n)).toEqual(colder)
  // Each iteration costs the same, before and after the engine has optimised it.
  expect(warm.gasUsed - cold.gasUsed).toBe(((colder.gasUsed - cold.gasUsed) / 2n) * 99_999n)
})
