/** The functions of WASI as imports of guests, on engines: in every mode, with gas, and on threads. */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../../src/engine/compute.ts'
import {
  addFile,
  createExecutor,
  createInlineEngine,
  createMemoryStore,
  createTask,
  createVerifier,
} from '../../../src/index.ts'
import { ERRNO } from '../../../src/host/wasi/constants.ts'
import { TABLE } from '../../../src/host/wasi/table.ts'
import type { Outcome } from '../../../src/interface.ts'
import { PROFILE_1 } from '../../../src/profile/v1.ts'
import { PROFILE_1_VIRTUAL } from '../../../src/profile/virtual.ts'
import { assemble } from '../../../wasm-fixtures/wat.ts'
import { trapOf, watJob, type JobInput } from '../../support/jobs.ts'

/** The import of a function, as `$name`. */
function importOf(name: string): string {
  const { type } = TABLE.find(row => row.name === name)!
  const [params, results] = type.split(':') as [string, string]
  const types = (letters: string): string => [...letters].map(letter => (letter === 'I' ? 'i64' : 'i32')).join(' ')
  return `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param ${types(params)}) (result ${types(results)})))`
}

const COMPUTERS = (['fast', 'steady', 'precise'] as const).map(mode => new Computer(mode))

/** The outcome of a call, which must not depend on the first mode. */
async function outcome(wat: string, input: JobInput = {}): Promise<Outcome> {
  const outcomes: Outcome[] = []
  const job = { ...(await watJob(wat, { profile: PROFILE_1, ...input })), key: wat }
  for (const computer of COMPUTERS) outcomes.push(await computer.compute(job))
  // Long logs are compared as text, which is faster.
  const comparable = outcomes.map(came => ({
    ...came,
    logs: Buffer.from(came.logs).toString('latin1'),
    trace: undefined,
  }))
  const [first, ...others] = comparable
  for (const other of others) expect(other).toEqual(first)
  return outcomes[0]!
}

const HELLO = `(module ${importOf('fd_write')} ${importOf('proc_exit')}
  (memory (export "memory") 1)
  (data (i32.const 0) "\\10\\00\\00\\00\\06\\00\\00\\00\\20\\00\\00\\00\\06\\00\\00\\00hello,") (data (i32.const 32) " world")
  (func (export "write") (param i32 i32 i32) (result i32)
    (drop (call $fd_write (local.get 0) (i32.const 0) (local.get 1) (local.get 2)))
    (i32.load (local.get 2)))
  (func (export "errno") (param i32 i32 i32 i32) (result i32)
    (call $fd_write (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
  (func (export "exit") (param i32)
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 2) (i32.const 64)))
    (call $proc_exit (local.get 0))))`

