/** A prepared module runs again without its bytes, with the same outcome. An entry that is not valid is made again. */
import { describe, expect, test } from 'vitest'
import { isRejection } from '../../src/abi/lookup.ts'
import { Computer, type Job } from '../../src/engine/compute.ts'
import { decodePrepared, encodePrepared } from '../../src/engine/module-info.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { admitModule } from '../../src/engine/admit-module.ts'
import type { PreparedIndex } from '../../src/engine/prepared-index.ts'
import type { Stage } from '../../src/engine/preparer.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { programs } from '../support/fixtures.ts'
import { jobOf, watJob } from '../support/jobs.ts'
import { program, WATS } from '../support/tasks.ts'

/** An index in memory that counts its calls. */
class TestIndex implements PreparedIndex {
  readonly entries = new Map<string, Uint8Array>()
  found = 0

  get(key: string): Uint8Array | undefined {
    const entry = this.entries.get(key)
    if (entry !== undefined) this.found++
    return entry
  }

  put(key: string, bytes: Uint8Array): void {
    this.entries.set(key, bytes)
  }
}

/** A copy of the job that fails if its module is requested. */
const bare = (job: Job): Job => ({ ...job, module: unasked })
const unasked = (): Promise<never> => Promise.reject(new Error(ASKED))
const ASKED = 'the module is asked for'

describe('the index', () => {
  test('a prepared module needs neither bytes nor profile', async () => {
    const index = new TestIndex()
    const job = await watJob(WATS.add, { args: [40n, 2n] })
    await expect(new Computer('fast', { index }).compute(bare(job))).rejects.toThrow(ASKED)
    const outcome = await new Computer('fast', { index }).compute(job)
    expect([...index.entries.keys()]).toEqual([`${job.key} fast`])
    expect(await new Computer('fast', { index }).compute(bare(job))).toEqual(outcome)
    expect(outcome.out).toEqual({ ok: [42n] })
    // A module in memory is not requested again.
    const computer = new Computer('fast', { index })
    await computer.compute(bare(job))
    index.found = 0
    expect(await computer.compute(bare(job))).toEqual(outcome)
    expect(index.found).toBe(0)
  })

  test('a trap needs the precise mode, for which the module is requested once', async () => {
    const index = new TestIndex()
    const job = await watJob(
      `(module (func (export "f") (param i32) (result i32) (i32.div_u (i32.const 9) (local.get 0))))`,
      { args: [3n] },
    )
    expect((await new Computer('fast', { index }).compute(job)).out).toEqual({ ok: [3n] })
    const failing = { ...job, args: [0n] }
    const computer = new Computer('fast', { index })
    await expect(computer.compute(bare(failing))).rejects.toThrow(ASKED)
    const outcome = await computer.compute(failing)
    expect(outcome).toEqual(await new Computer('precise').compute(failing))
    expect([...index.entries.keys()]).toEqual([`${job.key} fast`, `${job.key} precise`])
    expect(await new Computer('fast', { index }).compute(bare(failing))).toEqual(outcome)
  })

  test('a trap that the precise mode does not confirm is a fault', async () => {
    const index = new TestIndex()
    const trap = await watJob('(module (func (export "f") (result i32) unreachable))')
    const well = await watJob('(module (func (export "f") (result i32) (i32.const 1)))')
    await new Computer('precise', { index }).compute(well)
    index.entries.set(`${trap.key} precise`, index.entries.get(`${well.key} precise`)!)
    await expect(new Computer('fast', { index }).compute(trap)).rejects.toMatchObject({ code: 'internal' })
  })

  test.each<[string, (entry: Uint8Array) => Uint8Array]>([
    ['nothing', () => new Uint8Array(0)],
    ['noise', entry => entry.map((byte, i) => byte ^ i)],
    ['module info alone', entry => entry.subarray(0, 60)],
    ['code that the engine does not compile', entry => entry.map((byte, i) => (i > entry.length - 20 ? 0 : byte))],
  ])('%s in the place of an entry is made anew', async (_, damage) => {
    const index = new TestIndex()
    const job = await watJob(WATS.add, { args: [1n, 2n] })
    const outcome = await new Computer('fast', { index }).compute(job)
    const [key, entry] = [...index.entries][0]!
    index.entries.set(key, damage(entry))
    await expect(new Computer('fast', { index }).compute(bare(job))).rejects.toThrow(ASKED)
    expect(await new Computer('fast', { index }).compute(job)).toEqual(outcome)
    expect(index.entries.get(key)).toEqual(entry)
  })

  test('a rejection is stored, too', async () => {
    const index = new TestIndex()
    const job = await watJob(WATS.clock)
    const computer = new Computer('fast', { index })
    const outcome = await computer.compute(job)
    expect(outcome.out).toMatchObject({ error: { kind: 'rejection', code: 'import' } })
    expect(await computer.compute(bare(job))).toEqual(outcome)
    expect([...index.entries.keys()]).toEqual([`${job.key} fast`])
    expect(await new Computer('fast', { index }).compute(bare(job))).toEqual(outcome)
    expect(isRejection(await new Computer('fast', { index }).moduleInfo(job.key, { source: unasked }))).toBe(true)
  })

  test('two jobs at once prepare a module once', async () => {
    const index = new TestIndex()
    const stages: Stage[] = []
    const engine = createInlineEngine({ index })
    const job = await watJob(WATS.add, { args: [1n, 2n] })
    const onStage = (stage: Stage): unknown => stages.push(stage)
    const outcomes = await Promise.all([1, 2, 3].map(() => engine.compute(job, { onStage })))
    expect(outcomes.map(({ out }) => out)).toEqual([1, 2, 3].map(() => ({ ok: [3n] })))
    expect(stages).toEqual(['admit', 'instrument', 'compile', 'run'])
    await engine.compute(job, { onStage })
    expect(stages).toHaveLength(4)
  })
})

