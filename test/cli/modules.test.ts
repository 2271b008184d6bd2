import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CID } from 'multiformats/cid'
import { describe, expect, test } from 'vitest'
import { admit } from '../../src/admission/admit.ts'
import { featuresOf } from '../../src/admission/features.ts'
import { measuresOf } from '../../src/admission/measures.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { assembled } from '../support/fixtures.ts'
import { bytesOf, CLOCK, FIXTURES, folder, ipvm, ipvmJson, NUMBERS, program } from './support.ts'

describe('features', () => {
  test.each([
    ['(module (func (param i32) (result i32) local.get 0))', []],
    ['(module (table 2 funcref) (func call_indirect (i32.const 0)))', []],
    ['(module (global (export "g") (mut i32) (i32.const 0)))', ['mutable-globals']],
    ['(module (func (result i32) (i32.extend8_s (i32.const 1))))', ['sign-extension']],
    ['(module (func (result i32) (i32.trunc_sat_f32_s (f32.const 1))))', ['saturating-conversions']],
    ['(module (func (result i32 i32) i32.const 1 i32.const 2))', ['multi-value']],
    ['(module (func i32.const 1 block (param i32) drop end))', ['multi-value']],
    ['(module (memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 0))))', ['bulk-memory']],
    ['(module (memory 1) (data "passive"))', ['bulk-memory']],
    ['(module (func (param externref)))', ['reference-types']],
    ['(module (func (local v128)))', ['simd']],
    ['(module (func $f return_call $f))', ['tail-calls']],
    [
      '(module (func (result v128 v128) v128.const i32x4 0 0 0 0 v128.const i32x4 0 0 0 0) (func $f return_call $f))',
      ['multi-value', 'simd', 'tail-calls'],
    ],
  ])('%s uses %j', async (text, features) => expect(featuresOf(await assemble(text), PROFILE_1)).toEqual(features))

  test('even of a module that is rejected for its imports', async () => {
    expect(featuresOf(await assemble('(module (import "a" "b" (func)) (func (local v128)))'), PROFILE_1)).toEqual([
      'simd',
    ])
  })
})

test('measures count what the limits count', async () => {
  const { module } = await assembled(`(module
    (import "env" "abort" (func (param i32 i32 i32 i32)))
    (table 7 funcref) (memory 1) (global i32 (i32.const 0)) (elem (i32.const 0) 1 1 1)
    (data (i32.const 0) "a") (data (i32.const 8) "b")
    (func (export "wide") (param i64 i64) (result i32) (local i32 v128)
      (block (block (block (br_table 0 1 2 1 0 (i32.const 0)))))
      (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3)))))`)
  expect(measuresOf(module)).toEqual({
    moduleBytes: module.bytes.length,
    totalBytes: module.bytes.length,
    types: 2,
    params: 4,
    results: 1,
    imports: 1,
    functions: 2,
    tables: 1,
    tableSlots: 7,
    globals: 1,
    exports: 1,
    exportedWords: 3,
    nameBytes: 5,
    elementSegments: 1,
    elements: 3,
    dataSegments: 2,
    bodyBytes: module.bodies[0]!.end - module.bodies[0]!.start,
    locals: 4,
    totalLocalWords: 5,
    treeDepth: 9,
    operandHeight: 3,
    branchTargets: 5,
    totalBranchTargets: 5,
    keptValues: 0,
    parameterLoops: 0,
    carriedValues: 0,
  })
})

test('a limit equal to the count admits the module, and one less does not', () => {
  const bytes = bytesOf(program('json'))
  const { module } = admit(bytes, PROFILE_1).admitted!
  for (const [name, has] of Object.entries(measuresOf(module))) {
    if (has === 0) continue
    const under = (limit: number): boolean =>
      admit(bytes, { ...PROFILE_1, limits: { ...PROFILE_1.limits, [name]: limit } }).admitted !== undefined
    expect([name, under(has), under(has - 1)]).toEqual([name, true, false])
  }
})