describe('under the ABI core', () => {
  test('both streams are the logs (WASI-9)', async () => {
    const { out, logs } = await outcome(HELLO, { fun: 'write', args: [1n, 2n, 64n] })
    expect([out, new TextDecoder().decode(logs)]).toEqual([{ ok: [12n] }, 'hello, world'])
    expect(new TextDecoder().decode((await outcome(HELLO, { fun: 'write', args: [2n, 1n, 64n] })).logs)).toBe('hello,')
  })

  test('a call costs its flat price and 200 for each unit (WASI-5, GAS-22)', async () => {
    const used = async (...args: bigint[]): Promise<bigint> => (await outcome(HELLO, { fun: 'errno', args })).gasUsed
    const nothing = await used(1n, 0n, 0n, 64n)
    expect((await used(1n, 0n, 1n, 64n)) - nothing).toBe(200n * (64n + 6n))
    expect((await used(1n, 0n, 2n, 64n)) - nothing).toBe(200n * (128n + 12n))
    // The call is refused before it does anything.
    expect(await used(1n, -1n, 1n, 64n)).toBe(nothing)
    const limit = await used(1n, 0n, 2n, 64n)
    expect((await outcome(HELLO, { fun: 'errno', args: [1n, 0n, 2n, 64n], gas: limit })).out).toEqual({ ok: [0n] })
    expect(trapOf(await outcome(HELLO, { fun: 'errno', args: [1n, 0n, 2n, 64n], gas: limit - 1n }))).toBe('out-of-gas')
  })

  test.each([
    [[1n, 65_529n, 1n, 64n], ERRNO.fault],
    [[1n, 0n, 8193n, 64n], ERRNO.fault],
    [[1n, 0n, 8192n, 64n], ERRNO.inval],
    [[1n, 0n, 0xffff_ffffn, 64n], ERRNO.fault],
    [[1n, 0n, 1n, 65_533n], ERRNO.fault],
    [[1n, 16n, 1n, 64n], ERRNO.fault],
    [[4n, 0n, 1n, 64n], ERRNO.badf],
    [[-1n, 0n, 1n, 64n], ERRNO.badf],
    [[3n, 0n, 1n, 64n], ERRNO.badf],
  ])('hostile parameters %s are errno %i, and not a trap (WASI-3)', async (args, errno) => {
    const { out, logs } = await outcome(HELLO, { fun: 'errno', args: args.map(arg => BigInt.asIntN(32, arg)) })
    expect([out, logs.length]).toEqual([{ ok: [BigInt(errno)] }, 0])
  })

  test('full logs are ENOSPC, and earlier bytes are kept (WASI-9)', async () => {
    const wat = `(module ${importOf('fd_write')} (memory (export "memory") 17)
      (func (export "f") (result i32 i32 i32)
        (i32.store (i32.const 4) (i32.const 1048570))
        (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64)))
        (i32.store (i32.const 4) (i32.const 10))
        (drop (call $fd_write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 68)))
        (i32.load (i32.const 64)) (i32.load (i32.const 68))
        (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 64))))`
    const { out, logs } = await outcome(wat)
    expect([out, logs.length]).toEqual([{ ok: [1_048_570n, 6n, BigInt(ERRNO.nospc)] }, 1_048_576])
  })

  test.each([0n, 1n, -1n])(
    'exiting with code %i is the trap abort, with the output in the logs (WASI-8)',
    async code => {
      const { out, logs, trace } = await outcome(HELLO, { fun: 'exit', args: [code] })
      expect([out, new TextDecoder().decode(logs)]).toEqual([
        { error: { kind: 'trap', code: 'abort' } },
        'hello, world',
      ])
      expect(trace?.abort?.message).toBe(`the guest exited with code ${BigInt.asUintN(32, code)}`)
    },
  )

  test('files that a call makes exist until its end, and not in the next call', async () => {
    const wat = `(module ${importOf('path_create_directory')} ${importOf('path_open')} (memory (export "memory") 1)
      (data (i32.const 0) "d/f")
      (func $mkdir (result i32) (call $path_create_directory (i32.const 3) (i32.const 0) (i32.const 1)))
      (func (export "f") (result i32 i32 i32 i32)
        (call $mkdir) (call $mkdir)
        (call $path_open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 1) (i64.const 64) (i64.const 0) (i32.const 0) (i32.const 16))
        (i32.load (i32.const 16))))`
    const computer = new Computer()
    const job = await watJob(wat, { profile: PROFILE_1 })
    for (let i = 0; i < 2; i++)
      expect((await computer.compute(job)).out).toEqual({ ok: [0n, BigInt(ERRNO.exist), 0n, 4n] })
  })

  test('a guest without memory has no valid ranges', async () => {
    const wat = `(module ${importOf('fd_write')}
      (func (export "f") (result i32) (call $fd_write (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0))))`
    expect((await outcome(wat)).out).toEqual({ ok: [BigInt(ERRNO.fault)] })
  })
})

describe('through the public API', () => {
  const WAT = `(module ${importOf('clock_time_get')} ${importOf('random_get')} (memory (export "memory") 1)
    (func (export "f") (result i64 i64 i64)
      (drop (call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 0)))
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 8)))
      (drop (call $random_get (i32.const 16) (i32.const 8)))
      (i64.load (i32.const 0)) (i64.load (i32.const 8)) (i64.load (i32.const 16))))`
  const limits = { gas: 10n ** 10n, pages: 10 }

  test('clock and randomness follow from the task, and a verifier reproduces them (WASI-20, WASI-21)', async () => {
    const store = createMemoryStore()
    const engine = createInlineEngine()
    const mod = await addFile(store, await assemble(WAT))
    const executor = createExecutor({ store, engine, profile: PROFILE_1_VIRTUAL })
    const task = createTask({ mod, fun: 'f', params: [], abi: 'core' })
    const { cid, receipt } = await executor.execute(task, limits)
    const [first, second, random] = (receipt.out as { readonly ok: readonly bigint[] }).ok
    expect([first, second]).toEqual([1_704_067_200_000_000_000n, 1_704_067_200_000_001_000n])
    expect(await createVerifier({ store, engine, profiles: [PROFILE_1_VIRTUAL] }).verify(cid)).toMatchObject({
      verdict: 'reproduced',
    })
    const other = { ...task, nonce: Uint8Array.of(1) }
    const { receipt: another } = await executor.execute(other, limits)
    expect((another.out as { readonly ok: readonly bigint[] }).ok[2]).not.toBe(random)
  })

  test('the pure profile denies them by name (WASI-19)', async () => {
    expect((await outcome(WAT)).out).toMatchObject({
      error: { kind: 'rejection', code: 'import', subject: 'wasi_snapshot_preview1.clock_time_get' },
    })
  })
})
