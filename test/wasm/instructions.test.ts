import { describe, expect, test } from 'vitest'
import { CODES, INSTRUCTIONS, OP, type Immediate, type Instruction } from '../../src/wasm/instructions.ts'
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, V128, type ValueType } from '../../src/wasm/types.ts'
import { assemble } from '../../wasm-fixtures/wat.ts'
import {
  body,
  engineAccepts,
  flat,
  HEADER,
  list,
  section,
  sized,
  type,
  u32,
  verdict,
  wasm,
  type Bytes,
} from './bytes.ts'

const ALL = INSTRUCTIONS.filter((entry): entry is Instruction => entry !== undefined)

function opcode({ code }: Instruction): number[] {
  return code < 0x100 ? [code] : [code < 0x200 ? 0xfc : 0xfd, ...u32(code & 0xff)]
}

describe('the table', () => {
  test('has the number of instructions of WebAssembly 2.0 with tail calls for each prefix', () => {
    expect(INSTRUCTIONS.length).toBe(CODES)
    // 1.0, sign extension, references, tail calls
    expect(ALL.filter(({ code }) => code < 0x100).length).toBe(172 + 5 + 6 + 2)
    expect(ALL.filter(({ code }) => code >= 0x100 && code < 0x200).length).toBe(8 + 7 + 3) // saturating, bulk, tables
    expect(ALL.filter(({ code }) => code >= 0x200).length).toBe(236)
  })

  test('has each name once, and both forms of select', () => {
    const twice = ALL.filter(({ name }, i) => ALL.findIndex(other => other.name === name) !== i)
    expect(twice.map(({ name, code }) => [name, code])).toEqual([['select', OP.selectTyped]])
  })

  test('is indexed by its codes, and frozen', () => {
    ALL.forEach(entry => expect(INSTRUCTIONS[entry.code]).toBe(entry))
    expect(Object.isFrozen(INSTRUCTIONS) && ALL.every(Object.isFrozen)).toBe(true)
  })

  test('agrees with the named codes', () => {
    const camel = (name: string): string => name.replace(/[._]([a-z])/g, (_, letter: string) => letter.toUpperCase())
    const named = Object.entries(OP).map(([key, code]) => [key, camel(INSTRUCTIONS[code]!.name)])
    const other: Record<string, string> = { selectTyped: 'select', shuffle: 'i8x16Shuffle' }
    expect(named).toEqual(named.map(([key]) => [key, other[key!] ?? key]))
  })
})

// ── Names and immediates, by an assembler ───────────────────────────────────────────────────────────────────────────

