/** A module as admission sees it, as plain data. */
import { expect, test } from 'vitest'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { inspectModule } from '../../src/words/inspection.ts'
import { describeKind } from '../../src/words/module-kind.ts'
import { isAssemblyScript } from '../../src/words/signature.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'

const EMPTY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)

test('an admitted module: its exports with types and ABIs, and its limits', async () => {
  const found = inspectModule(
    await assemble(`(module (import "env" "abort" (func (param i32 i32 i32 i32)))
      (memory (export "memory") 1 4) (func (export "add") (param i32 i32) (result i64) i64.const 0)
      (func (export "_start")) (global (export "g") (mut i32) (i32.const 0)))`),
    PROFILE_1,
  )
  expect(found).toMatchObject({
    verdict: 'admitted',
    profile: PROFILE_1.id,
    rejection: undefined,
    advice: [],
    reactor: false,
  })
  expect(found.exports!.map(({ name, type, abi }) => [name, type, abi])).toEqual([
    ['memory', '1 to 4 pages', undefined],
    ['add', '(i32, i32) → i64', 'core'],
    ['_start', '() → ()', 'wasi'],
    ['g', 'mutable i32', undefined],
  ])
  expect(found.imports).toMatchObject([{ module: 'env', name: 'abort', verdict: 'granted', count: 1 }])
  expect(found.limits!['moduleBytes']).toEqual({ has: expect.any(Number), limit: PROFILE_1.limits.moduleBytes })
  expect(found.instantiation).toBeGreaterThan(0n)
  expect(describeKind(found)).toContain('a command')
})

test('a rejected module: the rejection of the receipt, all findings, and the imports once each', async () => {
  const found = inspectModule(
    await assemble('(module (import "env" "now" (func)) (import "env" "now" (func)) (import "a" "b" (func)))'),
    PROFILE_1,
  )
  expect(found.verdict).toBe('rejected')
  expect(found.rejection).toMatchObject({ kind: 'rejection', code: 'import', subject: 'env.now' })
  expect(found.findings).toHaveLength(3)
  expect(found.imports.map(({ name, count }) => [name, count])).toEqual([
    ['now', 2],
    ['b', 1],
  ])
  expect(found.instantiation).toBeUndefined()
})

test('bytes that are no module', () => {
  const found = inspectModule(Uint8Array.of(1, 2, 3), PROFILE_1)
  expect([found.verdict, found.rejection!.code, found.exports, found.limits]).toEqual([
    'rejected',
    'malformed',
    undefined,
    undefined,
  ])
})

test('an inspection can be sent to another thread', async () => {
  const found = inspectModule(await assemble('(module (func (export "f") (param v128)))'), PROFILE_1)
  expect(structuredClone(found)).toEqual(found)
})

test('a reactor, and a module of no kind', async () => {
  expect(describeKind(inspectModule(await assemble('(module (func (export "_initialize")))'), PROFILE_1))).toContain(
    'a reactor',
  )
  expect(describeKind(inspectModule(EMPTY, PROFILE_1))).toBeUndefined()
})

test('AssemblyScript is told by its runtime', () => {
  const module = { functions: [], globals: [], exports: [{ name: '__new', kind: 'function', index: 0 }] } as const
  expect(isAssemblyScript(module)).toBe(true)
  expect(isAssemblyScript({ ...module, exports: [] })).toBe(false)
})
