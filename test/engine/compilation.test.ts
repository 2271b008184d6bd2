/** Hosts that compile no WebAssembly: that is a fault of its own, and no rejection, no trap and no broken entry of an index. */
import { execFileSync } from 'node:child_process'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { compileModule, compileSmall, requireCompilation } from '../../src/base/compile.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import type { PreparedIndex } from '../../src/engine/prepared-index.ts'
import { admit, instrument, PROFILE_1 } from '../../src/index.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { jobOf, watJob } from '../support/jobs.ts'

/** What browsers do on a page whose policy does not allow WebAssembly. */
function forbid(): void {
  vi.spyOn(WebAssembly, 'compile').mockRejectedValue(refusal())
  vi.spyOn(WebAssembly, 'Module').mockImplementation(throwing(refusal()))
}
const refusal = (): Error => new WebAssembly.CompileError('blocked by Content Security Policy')
/** A class that cannot be instantiated. */
const throwing = (error: Error): new () => never =>
  class {
    constructor() {
      throw error
    }
  } as new () => never
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const FORBIDDEN = expect.objectContaining({
  name: 'Fault',
  code: 'compilation-forbidden',
  whose: 'runner',
  retryable: false,
  message: expect.stringContaining("'wasm-unsafe-eval'"),
})
const FIVE = '(module (func (export "f") (result i32) (i32.const 5)))'

describe('on an inline engine', () => {
  test('a task is a fault, and nothing is loaded for instrumentation', async () => {
    const job = await watJob(FIVE)
    forbid()
    const stages: string[] = []
    const run = createInlineEngine().compute(job, { onStage: stage => void stages.push(stage) })
    await expect(run).rejects.toEqual(FORBIDDEN)
    expect(stages).not.toContain('compile')
  })

  test('a prepared module of an index is not taken for a broken one', async () => {
    const kept = new Map<string, Uint8Array>()
    const index: PreparedIndex = { get: key => kept.get(key), put: (key, bytes) => void kept.set(key, bytes) }
    const job = await watJob(FIVE)
    const outcome = await createInlineEngine({ index }).compute(job)
    const module = vi.fn(async () => job.module)
    forbid()
    await expect(createInlineEngine({ index }).compute({ ...job, module })).rejects.toEqual(FORBIDDEN)
    expect(module).not.toHaveBeenCalled()
    vi.restoreAllMocks()
    expect(await createInlineEngine({ index }).compute({ ...job, module })).toEqual(outcome)
  })

  test('a module that is rejected is rejected there as well', async () => {
    const job = jobOf(Uint8Array.of(1, 2, 3))
    const outcome = await createInlineEngine().compute(job)
    forbid()
    expect(await createInlineEngine().compute(job)).toEqual(outcome)
    expect(outcome.out).toMatchObject({ error: { kind: 'rejection' } })
  })

  test('a host without the global object is the same', async () => {
    const job = await watJob(FIVE)
    vi.stubGlobal('WebAssembly', undefined)
    await expect(createInlineEngine().compute(job)).rejects.toEqual(FORBIDDEN)
  })
})

test('instrument says it, too', async () => {
  const { admitted } = admit(await assemble(FIVE), PROFILE_1)
  forbid()
  await expect(instrument(admitted!)).rejects.toEqual(FORBIDDEN)
})

test('invalid code is an error of the engine where other code is compiled', async () => {
  const invalid = Uint8Array.of(0, 0x61, 0x73, 0x6d, 9, 0, 0, 0)
  await expect(compileModule(invalid)).rejects.toBeInstanceOf(WebAssembly.CompileError)
  expect(() => compileSmall(invalid)).toThrow(WebAssembly.CompileError)
  forbid()
  await expect(compileModule(invalid)).rejects.toEqual(FORBIDDEN)
  expect(() => compileSmall(invalid)).toThrow(FORBIDDEN)
})

test('memory that ran out is told from it', () => {
  vi.spyOn(WebAssembly, 'Module').mockImplementation(throwing(new RangeError('WebAssembly.Module(): Out of memory')))
  expect(requireCompilation).toThrow(expect.objectContaining({ code: 'host-memory' }))
})

test('the built code on Node without WebAssembly', () => {
  const script = `
    import { createInlineEngine, PROFILE_1 as profile } from ${JSON.stringify(new URL('../../dist/index.js', import.meta.url).href)}
    const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)
    const job = { key: 'k', module, profile, fun: 'f', abi: 'core', args: [], limits: { gas: 1n, pages: 1 } }
    console.log(JSON.stringify((await createInlineEngine().compute(job)).out))
    const wat = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 4, 1, 2, 0, 11]
    const run = { ...job, key: 'l', module: Uint8Array.from(wat), limits: { gas: 10n ** 9n, pages: 1 } }
    console.log(await createInlineEngine().compute(run).catch(({ code }) => code))`
  const args = ['--no-expose-wasm', '--input-type=module', '-e', script]
  const [first, second] = execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n')
  expect([first, second]).toEqual([
    '{"error":{"kind":"rejection","code":"no-such-function","subject":"f"}}',
    'compilation-forbidden',
  ])
})