/** Immediates as text, and the bytes that they must become. Table and segment are in another order in the bytes. */
const WRITTEN: Readonly<Record<Immediate, readonly [text: string, bytes: Bytes]>> = {
  none: ['', []],
  block: ['end', [0x40, 0x0b]],
  label: ['0', 0],
  labels: ['0 0 0', [2, 0, 0, 0]],
  func: ['1', 1],
  'type table': ['1 (type 2)', [2, 1]],
  local: ['1', 1],
  global: ['1', 1],
  table: ['1', 1],
  'table table': ['1 0', [1, 0]],
  'elem table': ['1 2', [2, 1]],
  elem: ['1', 1],
  'data memory': ['1', [1, 0]],
  data: ['1', 1],
  memory: ['', 0],
  'memory memory': ['', [0, 0]],
  memarg: ['offset=5 align=1', [0, 5]],
  'memarg lane': ['offset=5 align=1 1', [0, 5, 1]],
  lane: ['1', 1],
  lanes: ['0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31]],
  i32: ['-1', 0x7f],
  i64: ['-1', 0x7f],
  f32: ['1', [0, 0, 0x80, 0x3f]],
  f64: ['1', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]],
  v128: ['i8x16 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]],
  reftype: ['extern', EXTERNREF],
  types: ['(result f32)', [1, F32]],
}

/** The code of a function that consists of the instruction. For `else` and `end`, a block is opened first. */
function inText(instruction: Instruction): { text: string; bytes: Uint8Array } {
  if (instruction.code === OP.else) return { text: 'if else nop end', bytes: flat(0x04, 0x40, 0x05, 0x01, 0x0b) }
  if (instruction.code === OP.end) return { text: 'block end', bytes: flat(0x02, 0x40, 0x0b) }
  const [text, bytes] = WRITTEN[instruction.immediate]
  return { text: `${instruction.name} ${text}`, bytes: flat(opcode(instruction), bytes) }
}

test('an assembler makes the bytes of the table from every name', async () => {
  const module = await assemble(`(module
    (type (func)) (type (func (result i32))) (type (func (result i64)))
    (table 1 funcref) (table 1 funcref) (memory 1)
    (global (mut i32) i32.const 0) (global (mut i32) i32.const 0)
    (elem func) (elem func) (elem func) (data "") (data "")
    ${ALL.map(entry => `(func (local i32 i32) ${inText(entry).text})`).join('\n')})`)
  const bodies = ALL.map(entry => sized(1, 2, I32, inText(entry).bytes, 0x0b))
  const expected = section(10, u32(ALL.length), bodies)
  const at = Buffer.from(module).indexOf(expected)
  const first = bodies.findIndex(one => Buffer.from(module).indexOf(one) < 0)
  expect(first < 0 ? undefined : ALL[first]!.name).toBeUndefined()
  expect(at).toBeGreaterThan(HEADER.length)
})

// ── Types, by the engine ────────────────────────────────────────────────────────────────────────────────────────────

const CONSTANTS: Readonly<Record<ValueType, readonly number[]>> = {
  [I32]: [0x41, 0],
  [I64]: [0x42, 0],
  [F32]: [0x43, 0, 0, 0, 0],
  [F64]: [0x44, 0, 0, 0, 0, 0, 0, 0, 0],
  [V128]: [0xfd, 0x0c, ...new Uint8Array(16)],
  [FUNCREF]: [0xd0, FUNCREF],
  [EXTERNREF]: [0xd0, EXTERNREF],
}

/** A function of the given type around bytes of code, in a module that has one of everything. */
function around(params: readonly number[], results: readonly number[], code: Bytes): Uint8Array {
  return wasm(
    list(1, type(params, results), type([], [])),
    list(3, 0, 1),
    list(4, [FUNCREF, 0, 1]),
    list(5, [0, 1]),
    list(9, [1, 0, 1, 1]),
    section(12, 1),
    list(10, body([params.map((_, i) => [0x20, i]), code]), body([])),
    list(11, [1, 0]),
  )
}

const DEFAULTS: Partial<Record<Immediate, Bytes>> = {
  none: [],
  i32: 0,
  i64: 0,
  f32: new Uint8Array(4),
  f64: new Uint8Array(8),
  v128: new Uint8Array(16),
  lanes: new Uint8Array(16),
  memarg: [0, 0],
  'memarg lane': [0, 0, 0],
  lane: 0,
  memory: 0,
  'memory memory': [0, 0],
  'data memory': [0, 0],
  data: 0,
  'elem table': [0, 0],
  'table table': [0, 0],
  elem: 0,
  table: 0,
  func: 1,
}

/** Instructions whose type follows from their immediates or operands. The validator determines it, not the table. */
const TYPED_ELSEWHERE = [
  'unreachable',
  'nop',
  'block',
  'loop',
  'if',
  'else',
  'end',
  'br',
  'br_if',
  'br_table',
  'return',
  'call',
  'call_indirect',
  'return_call',
  'return_call_indirect',
  'drop',
  'select',
  'select',
  'local.get',
  'local.set',
  'local.tee',
  'global.get',
  'global.set',
  'table.get',
  'table.set',
  'ref.null',
  'ref.is_null',
  'data.drop',
  'elem.drop',
  'table.grow',
  'table.fill',
]
const TYPED = ALL.filter(({ type: { params, results } }) => params.length + results.length > 0)
const EVERY_TYPE = [I32, I64, F32, F64, V128, FUNCREF, EXTERNREF] as const

/** The lists of types that differ from this one at one position. */
function changed(types: readonly ValueType[]): ValueType[][] {
  return types.flatMap((own, i) => EVERY_TYPE.filter(other => other !== own).map(other => types.with(i, other)))
}

function single(
  instruction: Instruction,
  params = instruction.type.params,
  results = instruction.type.results,
): Uint8Array {
  return around(params, results, [opcode(instruction), DEFAULTS[instruction.immediate]!])
}

test('the table has the type of every instruction with a fixed type', () => {
  expect(ALL.filter(entry => !TYPED.includes(entry)).map(({ name }) => name)).toEqual(TYPED_ELSEWHERE)
})

describe.each(['the engine', 'the validator'])('types, by %s', judge => {
  const accepts = (bytes: Uint8Array): boolean =>
    judge === 'the engine' ? engineAccepts(bytes) : verdict(bytes) === 'valid'

  test('every instruction has the type of its row', () => {
    expect(TYPED.filter(entry => !accepts(single(entry))).map(({ name }) => name)).toEqual([])
  })

  test('no instruction has another parameter or result', () => {
    const wrong = TYPED.flatMap(entry => {
      const { params, results } = entry.type
      const others = [
        ...changed(params).map(those => single(entry, those)),
        ...changed(results).map(those => single(entry, params, those)),
        single(entry, [...params, I32]),
        single(entry, params, [...results, I32]),
        ...(params.length > 0 ? [single(entry, params.slice(1))] : []),
        ...(results.length > 0 ? [single(entry, params, results.slice(1))] : []),
      ]
      return others.some(accepts) ? [entry.name] : []
    })
    expect(wrong).toEqual([])
  })

  test('a constant of each type has this type', () => {
    for (const own of EVERY_TYPE) {
      for (const other of EVERY_TYPE) expect(accepts(around([], [other], CONSTANTS[own]))).toBe(own === other)
    }
  })

  test('a memory access is aligned to its size at most', () => {
    const accesses = ALL.filter(({ immediate }) => immediate.startsWith('memarg'))
    expect(accesses.length).toBe(23 + 22)
    const at = (entry: Instruction, align: number): Uint8Array =>
      around(entry.type.params, entry.type.results, [opcode(entry), align, 0, entry.immediate === 'memarg' ? [] : 0])
    expect(accesses.filter(entry => !accepts(at(entry, entry.align)) || accepts(at(entry, entry.align + 1)))).toEqual(
      [],
    )
  })

  test('a lane index is in its range', () => {
    const laned = ALL.filter(({ lanes }) => lanes > 0)
    expect(laned.length).toBe(14 + 8)
    const at = (entry: Instruction, lane: number): Uint8Array =>
      around(entry.type.params, entry.type.results, [opcode(entry), entry.immediate === 'lane' ? [] : [0, 0], lane])
    expect(laned.filter(entry => !accepts(at(entry, entry.lanes - 1)) || accepts(at(entry, entry.lanes)))).toEqual([])
  })
})

// ── Other properties of rows, by the names ────────────────────────────────────────────────────────────────────────────

describe('rows', () => {
  const names = (keep: (entry: Instruction) => boolean): string[] => ALL.filter(keep).map(({ name }) => name)

  test('say which instructions make NaNs, and in which lanes', () => {
    const making =
      /^(f32|f64|f32x4|f64x2)\.(add|sub|mul|div|sqrt|min|max|ceil|floor|trunc|nearest|demote_\w+|promote_\w+)$/
    expect(names(({ nan }) => nan !== undefined)).toEqual(names(({ name }) => making.test(name)))
    expect(ALL.filter(({ nan, name }) => nan !== undefined && nan !== name.split('.')[0])).toEqual([])
    expect(names(({ nan }) => nan !== undefined).length).toBe(2 * 11 + 2 + 2 * 11 + 2)
  })

  test('say which instructions trap, and why', () => {
    const cause = ({ name, immediate }: Instruction): string | undefined => {
      if (name === 'unreachable') return 'unreachable'
      if (/^i(32|64)\.div_s$/.test(name)) return 'divideSigned'
      if (/^i(32|64)\.(div_u|rem_[su])$/.test(name)) return 'divide'
      if (/^i(32|64)\.trunc_f/.test(name)) return 'truncate'
      if (immediate.startsWith('memarg') || /^memory\.(init|copy|fill)$/.test(name)) return 'memory'
      if (/^table\.(get|set|init|copy|fill)$/.test(name)) return 'table'
      return name.endsWith('call_indirect') ? 'indirect' : undefined
    }
    expect(ALL.map(({ name, traps }) => [name, traps])).toEqual(ALL.map(entry => [entry.name, cause(entry)]))
  })

  test('say which feature an instruction needs', () => {
    const feature = ({ code, name }: Instruction): string | undefined => {
      if (code >= 0x200) return 'simd'
      if (name.startsWith('return_call')) return 'tail-calls'
      if (/extend(8|16|32)_s/.test(name)) return 'sign-extension'
      if (name.includes('trunc_sat')) return 'saturating-conversions'
      if (/^(memory|table)\.(init|copy)$|^memory\.fill$|^(data|elem)\.drop$/.test(name)) return 'bulk-memory'
      return /^(ref|table)\./.test(name) || code === OP.selectTyped ? 'reference-types' : undefined
    }
    expect(ALL.map(({ name, feature: own }) => [name, own])).toEqual(ALL.map(entry => [entry.name, feature(entry)]))
  })

  test('price instructions of every kind by a class of their kind', () => {
    const vectors = ['load', 'store', 'constant', 'vector', 'vectorFloat', 'vectorFloatDivide', 'vectorMultiply']
    expect(ALL.filter(({ code, price }) => code >= 0x200 && !vectors.includes(price))).toEqual([])
    const free = ['block', 'drop', 'else', 'end', 'loop', 'nop', 'return', 'unreachable']
    expect(names(({ price }) => price === 'free').sort()).toEqual(free)
    const divisions = /^i(32|64)\.(div|rem)_[su]$/
    expect(names(({ price }) => price === 'divide')).toEqual(names(({ name }) => divisions.test(name)))
    const roots = /^f(32|64)\.(div|sqrt)$/
    expect(names(({ price }) => price === 'floatDivide')).toEqual(names(({ name }) => roots.test(name)))
    expect(names(({ price }) => price === 'grow')).toEqual(['memory.grow', 'table.grow'])
  })
})
