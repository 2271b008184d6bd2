/** Engines keep only modules and threads. The outcome of a task does not depend on earlier tasks. */
import { afterAll, describe, expect, test } from 'vitest'
import { Computer, type Job } from '../../src/engine/compute.ts'
import { createInlineEngine, type Engine } from '../../src/engine/engine.ts'
import { createThreadEngine } from '../../src/engine/threads.ts'
import type { Outcome } from '../../src/interface.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { jobOf, trapOf, WORKER } from '../support/jobs.ts'

/** `look` reads all state of a module. `spoil` changes all of it, and then ends in one of several ways. */
const WAT = `(module
  (import "ipvm" "log" (func $log (param i32 i32)))
  (memory (export "memory") 1 20)
  (data (i32.const 8) "ABCDEFGH")
  (data $passive "passive!")
  (table $table (export "table") 4 20 funcref)
  (elem (i32.const 1) func $one)
  (elem $spare func $one)
  (global $counter (export "counter") (mut i64) (i64.const 17))
  (global $float (mut f64) (f64.const 0.5))
  (global $vector (mut v128) (v128.const i32x4 1 2 3 4))
  (func $start (i32.store (i32.const 100) (i32.add (i32.load (i32.const 100)) (i32.const 1))))
  (start $start)
  (func $one (result i32) (i32.const 1))
  (func $sum (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load8_u (local.get $at))))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 65536))))
    (local.get $sum))
  (func (export "look") (result i32 i32 i32 i32 i32 i32 i64 f64 v128)
    (memory.init $passive (i32.const 200) (i32.const 0) (i32.const 8))
    (table.init $table $spare (i32.const 3) (i32.const 0) (i32.const 1))
    (call $log (i32.const 8) (i32.const 8))
    (call $sum) (memory.size) (table.size $table) (ref.is_null (table.get $table (i32.const 0)))
    (call_indirect $table (result i32) (i32.const 1)) (call_indirect $table (result i32) (i32.const 3))
    (global.get $counter) (global.get $float) (global.get $vector))
  (func $deeper (param i32) (result i32) (i32.add (i32.const 1) (call $deeper (local.get 0))))
  (func (export "spoil") (param $how i32) (result i32)
    (global.set $counter (i64.const -1))
    (global.set $float (f64.const nan))
    (global.set $vector (v128.const i64x2 -1 -1))
    (memory.fill (i32.const 0) (i32.const 0xee) (i32.const 65536))
    (drop (memory.grow (i32.const 7)))
    (memory.fill (i32.const 65536) (i32.const 0xee) (i32.const 65536))
    (drop (memory.grow (i32.const 5)))
    (table.fill $table (i32.const 0) (ref.null func) (i32.const 4))
    (drop (table.grow $table (ref.null func) (i32.const 3)))
    (data.drop $passive) (elem.drop $spare)
    (call $log (i32.const 0) (i32.const 1000))
    (if (i32.eq (local.get $how) (i32.const 1)) (then unreachable))
    (if (i32.eq (local.get $how) (i32.const 2)) (then (loop $forever (br $forever))))
    (if (i32.eq (local.get $how) (i32.const 3)) (then (drop (call $deeper (i32.const 0)))))
    (if (i32.eq (local.get $how) (i32.const 4)) (then (drop (i32.div_s (i32.const 1) (i32.const 0)))))
    (if (i32.eq (local.get $how) (i32.const 5)) (then (i32.store (i32.const -1) (i32.const 0))))
    (if (i32.eq (local.get $how) (i32.const 6)) (then (drop (call_indirect $table (result i32) (i32.const 1)))))
    (i32.const 99)))`

const module = await assemble(WAT)
const look: Job = { ...jobOf(module, { fun: 'look', pages: 10 }), key: 'state' }
const spoilWith = (how: bigint, gas: bigint): Job => ({
  ...look,
  fun: 'spoil',
  args: [how],
  limits: { gas, pages: 10 },
})
/** Enough gas for all ways except the endless one, for any prices. */
const enough = 2n * (await createInlineEngine().compute(spoilWith(0n, 10n ** 12n))).gasUsed + 10n ** 8n
const spoil = (how: bigint): Job => spoilWith(how, enough)

const WAYS = [
  [0n, undefined],
  [1n, 'unreachable'],
  [2n, 'out-of-gas'],
  [3n, 'stack-exhausted'],
  [4n, 'divide-by-zero'],
  [5n, 'memory-out-of-bounds'],
  [6n, 'bad-indirect-call'],
] as const

const thread = createThreadEngine({ workerUrl: WORKER })
afterAll(() => thread.close())
const computing = (computer: Computer): Pick<Engine, 'compute'> => ({ compute: job => computer.compute(job) })

const ENGINES: readonly (readonly [string, Pick<Engine, 'compute'>])[] = [
  ['inline', createInlineEngine()],
  ['precise', computing(new Computer('precise'))],
  ['thread', thread],
]

/** The outcome on a new engine. */
const fresh = (): Promise<Outcome> => createInlineEngine().compute(look)

describe.each(ENGINES)('%s', (_, engine) => {
  test.each(WAYS)('nothing remains of a task that ends in way %i', async (how, trap) => {
    const expected = await fresh()
    expect('ok' in expected.out).toBe(true)
    expect(expected).toMatchObject({ peakPages: 1, growRefused: false, logs: new TextEncoder().encode('ABCDEFGH') })
    expect(await engine.compute(look)).toEqual(expected)
    const spoiled = await engine.compute(spoil(how))
    expect(trapOf(spoiled)).toBe(trap)
    // `spoil` must have changed the state; otherwise `look` proves nothing.
    if (trap !== 'out-of-gas')
      expect(spoiled).toMatchObject({ peakPages: 8, growRefused: true, logs: new Uint8Array(1000).fill(0xee) })
    expect(await engine.compute(look)).toEqual(expected)
    expect(await engine.compute(spoil(how))).toEqual(spoiled)
    expect(await engine.compute(look)).toEqual(expected)
  })
})

test('nothing remains when many tasks of several modules run at once', async () => {
  const engine = createThreadEngine({ threads: 2, workerUrl: WORKER })
  try {
    const other = { ...look, key: 'same bytes, another key' }
    const expected = await fresh()
    const jobs = Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0 ? spoil(BigInt((i / 3) % 7)) : i % 3 === 1 ? look : other,
    )
    const outcomes = await Promise.all(jobs.map(job => engine.compute(job)))
    outcomes.forEach((outcome, i) => (i % 3 === 0 ? undefined : expect(outcome).toEqual(expected)))
  } finally {
    await engine.close()
  }
})