describe('a source that fails', () => {
  test('fails its own job, and not those that wait for the same module', async () => {
    const engine = createInlineEngine()
    const job = await watJob(WATS.add, { args: [1n, 2n] })
    let asked = 0
    const flaky: Job = { ...job, module: async () => (asked++ === 0 ? unasked() : job.module) }
    const ends = await Promise.allSettled([1, 2, 3].map(() => engine.compute(flaky)))
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(asked).toBe(2)
  })
})

describe('module info', () => {
  test.each(programs())('of %s come back from bytes as they were', name => {
    const { info } = admitModule(program(name), PROFILE_1)
    if ('kind' in info) return expect.unreachable('it is admitted')
    const code = Uint8Array.of(1, 2, 3)
    expect(decodePrepared(encodePrepared(info, code))).toEqual({ info, code })
    expect(info.callable.functions.length).toBeLessThanOrEqual(info.callable.exports.length)
  })

  test('names that are not ASCII, a NUL, and two exports of one function', async () => {
    const wat =
      '(module (global i32 (i32.const 5)) (func) (func (param f64) (result v128) unreachable) (export "\\c3\\a9\\00" (func 1)) (export "b" (func 1)) (export "g" (global 0)))'
    const { info } = admitModule((await watJob(wat)).module, PROFILE_1)
    if ('kind' in info) return expect.unreachable('it is admitted')
    const { info: decoded } = decodePrepared(encodePrepared(info))
    if ('kind' in decoded) return expect.unreachable('it was none')
    expect(decoded.callable.exports.map(({ name, index }) => [name, index])).toEqual([
      ['é\0', 0],
      ['b', 0],
      ['g', 0],
    ])
    expect(decoded.callable.functions).toEqual([{ params: [0x7c], results: [0x7b] }])
    expect(decoded.callable.globals).toEqual([{ type: 0x7f, mutable: false, init: 5 }])
  })
})

describe('the module cache is bounded', () => {
  test('the least recently used modules are dropped', async () => {
    const computer = new Computer('fast', { keptBytes: 10_000 })
    const jobs = await Promise.all(
      [1, 2, 3, 4].map(n => watJob(`(module (func (export "f") (result i32) (i32.const ${n})))`)),
    )
    for (const [i, job] of jobs.entries()) expect((await computer.compute(job)).out).toEqual({ ok: [BigInt(i + 1)] })
    expect(
      await Promise.all(
        jobs.map(job =>
          computer.compute(bare(job)).then(
            () => 'kept',
            () => 'gone',
          ),
        ),
      ),
    ).toEqual(['gone', 'gone', 'kept', 'kept'])
  })

  test('a module that is larger than the bound is kept while it is the latest', async () => {
    const computer = new Computer('fast', { keptBytes: 10 })
    const job = jobOf(program('json'), { fun: 'minify', abi: 'bytes', args: ['[1, 2]'] })
    const outcome = await computer.compute(job)
    expect(await computer.compute(bare(job))).toEqual(outcome)
    await computer.compute(await watJob(WATS.add, { args: [1n, 2n] }))
    await expect(computer.compute(bare(job))).rejects.toThrow(ASKED)
  })
})
