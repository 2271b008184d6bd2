/** Logs: their order, the profile's limit, their price and their bounds. */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import type { Outcome } from '../../src/interface.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { MODES } from '../support/instrumented.ts'
import { profileWith, watJob, type JobInput } from '../support/jobs.ts'

const guest = (body: string, memory = '(memory 1) (data (i32.const 0) "one two three")'): string =>
  `(module (import "ipvm" "log" (func $log (param i32 i32))) ${memory} (func (export "f") ${body}))`
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe.each(MODES)('%s', mode => {
  const computer = new Computer(mode)
  const run = async (body: string, input: JobInput = {}, memory?: string): Promise<Outcome> =>
    computer.compute(await watJob(guest(body, memory), input))

  test('logs are kept in the order of the calls (RECEIPT-7)', async () => {
    const { logs, out } = await run(
      '(call $log (i32.const 8) (i32.const 5)) (call $log (i32.const 0) (i32.const 4)) (call $log (i32.const 0) (i32.const 0)) (call $log (i32.const 4) (i32.const 3))',
    )
    expect([text(logs), out]).toEqual(['threeone two', { ok: [] }])
  })

  test('logs have the bytes that were in memory at the call', async () => {
    const { logs } = await run(
      '(call $log (i32.const 0) (i32.const 1)) (i32.store8 (i32.const 0) (i32.const 0x21)) (call $log (i32.const 0) (i32.const 1))',
    )
    expect(text(logs)).toBe('o!')
  })

  test('logs are cut at the limit, and later ones are dropped', async () => {
    const profile = profileWith({ limits: { ...PROFILE_1.limits, logBytes: 5 } })
    const { logs, out } = await run(
      '(call $log (i32.const 0) (i32.const 4)) (call $log (i32.const 4) (i32.const 3)) (call $log (i32.const 0) (i32.const 1))',
      { profile },
    )
    expect([text(logs), out]).toEqual(['one t', { ok: [] }])
  })

  test('a trap keeps what was logged before; out of gas hides it (RECEIPT-7, GAS-3)', async () => {
    const trapped = await run('(call $log (i32.const 0) (i32.const 3)) unreachable')
    expect([text(trapped.logs), trapped.out]).toEqual(['one', { error: { kind: 'trap', code: 'unreachable' } }])
    const broke = await run('(call $log (i32.const 0) (i32.const 3)) (loop (br 0))', { gas: 10n ** 8n })
    expect([text(broke.logs), broke.out]).toEqual(['', { error: { kind: 'trap', code: 'out-of-gas' } }])
  })

  test.each([
    '(i32.const 65536) (i32.const 1)',
    '(i32.const 65535) (i32.const 2)',
    '(i32.const -1) (i32.const 1)',
    '(i32.const 0) (i32.const -1)',
    '(i32.const -1) (i32.const -1)',
  ])('out of bounds: %s', async range => {
    const outcome = await run(`(call $log (i32.const 0) (i32.const 3)) (call $log ${range})`, { gas: 10n ** 12n })
    expect(outcome.out).toEqual({ error: { kind: 'trap', code: 'memory-out-of-bounds' } })
    expect(text(outcome.logs)).toBe('one')
  })

  test('a range may end at the end of the memory, and an empty one may begin there', async () => {
    expect(
      (await run('(call $log (i32.const 65535) (i32.const 1)) (call $log (i32.const 65536) (i32.const 0))')).logs,
    ).toEqual(new Uint8Array(1))
  })

  test('without a memory only an empty range can be logged', async () => {
    expect((await run('(call $log (i32.const 0) (i32.const 0))', {}, '')).out).toEqual({ ok: [] })
    expect((await run('(call $log (i32.const 0) (i32.const 1))', {}, '')).out).toEqual({
      error: { kind: 'trap', code: 'memory-out-of-bounds' },
    })
  })

  test('each byte is charged before the range is checked, even if it is dropped (GAS-16)', async () => {
    const { host } = PROFILE_1.schedule
    const gas = async (length: number, limits = PROFILE_1.limits): Promise<bigint> =>
      (
        await computer.compute({
          ...(await watJob(
            guest('(call $log (i32.const 0) (global.get 0))', `(memory 1) (global i32 (i32.const ${length}))`),
          )),
          profile: profileWith({ limits }),
        })
      ).gasUsed
    const one = await gas(10)
    expect((await gas(11)) - one).toBe(BigInt(host.perUnit))
    expect(await gas(11, { ...PROFILE_1.limits, logBytes: 0 })).toBe(await gas(11))
    const outside = await gas(-10)
    expect(outside - one).toBe(BigInt(host.perUnit) * (2n ** 32n - 20n))
  })

  test('log can be called through a table, by the start function, and as a tail call', async () => {
    const wat = `(module (type $t (func (param i32 i32))) (import "ipvm" "log" (func $log (type $t))) (memory 1) (data (i32.const 0) "abc")
      (table funcref (elem $log)) (func $start (call $log (i32.const 0) (i32.const 1))) (start $start)
      (func (export "f") (call_indirect (type $t) (i32.const 1) (i32.const 1) (i32.const 0)) (return_call $log (i32.const 2) (i32.const 1))))`
    const outcome = await computer.compute(await watJob(wat))
    expect([text(outcome.logs), outcome.out]).toEqual(['abc', { ok: [] }])
  })

  test('an import that is exported can be called as a function', async () => {
    const wat =
      '(module (import "ipvm" "log" (func $log (param i32 i32))) (memory 1) (data (i32.const 0) "abc") (export "f" (func $log)))'
    const outcome = await computer.compute(await watJob(wat, { args: [1n, 2n] }))
    expect([text(outcome.logs), outcome.out]).toEqual(['bc', { ok: [] }])
  })
})
