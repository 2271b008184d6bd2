/** Host functions that fail, that are missing, or that exceed their grants are faults. */
import { describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { HostFunctions } from '../../src/host/registry.ts'
import type { HostModule } from '../../src/host/host-module.ts'
import { createProcessEngine, createThreadEngine } from '../../src/node.ts'
import { MODES } from '../support/instrumented.ts'
import { watJob, type JobInput } from '../support/jobs.ts'
import { HOST_MODULE, HOST_PROFILE } from './host.ts'

const LIES = (how: number): string => `(module (import "test" "lies" (func $lies (param i32) (result i32)))
  (func (export "again") (param i32) (result i32) (local.get 0))
  (func (export "f") (result i32) (call $lies (i32.const ${how}))))`
const THROWS = (how: number): string => `(module (import "test" "throw" (func $throw (param i32)))
  (func (export "f") (call $throw (i32.const ${how}))))`

const hosting = (wat: string, input: JobInput = {}) => watJob(wat, { profile: HOST_PROFILE, ...input })

describe.each(MODES)('in the mode %s', mode => {
  const computer = new Computer(mode, { hostModules: [HOST_MODULE] })

  test.each([
    ['a foreign error', 0, 'host-function-failed'],
    ['an error that looks like a trap', 1, 'host-function-failed'],
    ['a thrown value that cannot be read', 2, 'host-function-failed'],
    ['undefined', 3, 'host-function-failed'],
    ['an error that reports a stack overflow', 4, 'host-stack'],
  ])('%s that a host function throws is a fault (PROFILE-29, RECEIPT-11)', async (_, how, code) => {
    await expect(computer.compute(await hosting(THROWS(how)))).rejects.toMatchObject({ name: 'Fault', code })
  })

  test.each([0, 1, 2, 3, 4, 5, 6, 7])(
    'results of another form and forbidden abilities are faults: case %i (PROFILE-29)',
    async how => {
      const fault = computer.compute(await hosting(LIES(how)))
      await expect(fault).rejects.toMatchObject({ name: 'Fault', code: 'host-function-failed', whose: 'runner' })
    },
  )

  test('a run whose gas has run out before is out of gas (PROFILE-29)', async () => {
    const job = await hosting(THROWS(0))
    const { price } = (await computer.moduleInfo(job.key, { source: () => Promise.resolve(job) })) as { price: bigint }
    const out = { error: { kind: 'trap', code: 'out-of-gas' } }
    expect(await computer.compute({ ...job, limits: { gas: price + 5n, pages: 0 } })).toMatchObject({ out })
  })

  test('a fault that follows from a NaN in a repeated attempt is not reported (PROFILE-29)', async () => {
    const wat = `(module (import "test" "picky" (func $picky (param f64)))
      (func (export "f") (param f64) (local i32)
        (loop $l (call $picky (f64.div (local.get 0) (local.get 0)))
          (br_if $l (i32.lt_u (local.tee 1 (i32.add (local.get 1) (i32.const 1))) (i32.const 30))))))`
    const { out } = await computer.compute(await hosting(wat, { args: [new Uint8Array(8)] }))
    expect(out).toEqual({ ok: [] })
  })

  test('each attempt has a new state, made from the parameters (PROFILE-27)', async () => {
    const wat = `(module (import "test" "count" (func $count (result i32))) (import "test" "first" (func $first (result i64)))
      (func (export "f") (param i64 i32) (result i32 i64)
        (drop (call $count)) (call $count) (call $first) (drop (i32.div_u (i32.const 1) (local.get 1)))))`
    const job = await hosting(wat, { args: [-9n, 1n] })
    expect((await computer.compute(job)).out).toEqual({ ok: [2n, -9n] })
    expect((await computer.compute(job)).out).toEqual({ ok: [2n, -9n] })
    expect((await computer.compute({ ...job, args: [-9n, 0n] })).out).toMatchObject({
      error: { code: 'divide-by-zero' },
    })
  })

  test('sinks other than the logs are not part of the outcome', async () => {
    const wat = `(module (import "test" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "ipvm" "log" (func $log (param i32 i32))) (memory 1) (data (i32.const 0) "abcdef")
      (func (export "f") (param i32) (result i32)
        (call $log (i32.const 4) (i32.const 2)) (drop (call $write (i32.const 0) (i32.const 2) (i32.const 0)))
        (call $write (i32.const 1) (i32.const 2) (local.get 0))))`
    const job = await hosting(wat, { args: [0n] })
    const logs = new TextEncoder().encode('ef')
    expect(await computer.compute(job)).toMatchObject({ out: { ok: [4n] }, logs })
    expect(await computer.compute({ ...job, args: [1n] })).toMatchObject({
      out: { ok: new TextEncoder().encode('abbc') },
      logs,
    })
  })

  test('a result beyond valueBytes is a violation of the ABI (PROFILE-28)', async () => {
    const limits = { ...HOST_PROFILE.limits, valueBytes: 3 }
    const wat = `(module (import "test" "quit" (func $quit (param i32 i32))) (memory 1)
      (func (export "f") (param i32) (call $quit (i32.const 0) (local.get 0))))`
    const job = await hosting(wat, { args: [3n], profile: { ...HOST_PROFILE, limits } })
    expect((await computer.compute(job)).out).toEqual({ ok: new Uint8Array(3) })
    expect((await computer.compute({ ...job, args: [4n] })).out).toMatchObject({ error: { code: 'abi-violation' } })
  })
})

describe('a grant without a host function', () => {
  const wat = `(module (import "test" "count" (func $count (result i32))) (func (export "f") (result i32) (call $count))
    (func (export "g") (param i32) (result i32) (local.get 0)))`

  test('is a fault of the runner when a module that imports it would run (PROFILE-30)', async () => {
    const computer = new Computer()
    const fault = { code: 'unknown-host-function', whose: 'runner', retryable: false }
    await expect(computer.compute(await hosting(wat))).rejects.toMatchObject({
      ...fault,
      detail: { semantics: 'test/count@1', type: ':i' },
      message: expect.stringContaining('test.count as test/count@1') as string,
    })
    // This does not depend on whether the called function uses the import.
    await expect(computer.compute(await hosting(wat, { fun: 'g', args: [1n] }))).rejects.toMatchObject(fault)
  })

  test('does not change outcomes that are decided before the module runs (PROFILE-30)', async () => {
    const computer = new Computer()
    expect((await computer.compute(await hosting(wat, { fun: 'h' }))).out).toMatchObject({
      error: { code: 'no-such-function' },
    })
    expect((await computer.compute(await hosting(wat, { gas: 5n }))).out).toMatchObject({
      error: { code: 'out-of-gas' },
    })
    expect((await computer.compute(await hosting('(module (func (export "f")))'))).out).toEqual({ ok: [] })
  })

  test('is also one whose function has another type (PROFILE-30)', async () => {
    const grants = HOST_PROFILE.grants.map(grant => (grant.name === 'count' ? { ...grant, type: ':I' } : grant))
    const other = wat
      .replace('(func $count (result i32))', '(func $count (result i64))')
      .replace('(result i32) (call', '(result i64) (call')
    const job = await watJob(other, { profile: { ...HOST_PROFILE, grants } })
    await expect(new Computer('fast', { hostModules: [HOST_MODULE] }).compute(job)).rejects.toMatchObject({
      code: 'unknown-host-function',
      message: expect.stringContaining('has one of type :i') as string,
    })
  })
})

describe('modules of host functions', () => {
  const engines = [createInlineEngine, createThreadEngine, createProcessEngine] as const
  test.each(engines)('are named by absolute URLs: %o', create => {
    for (const hostModules of [['./functions.mjs'], [''], 'functions.mjs', [7]] as unknown as string[][])
      expect(() => create({ hostModules })).toThrow(expect.objectContaining({ code: 'bad-usage' }) as Error)
  })

  test('must exist and have the required form', async () => {
    const wat = '(module (import "ipvm" "log" (func (param i32 i32))) (func (export "f")))'
    for (const url of ['file:///nowhere/functions.mjs', 'data:text/javascript,throw%201', 'data:text/javascript,'])
      await expect(new Computer('fast', { hostModules: [url] }).compute(await watJob(wat))).rejects.toMatchObject({
        code: 'bad-usage',
      })
    const bad = (module: unknown) => () => new HostFunctions([['it', module]])
    for (const module of [
      {},
      { functions: [] },
      { functions: { 'a/b@1': null } },
      { functions: { 'a/b@1': { type: ':' } } },
      { functions: { 'a/b@1': { type: 7, run: () => {} } } },
      { functions: {}, begin: 1 },
    ])
      expect(bad(module)).toThrow(expect.objectContaining({ code: 'bad-usage' }) as Error)
  })

  test('cannot replace an existing function', () => {
    const module: HostModule = { functions: { 'ipvm/log@1': { type: 'ii:', run: () => {} } } }
    expect(() => new HostFunctions([['it', module]])).toThrow('two host modules have functions of ipvm/log@1')
  })
})
