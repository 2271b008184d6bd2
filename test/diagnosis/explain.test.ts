/** Trap details: function, offset, source line and abort message, on real compiled modules and on damaged ones. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { addFile } from '../../src/content/unixfs.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { explainTrap } from '../../src/diagnosis/explain.ts'
import { createInlineEngine } from '../../src/engine/engine.ts'
import { createExecutor, type Execution } from '../../src/executor/executor.ts'
import type { Param } from '../../src/interface.ts'
import { createTask } from '../../src/task/task.ts'
import { createVerifier } from '../../src/verifier/verifier.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import { ROOT } from '../support/fixtures.ts'

const engine = createInlineEngine()
const store = createMemoryStore()

async function run(bytes: Uint8Array, fun: string, params: readonly Param[] = [], explain = true): Promise<Execution> {
  const task = createTask({ mod: await addFile(store, bytes), fun, params, abi: 'core' })
  return createExecutor({ store, engine }).execute(task, { gas: 10n ** 9n, pages: 100 }, { explain })
}

const debug = (name: string): Uint8Array => new Uint8Array(readFileSync(`${ROOT}/debug/${name}.wasm`))
const lineOf = (file: string, text: string): number =>
  readFileSync(`${ROOT}/debug/${file}`, 'utf8')
    .split('\n')
    .findIndex(line => line.includes(text)) + 1

describe.each(['divide-dwarf4', 'divide-dwarf5'])('%s', name => {
  test.each([
    ['divide', [7n, 0n], 'quotient', 'shifted / by'],
    ['read', [1n << 30n], 'far', '(char *)table + index'],
  ] as const)('%s names its function and its line', async (fun, params, within, text) => {
    const { details } = await run(debug(name), fun, params)
    expect(details?.function?.name).toBe(within)
    expect(details?.source).toMatchObject({
      file: name === 'divide-dwarf5' ? '/src/divide.c' : 'divide.c',
      line: lineOf('divide.c', text),
    })
    expect(details?.source?.column).toBeGreaterThan(1)
  })
})

test('a call of abort gives its message and its place, and the line of who called it', async () => {
  const { receipt, details } = await run(debug('pick'), 'pick', [5n])
  expect(receipt.out).toEqual({ error: { kind: 'trap', code: 'abort' } })
  expect(details?.abort).toMatchObject({
    message: 'no such element',
    file: 'pick.ts',
    line: lineOf('pick.ts', 'assert('),
  })
  expect(details?.function?.name).toContain('pick')
})

/** The offset of a trapping instruction is found anew from the bytes: where its opcode stands in the body that traps. */
describe('the offset is that of the instruction', () => {
  const wats: readonly (readonly [what: string, body: string, opcode: readonly number[], extra: string | undefined])[] =
    [
      ['unreachable', '(unreachable)', [0x00, 0x0b], undefined],
      ['a load', '(drop (i32.load (i32.const -1)))', [0x28, 0x02, 0x00, 0x1a], undefined],
      ['a division', '(drop (i32.div_s (i32.const 1) (i32.const 0)))', [0x6d, 0x1a], undefined],
      ['a conversion', '(drop (i32.trunc_f64_s (f64.const nan)))', [0xaa, 0x1a], undefined],
      ['an indirect call', '(call_indirect (i32.const 0))', [0x11, 0x01, 0x00], undefined],
      ['a fill', '(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))', [0xfc, 0x0b, 0x00], undefined],
      [
        'a call of an import',
        '(call $abort (i32.const 0) (i32.const 0) (i32.const 3) (i32.const 4))',
        [0x10, 0x00],
        undefined,
      ],
      ['a call that has no stack left', '(call $deep)', [0x10, 0x02], '(func $deep (call $deep))'],
    ]
  test.each(wats)('%s', async (_, body, opcode, extra) => {
    const bytes =
      await assemble(`(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory 1) (table 1 funcref)
      (func (export "f") (nop) (block (nop)) ${body}) ${extra ?? '(func)'})`)
    const { details } = await run(bytes, 'f')
    const at = details!.offset
    expect([...bytes.subarray(at, at + opcode.length)]).toEqual([...opcode])
    expect(details!.function!.index).toBe(extra === undefined ? 1 : 2)
  })
})

test('what an earlier call of the host noted is not taken for the place of a later trap', async () => {
  const bytes = await assemble(`(module (memory (export "memory") 1) (func $nothing)
    (func (export "ipvm_alloc") (param i32) (result i32) (call $nothing) (i32.const 0))
    (func (export "f") (param i32 i32) (result i64) (i64.const -1)))`)
  const task = createTask({ mod: await addFile(store, bytes), fun: 'f', params: [new Uint8Array(1)], abi: 'bytes' })
  const { receipt, details } = await createExecutor({ store, engine }).execute(
    task,
    { gas: 10n ** 12n, pages: 1 },
    { explain: true },
  )
  expect(receipt.out).toEqual({ error: { kind: 'trap', code: 'abi-violation' } })
  expect(details).toBeUndefined()
})

describe('details stay out of everything that is compared', () => {
  test('receipts are the same with and without', async () => {
    const [plain, explained] = [await run(debug('pick'), 'pick', [5n], false), await run(debug('pick'), 'pick', [5n])]
    expect(plain.details).toBeUndefined()
    expect(explained.cid).toEqual(plain.cid)
    expect(await createVerifier({ store, engine }).verify(explained.cid)).toMatchObject({ verdict: 'reproduced' })
  })

  test('success and out-of-gas have none', async () => {
    const bytes = await assemble('(module (func (export "f")) (func (export "g") (loop (br 0))))')
    expect((await run(bytes, 'f')).details).toBeUndefined()
    expect((await run(bytes, 'g')).details).toBeUndefined()
  })
})

describe('sections that nobody has validated', () => {
  let good: Uint8Array
  let offset: number
  beforeAll(async () => {
    good = debug('divide-dwarf5')
    offset = (await run(good, 'divide', [7n, 0n])).details!.offset
  })

  test('a damaged byte anywhere never throws, and leaves the offset', () => {
    for (let at = 8; at < good.length; at++) {
      for (const byte of [0, 0x7f, 0x80, 0xff]) {
        const bytes = good.slice()
        bytes[at] = byte
        expect(explainTrap(bytes, { offset }).offset).toBe(offset)
      }
    }
  })

  test('a name section without end, or of another function, gives the name of the export', async () => {
    const bytes = await assemble('(module (func (export "f") (unreachable)))')
    for (const section of [
      [1, 0x7f],
      [1, 4, 1, 9, 1, 0x61],
    ]) {
      const named = Uint8Array.from([
        ...bytes,
        0,
        5 + section.length,
        4,
        ...new TextEncoder().encode('name'),
        ...section,
      ])
      expect((await run(named, 'f')).details?.function).toMatchObject({ index: 0, name: 'f' })
    }
  })

  test('text of abort that does not lie in memory is absent', async () => {
    const bytes = await assemble(`(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory 1)
      (func (export "f") (call $abort (i32.const -2) (i32.const 3) (i32.const 7) (i32.const 1))))`)
    expect((await run(bytes, 'f')).details?.abort).toEqual({ line: 7, column: 1 })
  })
})