describe('inspect', () => {
  test('an admitted module', async () => {
    const { code, json } = await ipvmJson(['inspect', program('greet')])
    expect(code).toBe(0)
    expect(json).toMatchObject({
      verdict: 'admitted',
      profile: 'ipvm-wasm/1-draft',
      size: 7715,
      findings: [],
      features: ['bulk-memory'],
      limits: { moduleBytes: { has: 7715, limit: PROFILE_1.limits.moduleBytes }, imports: { has: 1, limit: 1000 } },
    })
    expect(json['imports']).toEqual([
      {
        module: 'env',
        name: 'abort',
        kind: 'function',
        type: '(i32, i32, i32, i32) → ()',
        verdict: 'granted',
        reason: 'the profile provides it as assemblyscript/abort@1',
        offset: expect.any(Number),
        count: 1,
      },
    ])
    expect(json['exports']).toContainEqual({ name: 'greet', kind: 'function', type: '(i32) → i32', abi: 'core' })
    expect(json['exports']).toContainEqual({ name: 'memory', kind: 'memory', type: '1 or more pages' })
    expect(json).not.toHaveProperty('rejection')
  })

  test('--call without a function is wrong usage', async () => {
    const words = ['inspect', program('fibonacci'), '--call', '--abi', 'core']
    expect(await ipvm(words)).toMatchObject({ code: 64, stderr: expect.stringContaining('name of a function') })
  })

  test('a reactor is named as such (GAS-21)', async () => {
    const text = '(module (func (export "_initialize")) (func (export "f")))'
    const cwd = folder({
      'reactor.wasm': await assemble(text),
      'command.wasm': await assemble(text.replace('"f"', '"_start"')),
    })
    expect((await ipvm(['inspect', 'reactor.wasm'], { cwd })).stdout).toMatch(/a reactor: `_initialize` runs first/)
    expect((await ipvm(['inspect', 'command.wasm'], { cwd })).stdout).toMatch(
      /kind +a command: `_start` is its whole program, and `_initialize` does not run before other calls/,
    )
    writeFileSync(join(cwd, 'typed.wasm'), await assemble(text.replace('"_initialize")', '"_initialize") (param i32)')))
    expect((await ipvm(['inspect', 'typed.wasm'], { cwd })).stdout).toMatch(
      /kind +no reactor: `_initialize` is \(i32\) → \(\) instead of \(\) → \(\)/,
    )
    expect((await ipvmJson(['inspect', 'reactor.wasm'], { cwd })).json).toMatchObject({ reactor: true })
    expect((await ipvmJson(['inspect', 'command.wasm'], { cwd })).json).toMatchObject({ reactor: false })
  })

  test('a rejected one, with name, reason and offset', async () => {
    const cwd = folder({ 'clock.wasm': CLOCK })
    const { code, json } = await ipvmJson(['inspect', 'clock.wasm'], { cwd })
    expect(code).toBe(1)
    expect(json).toMatchObject({
      verdict: 'rejected',
      rejection: { kind: 'rejection', code: 'import', subject: 'env.Date.now', offset: expect.any(Number) },
      imports: [
        { module: 'env', name: 'Date.now', verdict: 'denied', reason: 'a clock gives another answer each time' },
      ],
      exports: [{ name: 'run', type: '(i32) → ()' }],
    })
    const { stdout } = await ipvm(['inspect', 'clock.wasm'], { cwd })
    expect(stdout).toMatch(
      /^verdict +rejected under .*\n +at byte \d+: import env\.Date\.now: a clock gives another answer each time$/m,
    )
  })

  test('the bytes ABI is recognised, and lines fit', async () => {
    const { stdout } = await ipvm(['inspect', program('json')])
    expect(stdout).toMatch(/ census +\(i32, i32\) → i64 +bytes\n/)
    expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(100)
  })

  test('each import is listed once, with advice', async () => {
    const twice = '(import "env" "seed" (func (result f64)))'
    const cwd = folder({
      'm.wasm': await assemble(`(module ${twice} ${twice} (import "env" "seed" (func (result f32))))`),
    })
    const { json } = await ipvmJson(['inspect', 'm.wasm'], { cwd })
    expect(json['imports']).toMatchObject([
      { type: '() → f64', count: 2 },
      { type: '() → f32', count: 1 },
    ])
    expect(json['advice']).toEqual([expect.stringContaining('asc --use seed=')])
    const { stdout } = await ipvm(['inspect', 'm.wasm'], { cwd })
    expect(stdout.match(/env\.seed/g)).toHaveLength(3)
    expect(stdout).toContain('env.seed (2 times)')
    expect(stdout).toMatch(/^advice +AssemblyScript's Math\.random asks for it\./m)
  })

  test('limits only near the bound, or all of them', async () => {
    const cwd = folder({ 'm.wasm': await assemble(`(module (func (export "f") (param ${'i32 '.repeat(220)})))`) })
    const near = (await ipvm(['inspect', 'm.wasm'], { cwd })).stdout
    expect(near).toMatch(/^limits +params +220 +of 255\n$/m)
    const all = (await ipvm(['inspect', 'm.wasm', '--limits'], { cwd })).stdout
    expect(all).toMatch(/^limits +moduleBytes .*\n +totalBytes .*\n +types .*\n +params +220 +of 255\n/m)
    expect((await ipvm(['inspect', program('json')])).stdout).toContain('far from all of them (--limits shows them)')
  })

  test('names of a module cannot reach the terminal', async () => {
    const cwd = folder({ 'names.wasm': await assemble('(module (func (export "a\\1b[2J")))') })
    const { stdout } = await ipvm(['inspect', 'names.wasm'], { cwd })
    expect(stdout).toContain('a\\x1b[2J')
    expect(stdout).not.toContain('\u001b')
  })
})

describe('instrument', () => {
  test('writes a module that the engine accepts', async () => {
    const cwd = folder({ 'numbers.wasm': NUMBERS })
    const { code, json } = await ipvmJson(['instrument', 'numbers.wasm', '-o', 'out.wasm'], { cwd })
    const bytes = bytesOf(join(cwd, 'out.wasm'))
    expect(code).toBe(0)
    expect(json).toEqual({ module: expect.any(CID), file: 'out.wasm', size: bytes.length })
    expect(WebAssembly.validate(bytes)).toBe(true)
    expect(bytes.length).toBeGreaterThan(NUMBERS.length)
  })

  test('rejects modules, and needs an output file', async () => {
    const cwd = folder({ 'clock.wasm': CLOCK })
    const { code, json } = await ipvmJson(['instrument', 'clock.wasm', '-o', 'out.wasm'], { cwd })
    expect(code).toBe(1)
    expect(json).toMatchObject({ rejection: { code: 'import', subject: 'env.Date.now' } })
    expect((await ipvm(['instrument', 'clock.wasm'], { cwd })).code).toBe(64)
  })
})

describe('classify', () => {
  const seed = (on: string, using: string, rest: object = {}): string =>
    JSON.stringify({ type: 'ipvm/task', version: '0.1.0', on, using, run: { args: [1] }, ...rest })

  test('a module that is admitted is deterministic, and the seed is a task', async () => {
    const cwd = folder()
    const cid = (await ipvm(['add', program('json')], { cwd })).stdout.trim()
    const { code, json } = await ipvmJson(['classify', '-'], {
      cwd,
      input: seed('ipvm/wasm', cid, { safety: 'deterministic' }),
    })
    expect(code).toBe(0)
    expect(json).toEqual({
      kind: 'pure-function',
      class: 'deterministic',
      proved: true,
      tuple: ['ipvm/wasm', 'deterministic'],
      guarantees: { retry: 'safe', race: 'safe', cache: 'forever', voucher: 're-execution', lock: 'none' },
      evidence: [{ what: 'admission', says: 'the module is admitted: it can only compute' }],
      task: {
        cmd: '/wasm/run',
        args: { mod: CID.parse(cid), fun: 'run', params: [1], abi: 'core' },
        nonce: new Uint8Array(),
      },
    })
  })

  test('a module that is rejected is not deterministic', async () => {
    const cwd = folder({ 'clock.wasm': CLOCK })
    const cid = (await ipvm(['add', 'clock.wasm'], { cwd })).stdout.trim()
    const declared = await ipvmJson(['classify', '-'], {
      cwd,
      input: seed('ipvm/wasm', cid, { safety: 'deterministic' }),
    })
    expect(declared.code).toBe(2)
    expect(declared.json).toMatchObject({ fault: { code: 'class-mismatch', whose: 'requestor' } })
    expect((await ipvmJson(['classify', '-'], { cwd, input: seed('ipvm/wasm', cid) })).json).toMatchObject({
      class: 'destructive',
      proved: true,
    })
  })

  test('for a module that needs virtual time, the profile that admits it is named', async () => {
    const cwd = folder()
    const cid = (await ipvm(['add', join(FIXTURES, 'wasi/tally/tally.wasm')], { cwd })).stdout.trim()
    const { json } = await ipvmJson(['classify', '-'], { cwd, input: seed('ipvm/wasm', cid) })
    expect(json).toMatchObject({
      class: 'deterministic',
      proved: true,
      evidence: [
        { what: 'admission', says: expect.stringContaining('admitted under ipvm-wasm/1-virtual-draft, whose') },
      ],
    })
  })

  test('a missing module is no evidence', async () => {
    const { code, json, stderr } = await ipvmJson(['classify', '-'], {
      cwd: folder(),
      input: seed('ipvm/wasm', 'bafkreidziarjr3uh2owfcc2uqgtxm6gxqesy6fl6xyu72cmnc3d3xra3gq'),
    })
    expect(code).toBe(0)
    expect(json).toMatchObject({ class: 'deterministic', proved: false })
    expect(stderr).toContain('its class cannot be proved')
  })

  test('the counter-example of the seed is refused, files are read', async () => {
    const cwd = folder({
      'web.json': seed('web', 'https://example.com', { safety: 'deterministic' }),
      'put.json': '{"do": "http/put", "with": "https://example.com"}',
      bad: '{',
    })
    const { code, stderr } = await ipvm(['classify', 'web.json'], { cwd })
    expect(code).toBe(2)
    expect(stderr).toContain(
      'fault (class-mismatch): Declared deterministic, yet the evidence carries nondestructive only',
    )
    const put = await ipvm(['classify', 'put.json'], { cwd })
    expect(put.stdout).toMatch(/^class +destructive\nkind +idempotent-command\nretry +safe\nrace +unsafe\n/)
    expect((await ipvm(['classify', 'bad'], { cwd })).code).toBe(64)
    expect(readFileSync(join(cwd, 'bad'), 'utf8')).toBe('{')
  })
})

describe('inspect --call prints the cost of a call before it begins', () => {
  test('with the arguments of run, and nothing is stored', async () => {
    const cwd = folder()
    const words = ['inspect', program('sha256'), '--abi', 'bytes', '--call', 'hash', 'x'.repeat(3000)]
    const { call } = (await ipvmJson<{ call: { estimate: { parameters: number } } }>(words, { cwd })).json
    const { host } = PROFILE_1.schedule
    expect(call.estimate.parameters).toBe(host.flat + 3000 * host.perUnit)
    const said = await ipvm(words, { cwd })
    expect(said.stdout).toMatch(/^call +hash \(bytes\) takes at least [\d_]+ gas and \d+ pages? before it begins$/m)
    expect(readdirSync(cwd)).toEqual([])
  })

  test('a call that cannot begin has its reason printed', async () => {
    const { stdout, code } = await ipvm(['inspect', program('sha256'), '--call', 'nothing'])
    expect(stdout).toContain('Rejected: the module exports no function "nothing".')
    expect(code).toBe(0)
  })

  test('--abi alone is wrong usage', async () => {
    expect((await ipvm(['inspect', program('sha256'), '--abi', 'core'])).code).toBe(64)
  })
})
