/** The output of instrumentation is always the same, is valid, and has no more locals than the bound. */
import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { Computer } from '../../src/engine/compute.ts'
import type { Module } from '../../src/wasm/module.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import {
  admissibleFixtures,
  admitted,
  declaredLocals,
  digest,
  instrumentedBytes,
  MODES,
  readBack,
} from '../support/instrumented.ts'
import { jobOf } from '../support/jobs.ts'
import * as shapes from '../support/shapes.ts'

let fixtures: [string, Uint8Array][]
/** The instrumented fixtures, by mode and name. */
const emitted = new Map<string, Uint8Array>()
beforeAll(async () => {
  fixtures = await admissibleFixtures()
  for (const mode of MODES)
    for (const [name, bytes] of fixtures) emitted.set(`${mode} ${name}`, await instrumentedBytes(bytes, mode))
}, 120_000)

test('there are fixtures', () => expect(fixtures.length).toBeGreaterThan(100))

describe.each(MODES)('%s: every fixture', mode => {
  test('is instrumented to the same bytes twice, and in another process', async () => {
    const here = new Map<string, string>()
    for (const [name, bytes] of fixtures) {
      const once = digest(emitted.get(`${mode} ${name}`)!)
      expect(digest(await instrumentedBytes(bytes, mode)), name).toBe(once)
      here.set(name, once)
    }
    const built = (file: string): string => JSON.stringify(new URL(`../../dist/${file}`, import.meta.url).href)
    // In reverse order, since earlier modules must not affect later ones.
    const there = execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
      import { createHash } from 'node:crypto'
      import { readFileSync } from 'node:fs'
      import { admit } from ${built('admission/admit.js')}
      import { instrument } from ${built('instrument/instrument.js')}
      import { PROFILE_1 } from ${built('profile/v1.js')}
      const found = {}
      for (const [name, bytes] of JSON.parse(readFileSync(0, 'utf8')).reverse()) {
        const instrumented = await instrument(admit(new Uint8Array(Buffer.from(bytes, 'base64')), PROFILE_1).admitted, '${mode}')
        found[name] = createHash('sha256').update(instrumented.bytes).digest('hex')
      }
      console.log(JSON.stringify(found))`,
      ],
      {
        input: JSON.stringify(fixtures.map(([name, bytes]) => [name, Buffer.from(bytes).toString('base64')])),
        maxBuffer: 2 ** 24,
      },
    )
    expect(JSON.parse(there.toString())).toEqual(Object.fromEntries(here))
  }, 180_000)

  test('gives a module that the engine and our own validator accept', () => {
    for (const [name] of fixtures) {
      const instrumented = emitted.get(`${mode} ${name}`)!
      expect(WebAssembly.validate(instrumented as Uint8Array<ArrayBuffer>), name).toBe(true)
      expect(() => readBack(instrumented), name).not.toThrow()
    }
  })

  test('gives a module without a start section, which exports only the meter, the memory and the start besides', () => {
    for (const [name, bytes] of fixtures) {
      const before = admitted(bytes).module
      const after = readBack(emitted.get(`${mode} ${name}`)!)
      expect(after.start, name).toBeUndefined()
      const own = after.exports
        .map(entry => entry.name)
        .filter(text => text.startsWith('ipvm:') && text !== 'ipvm:memory' && text !== 'ipvm:start')
      const watches = mode === 'fast' && own.includes('ipvm:watches') ? ['ipvm:watches'] : []
      const grows = own.includes('ipvm:pages') ? ['ipvm:pages', 'ipvm:refused'] : []
      expect(own.sort(), name).toEqual(['ipvm:gas', ...grows, 'ipvm:trap', ...watches])
      expect(
        after.exports.some(entry => entry.name === 'ipvm:start'),
        name,
      ).toBe(before.start !== undefined)
      const imported = (entries: readonly { readonly module: string; readonly name: string }[]): string[] =>
        [...new Set(entries.map(entry => `${entry.module}.${entry.name}`))].sort()
      expect(imported(after.imports), name).toEqual(imported(before.imports))
    }
  })
})

test('limits are not part of the bytes: one prepared module serves all limits (PROFILE-16)', async () => {
  const computer = new Computer()
  const bytes = await assemble(`(module (memory 1) (func (export "f") (result i32)
    (drop (memory.grow (i32.const 2))) (drop (memory.grow (i32.const 2))) (memory.size)))`)
  const job = jobOf(bytes)
  const seen = []
  for (const pages of [1, 3, 4, 5]) {
    const { out, growRefused, peakPages } = await computer.compute({ ...job, limits: { gas: 10n ** 9n, pages } })
    seen.push([pages, 'ok' in out ? out.ok : out.error.code, growRefused, peakPages])
  }
  expect(seen).toEqual([
    [1, [1n], true, 1],
    [3, [3n], true, 3],
    [4, [3n], true, 3],
    [5, [5n], false, 5],
  ])
})

/**
 * The number of locals in addition to declared ones and those for the operand stack: one temporary for each type, and
 * the meter.
 */
const CONSTANT = 12

function tooManyLocals(before: Module, after: Module): string[] {
  return before.bodies.flatMap((body, i) => {
    const most =
      before.functions[before.importedFunctions + i]!.params.length + declaredLocals(body) + body.heightWords + CONSTANT
    const found = after.functions[after.importedFunctions + i]!.params.length + declaredLocals(after.bodies[i]!)
    return found > most ? [`function ${i}: ${found} locals, not ${most}`] : []
  })
}

describe.each(MODES)('%s: emitted locals are bounded by the weight of a frame (PROFILE-15)', mode => {
  const check = async (bytes: Uint8Array): Promise<string[]> =>
    tooManyLocals(admitted(bytes).module, readBack(await instrumentedBytes(bytes, mode)))

  test('in every fixture', () => {
    const found = fixtures.flatMap(([name, bytes]) =>
      tooManyLocals(admitted(bytes).module, readBack(emitted.get(`${mode} ${name}`)!)).map(text => `${name}: ${text}`),
    )
    expect(found).toEqual([])
  })

  test.each<[string, () => Uint8Array]>([
    ['20 000 calls with two results, dropped', () => shapes.twoResults(20_000, [0x1a, 0x1a])],
    ['2 000 in unreachable code', () => shapes.twoResults(2_000, [0x1a, 0x1a], [], [0x0f])],
    ['499 kept to the end', () => shapes.twoResults(499, [], new Uint8Array(998).fill(0x1a))],
    ['990 values held below calls', () => shapes.heldUnderCalls(990)],
    ['chains of square roots', () => shapes.roots(10, 290)],
    ['fills', () => shapes.fills(100)],
    ...Object.entries(shapes.RECURSIONS).filter(([name]) => name !== 'several results'),
  ])('%s', async (_, make) => expect(await check(make())).toEqual([]))

  test('calls with a hundred results: once for the tuple, once for its values, once for the gas after them', async () => {
    const bytes = shapes.RECURSIONS['several results']!()
    const after = readBack(await instrumentedBytes(bytes, mode))
    expect(Math.max(...after.bodies.slice(0, 2).map(declaredLocals))).toBeLessThanOrEqual(300 + CONSTANT)
  })

  test('operands kept across every kind of block', async () => {
    const text = `(module (func $two (result i32 f64) (i32.const 1) (f64.const 2)) (func (export "f") (param i32) (result i64)
      (i64.const 1) (i32.const 2) (f32.const 3)
      call $two
      (block (result f64 i32) (f64.const 1) (i32.const 1) (br_if 0 (local.get 0)) drop (i32.const 4))
      (loop (param f64 i32) (result i32) (local.set 0) (drop) (br_if 1 (i64.const 7) (local.get 0)) (drop) (local.get 0))
      (if (param i32) (result i32 i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))
      drop drop drop drop drop drop))`
    expect(await check(await assemble(text))).toEqual([])
  })
})
