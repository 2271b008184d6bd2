/** Trap details: function, offset, source line and abort message, on real compiled modules and on damaged ones. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { addFile } from '../../src/content/unixfs.ts'
import { createMemoryStore } from '../../src/content/memory-store.ts'
import { explainTrap } from '../../src/diagnosis/explain.ts'
import { layoutOf } from '../../src/diagnosis/sections.ts'
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

test('a call of abort has its message and position, and the line of its caller', async () => {
  const { receipt, details } = await run(debug('pick'), 'pick', [5n])
  expect(receipt.out).toEqual({ error: { kind: 'trap', code: 'abort' } })
  expect(details?.abort).toMatchObject({
    message: 'no such element',
    file: 'pick.ts',
    line: lineOf('pick.ts', 'assert('),
  })
  expect(details?.function?.name).toContain('pick')
})

/** Computes the expected offset of a trapping instruction from the bytes, as the position of its opcode in the body. */
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

test('the position of an earlier call is not taken for that of a later trap', async () => {
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

describe('details are not part of receipts and verdicts', () => {
  test('receipts are the same with and without details', async () => {
    const [plain, explained] = [await run(debug('pick'), 'pick', [5n], false), await run(debug('pick'), 'pick', [5n])]
    expect(plain.details).toBeUndefined()
    expect(explained.cid).toEqual(plain.cid)
    expect(await createVerifier({ store, engine }).verify(explained.cid)).toMatchObject({ verdict: 'reproduced' })
  })

  test('success and out-of-gas have no details', async () => {
    const bytes = await assemble('(module (func (export "f")) (func (export "g") (loop (br 0))))')
    expect((await run(bytes, 'f')).details).toBeUndefined()
    expect((await run(bytes, 'g')).details).toBeUndefined()
  })
})

describe('sections that are not validated', () => {
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

  test('if the name section is malformed, or lacks the function, the export gives the name', async () => {
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

  /** A module that traps at its only instruction, with custom sections. */
  async function withSections(sections: Readonly<Record<string, readonly Uint8Array[]>>): Promise<Uint8Array> {
    const bare = await assemble('(module (func (export "f") (unreachable)))')
    const parts = Object.entries(sections).map(([name, contents]) => {
      const size = contents.reduce((sum, { length }) => sum + length, 1 + name.length)
      return [Uint8Array.of(0, ...leb(size), name.length, ...ascii(name)), ...contents]
    })
    return new Uint8Array(Buffer.concat([bare, ...parts.flat()]))
  }
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)
  const leb = (value: number): number[] =>
    value < 128 ? [value] : [(value % 128) | 128, ...leb(Math.floor(value / 128))]
  const u32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24]

  /** A line program of version 5 with these tables, and one row for the whole code. */
  function lineProgram(tables: Uint8Array, { line = 1, file = 0 } = {}): Uint8Array {
    const program = [0, 5, 2, ...u32(1), 4, ...leb(file), 3, ...leb(line - 1), 1, 2, 100, 1, 0, 1, 1]
    const head = [1, 1, 1, 0xfb, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
    const length = 2 + 2 + 4 + head.length + tables.length + program.length
    return new Uint8Array(
      Buffer.concat([
        Uint8Array.from([...u32(length), 5, 0, 4, 0, ...u32(head.length + tables.length), ...head]),
        tables,
        Uint8Array.from(program),
      ]),
    )
  }
  const noFiles = Uint8Array.of(0, 0, 0, 0)

  async function explained(sections: Parameters<typeof withSections>[0]): Promise<ReturnType<typeof explainTrap>> {
    const bytes = await withSections(sections)
    const { offset } = (await run(await withSections({}), 'f')).details!
    const begun = performance.now()
    const details = explainTrap(bytes, { offset })
    expect(performance.now() - begun).toBeLessThan(5000)
    expect(details.function?.index).toBe(0)
    return details
  }

  test('the line program of these tests can be read', async () => {
    const tables = Uint8Array.of(
      1,
      1,
      8,
      1,
      ...ascii('/src\0'),
      2,
      1,
      8,
      2,
      0x0b,
      2,
      ...ascii('a.c\0'),
      0,
      ...ascii('b.c\0'),
      0,
    )
    expect((await explained({ '.debug_line': [lineProgram(tables, { line: 7, file: 1 })] })).source).toEqual({
      file: '/src/b.c',
      line: 7,
    })
  })

  test.each([
    ['line 0', noFiles, { line: 0 }],
    ['a line number that is too large', noFiles, { line: 2 ** 40 }],
    ['fields without bytes, or beyond the end', Uint8Array.of(1, 2, 0x1e, ...leb(2 ** 50)), {}],
    ['blocks beyond the end', Uint8Array.of(1, 2, 9, ...leb(2 ** 50), ...leb(2 ** 40)), {}],
    ['more entries than bytes', Uint8Array.of(0, ...leb(2 ** 50), 0, ...leb(2 ** 50)), { file: 2 ** 30 }],
  ])('%s gives no source, at once', async (_, tables, place) => {
    const { source } = await explained({ '.debug_line': [lineProgram(tables, place)] })
    expect(source === undefined || source.file === '?').toBe(true)
  })

  test('a million files that all have the same long name take neither time nor memory', async () => {
    const count = 1_000_000
    const tables = new Uint8Array(
      Buffer.concat([Uint8Array.of(0, 0, 1, 1, 0x0e, ...leb(count)), new Uint8Array(4 * count)]),
    )
    const name = new Uint8Array(2_000_000).fill(0x61)
    name[name.length - 1] = 0
    const before = process.memoryUsage().heapUsed
    const { source } = await explained({
      '.debug_line': [lineProgram(tables, { file: count - 1 })],
      '.debug_str': [name],
    })
    expect(source?.file).toBe('a'.repeat(4096))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(200e6)
  })

  test('a very long name is shortened', async () => {
    const name = new Uint8Array(1_000_000).fill(0x61)
    const entry = [1, 0, ...leb(name.length)]
    const { function: within } = await explained({
      name: [Uint8Array.of(1, ...leb(entry.length + name.length), ...entry), name],
    })
    expect(within?.name).toBe(`${'a'.repeat(4096)}…`)
  })

  test('a million other sections take no memory', async () => {
    const bare = await withSections({})
    const others = Buffer.alloc(7 * 1_000_000)
    const letter = (i: number, place: number): number => 0x21 + (Math.floor(i / 90 ** place) % 90)
    for (let i = 0; i < 1_000_000; i++)
      others.set([0, 5, 4, letter(i, 0), letter(i, 1), letter(i, 2), letter(i, 3)], 7 * i)
    expect(layoutOf(new Uint8Array(Buffer.concat([bare, others]))).custom.size).toBe(0)
  })

  test('text of abort that is not in the memory is absent', async () => {
    const bytes = await assemble(`(module (import "env" "abort" (func $abort (param i32 i32 i32 i32))) (memory 1)
      (func (export "f") (call $abort (i32.const -2) (i32.const 3) (i32.const 7) (i32.const 1))))`)
    expect((await run(bytes, 'f')).details?.abort).toEqual({ line: 7, column: 1 })
  })
})
