/** Reactors: `_initialize` runs once, before everything else of the call. */
import { describe, expect, test } from 'vitest'
import type { Argument } from '../../src/abi/guest.ts'
import { Computer } from '../../src/engine/compute.ts'
import { instantiationGas } from '../../src/engine/instantiation-gas.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor } from '../../src/executor/executor.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { addFile } from '../../src/content/unixfs.ts'
import { createTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { outcomesOf } from '../instrument/against-oracle.ts'
import { admitted, MODES } from '../support/instrumented.ts'
import { jobOf, profileWith, trapOf, type JobInput } from '../support/jobs.ts'

const REACTOR = `(module (global $g (mut i32) (i32.const 0))
  (func (export "_initialize") (global.set $g (i32.const 42)))
  (func (export "get") (result i32) (global.get $g)))`

/** A module that records its calls as digits: 1 is start, 2 `_initialize`, 3 `ipvm_alloc`, 4 `__new`, and 5 `__pin`. */
const ORDER = (extra = ''): string => `(module (memory (export "memory") 1) (global $order (mut i32) (i32.const 0))
  (func $note (param $digit i32) (global.set $order (i32.add (i32.mul (global.get $order) (i32.const 10)) (local.get $digit))))
  (func $start (call $note (i32.const 1))) (start $start)
  (func (export "_initialize") (call $note (i32.const 2)))
  (func (export "ipvm_alloc") (param i32) (result i32) (call $note (i32.const 3)) (i32.const 1024))
  (func (export "__new") (param i32 i32) (result i32) (call $note (i32.const 4))
    (i32.store (i32.const 1016) (local.get 1)) (i32.store (i32.const 1020) (local.get 0)) (i32.const 1024))
  (func (export "__pin") (param i32) (result i32) (call $note (i32.const 5)) (local.get 0))
  (func (export "__unpin") (param i32))
  (func (export "core") (result i32) (global.get $order))
  (func (export "bytes") (param i32 i32) (result i64) (i32.store (i32.const 8) (global.get $order)) (i64.const 0x800000004))
  (func (export "object") (param i32) (result i32) (global.get $order)) ${extra})`

async function inModes(wat: string, input: JobInput): Promise<Outcome> {
  const bytes = await assemble(wat)
  const outcomes: Outcome[] = []
  for (const mode of MODES) outcomes.push(await new Computer(mode).compute(jobOf(bytes, input)))
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0])
  return outcomes[0]!
}

const priceOf = async (wat: string): Promise<bigint> =>
  instantiationGas(admitted(await assemble(wat)).module, PROFILE_1)
const word = (value: number): Uint8Array => new Uint8Array(Int32Array.of(value).buffer)

describe('a reactor is initialized before the call (GAS-21, GAS-8)', () => {
  test.each<[fun: string, abi: string, args: Argument[], ok: unknown]>([
    ['core', 'core', [], [12n]],
    ['bytes', 'bytes', ['text'], word(123)],
    ['core', 'assemblyscript()->i32', [], 12n],
    ['object', 'assemblyscript(string)->i32', ['text'], 1245n],
    ['object', 'assemblyscript(ArrayBuffer)->i32', [word(7)], 1245n],
  ])('%s in the ABI %s', async (fun, abi, args, ok) => {
    expect((await inModes(ORDER(), { fun, abi, args })).out).toEqual({ ok })
    // A module that also has `_start` is not a reactor.
    const command = ORDER('(func (export "_start"))')
    const without =
      typeof ok === 'bigint' ? BigInt(String(ok).replace('2', '')) : ok instanceof Uint8Array ? word(13) : [1n]
    expect((await inModes(command, { fun, abi, args })).out).toEqual({ ok: without })
  })

  test.each([
    [
      'of another type',
      '(module (global $g (mut i32) (i32.const 0)) (func (export "_initialize") (result i32) (global.set $g (i32.const 42)) (i32.const 1)) (func (export "get") (result i32) (global.get $g)))',
      0n,
    ],
    [
      'that is no function',
      '(module (global (export "_initialize") i32 (i32.const 0)) (func (export "get") (result i32) (i32.const 0)))',
      0n,
    ],
    [
      'beside a `_start` of any type',
      REACTOR.replace('(func (export "get")', '(func (export "_start") (param i64)) (func (export "get")'),
      0n,
    ],
    [
      'beside a `_start` that is no function',
      REACTOR.replace('(func (export "get")', '(memory (export "_start") 1) (func (export "get")'),
      42n,
    ],
  ])('`_initialize` %s', async (_, wat, value) => {
    expect((await inModes(wat, { fun: 'get' })).out).toEqual({ ok: [value] })
  })

  test.each(['core', 'bytes', 'assemblyscript()->void'])(
    'a task that calls `_initialize` runs it once: %s',
    async abi => {
      const wat = `(module (memory (export "memory") 1) (func (export "_initialize")
      (i32.store8 (i32.const 0) (i32.const 120)) (call $log (i32.const 0) (i32.const 1))))`.replace(
        '(module',
        '(module (import "ipvm" "log" (func $log (param i32 i32)))',
      )
      const { out, logs } = await inModes(wat, { fun: '_initialize', abi })
      expect(out).toEqual({ ok: abi === 'core' ? [] : abi === 'bytes' ? new Uint8Array(0) : null })
      expect(Buffer.from(logs).toString()).toBe('x')
    },
  )

  test('it is charged from its entry on, after the parameters (GAS-17, GAS-18)', async () => {
    const {
      instructions: { constant, global },
      entry,
      host,
    } = PROFILE_1.schedule
    const price = await priceOf(REACTOR)
    const initialized = BigInt(entry.flat + constant + global)
    expect((await inModes(REACTOR, { fun: 'get' })).gasUsed).toBe(price + initialized + BigInt(entry.flat + global))
    expect((await inModes(REACTOR, { fun: '_initialize' })).gasUsed).toBe(price + initialized)
    const trapping = ORDER().replace('(call $note (i32.const 2))', 'unreachable')
    // The start function and `$note` have run, and then `_initialize` has begun.
    const { call, plain, multiply } = PROFILE_1.schedule.instructions
    const started = 2 * entry.flat + (constant + call) + (2 * global + 2 * constant + multiply + plain)
    const paid = (await priceOf(trapping)) + BigInt(host.flat + 4 * host.perUnit + started + entry.flat)
    expect(await inModes(trapping, { fun: 'bytes', abi: 'bytes', args: ['text'], gas: paid })).toMatchObject({
      out: { error: { code: 'unreachable' } },
      gasUsed: paid,
    })
    expect(trapOf(await inModes(trapping, { fun: 'bytes', abi: 'bytes', args: ['text'], gas: paid - 1n }))).toBe(
      'out-of-gas',
    )
  })

  test('gas runs out in it exactly at the limit', async () => {
    const { gasUsed } = await inModes(REACTOR, { fun: '_initialize' })
    expect(await inModes(REACTOR, { fun: 'get', gas: gasUsed - 1n })).toMatchObject({
      out: { error: { code: 'out-of-gas' } },
      gasUsed: gasUsed - 1n,
      peakPages: 0,
    })
    expect(await inModes(REACTOR, { fun: 'get', gas: gasUsed })).toMatchObject({
      out: { error: { code: 'out-of-gas' } },
      gasUsed,
    })
  })

  test.each([
    ['unreachable', 'unreachable'],
    ['(drop (i32.div_u (i32.const 1) (global.get $g)))', 'divide-by-zero'],
    ['(drop (i32.load (i32.const 70000)))', 'memory-out-of-bounds'],
    ['(call $deep)', 'stack-exhausted'],
    ['(loop $l (br $l))', 'out-of-gas'],
  ])('its traps are those of the run: %s', async (code, trap) => {
    const wat = `(module (memory 1) (global $g (mut i32) (i32.const 0)) (func $deep (call $deep))
      (func (export "_initialize") ${code}) (func (export "get") (result i32) (i32.const 1)))`
    const gas = (await priceOf(wat)) + 10_000_000n
    expect(trapOf(await inModes(wat, { fun: 'get', gas }))).toBe(trap)
    expect(trapOf(await inModes(wat, { fun: '_initialize', gas }))).toBe(trap)
  })

  test('it begins without active frames, and so does the call (PROFILE-15)', async () => {
    const wat = `(module (global $left (mut i32) (i32.const 0))
      (func $down (param i32) (if (local.get 0) (then (call $down (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "_initialize") (call $down (i32.const 3000)))
      (func (export "get") (call $down (i32.const 3000))))`
    const profile = (frames: number): JobInput => ({
      fun: 'get',
      profile: profileWith({ limits: { ...PROFILE_1.limits, stackWords: frames } }),
    })
    const frame = 10 + 1 + 2 * 2
    const inside = 3001 * frame + 10 + 2
    expect(trapOf(await inModes(wat, profile(inside)))).toBeUndefined()
    expect(trapOf(await inModes(wat, profile(inside - 1)))).toBe('stack-exhausted')
  })

  test('an observed NaN in it is canonical', async () => {
    const wat = `(module (global $g (mut f64) (f64.const 0)) (func (export "_initialize") (global.set $g (f64.div (global.get $g) (global.get $g))))
      (func (export "get") (result i64) (i64.reinterpret_f64 (global.get $g))))`
    expect((await inModes(wat, { fun: 'get' })).out).toEqual({ ok: [0x7ff8_0000_0000_0000n] })
  })

  test('the interpreter and all modes agree under all limits', async () => {
    expect(await outcomesOf(REACTOR, [['get'], ['_initialize']])).toEqual(['ok 42', 'ok'])
    expect(await outcomesOf(ORDER(), [['core'], ['ipvm_alloc', 1]])).toEqual(['ok 12', 'ok 1024'])
    const grows = `(module (memory (export "memory") 1 9) (func (export "_initialize") (drop (memory.grow (i32.const 2)))) (func (export "pages") (result i32) (memory.size)))`
    expect(await outcomesOf(grows, [['pages']], { pages: 3 })).toEqual(['ok 3'])
    expect(await outcomesOf(grows, [['pages']], { pages: 2 })).toEqual(['ok 1!'])
  })
})

test('a receipt of a reactor is reproduced, and one without its initialization is refuted (GAS-21)', async () => {
  const store = createMemoryStore()
  const engine = createInlineEngine()
  const task = createTask({ mod: await addFile(store, await assemble(REACTOR)), fun: 'get', params: [], abi: 'core' })
  const { receipt, cid } = await createExecutor({ store, engine }).execute(task, { gas: 10n ** 12n, pages: 1 })
  expect(receipt.out).toEqual({ ok: [42n] })
  const verifier = createVerifier({ store, engine, maxGas: 10n ** 12n })
  expect((await verifier.verify(cid)).verdict).toBe('reproduced')
  expect((await verifier.verify({ ...receipt, out: { ok: [0n] } })).verdict).toBe('refuted')
})
