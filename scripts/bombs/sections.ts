/** Modules with large sections other than code, and large products of such sections. */
import { repeat, s33, u32, type Bytes } from '../../test/wasm/bytes.ts'
import { PROFILE_1 } from '../../src/profile/v1.ts'
import { Draft, NUMBERS, T, zero, type Kind } from './draft.ts'
import type { Size } from './contexts.ts'

const { limits } = PROFILE_1

type Shape = (size: Size) => Uint8Array

const kinds = (count: number, of: Kind | 'mixed' = 'mixed'): Kind[] =>
  Array.from({ length: count }, (_, i) => (of === 'mixed' ? NUMBERS[i % 5]! : of))

/** A list of types of that length, another one for each index. */
const distinct = (index: number, length: number): Kind[] =>
  Array.from({ length }, (_, i) => NUMBERS[Math.floor(index / 5 ** i) % 5]!)

function make(build: (draft: Draft) => readonly number[] | void): Uint8Array {
  const draft = new Draft()
  draft.global('i32')
  return draft.bytes(build(draft) ?? [])
}

/** The number of entries of `each` bytes that fit into the module, but no more than the part of the limit. */
const count = ({ bytes, part }: Size, each: number, limit: number): number =>
  Math.max(1, Math.floor(Math.min(bytes / each, limit * part)))

/** Exports of functions of a type: one function under many names, or many functions. */
function exported(params: readonly Kind[], results: readonly Kind[], same: boolean): Shape {
  return size =>
    make(draft => {
      const n = count(size, same ? 8 : 20 + 2.5 * params.length, limits.exports - 1)
      const type = draft.type(params, results)
      // Functions that return the results of another function are short.
      const inner = draft.stub(params, results)
      for (let i = 0; i < n; i++) {
        draft.export(
          i.toString(36),
          0,
          same ? inner : draft.function(type, [params.map((_, j) => [0x20, u32(j)]), 0x12, u32(inner)]),
        )
      }
    })
}

/** A br_table with many targets that carries values, in as many blocks as there are labels. */
function tables(targets: number, labels: number, carried: number): Shape {
  return size =>
    make(draft => {
      const values = kinds(carried, 'i32')
      const type = s33(draft.type([], values))
      const n = Math.max(1, Math.floor(targets * size.part))
      const one: Bytes = [
        repeat(labels, 0x02, type),
        values.map(zero),
        0x23,
        0,
        0x0e,
        u32(n - 1),
        Array.from({ length: n }, (_, i) => u32(i % labels)),
        Array.from({ length: labels }, (_, i) => [
          0x0b,
          i < labels - 1 ? repeat(carried, 0x1a) : [],
          i < labels - 1 ? values.map(zero) : [],
        ]),
        repeat(carried, 0x1a),
      ]
      const bytes = n * (labels > 127 ? 2 : 1) + labels * (3 + carried * 3) + 40
      return Array.from({ length: Math.max(1, Math.floor(size.bytes / bytes)) }, () =>
        draft.function(draft.type([]), one),
      )
    })
}

export const SECTIONS: Readonly<Record<string, Shape>> = {
  'one instruction': () => make(draft => [draft.function(draft.type([]), 0x01)]),
  'exports of one function of 255 vectors': exported([], kinds(255, 'v128'), true),
  'exports of functions that give 255 vectors': exported([], kinds(255, 'v128'), false),
  'exports of functions that give 255 floats': exported([], kinds(255, 'f64'), false),
  'exports of functions that give a number': exported([], ['i32'], false),
  'exports of functions that take 255 vectors': exported(kinds(255, 'v128'), [], true),
  'exports of functions that take 255 mixed values': exported(kinds(255), [], false),
  'exports of functions that take and give 200 values': exported(kinds(200), kinds(200), false),
  'exports of functions of references': exported(kinds(255, 'externref'), [], false),
  'exports of functions of many types': size =>
    make(draft => {
      for (let i = 0; i < count(size, 60, limits.exports - 1); i++) {
        const form = distinct(i, 6)
        draft.export(i.toString(36), 0, draft.stub(form, form))
      }
    }),
  'exports of globals': size =>
    make(draft => {
      for (let i = 1; i < count(size, 12, limits.exports - 1); i++) draft.export(i.toString(36), 3, draft.global('i64'))
    }),
  'exports of a table': size =>
    make(draft => {
      draft.table()
      for (let i = 1; i < count(size, 6, limits.exports - 1); i++) draft.export(i.toString(36), 1, 0)
    }),
  'long names of exports': size =>
    make(draft => {
      const n = count(size, limits.nameBytes, limits.exports)
      for (let i = 0; i < n; i++) draft.export(i.toString(36).padStart(limits.nameBytes - 10, 'x'), 0, draft.stub([]))
    }),
  types: size =>
    make(draft => {
      for (let i = 0; i < count(size, 12, limits.types - 9); i++) draft.type(distinct(i, 8))
    }),
  'types of 255 parameters': size =>
    make(draft => {
      for (let i = 0; i < count(size, 510, limits.types - 9); i++)
        draft.type([...distinct(i, 7), ...kinds(248)], kinds(250))
    }),
  'types, each of one function': size =>
    make(draft => {
      for (let i = 0; i < count(size, 22, limits.types - 9); i++) draft.stub(distinct(i, 6), ['i32'])
    }),
  'wide types, each of one function': size =>
    make(draft => {
      for (let i = 0; i < count(size, 460, limits.types - 9); i++)
        draft.stub([...distinct(i, 6), ...kinds(120)], kinds(60))
    }),
  'functions with 255 parameters': size =>
    make(draft => {
      const type = draft.type(kinds(255, 'i32'))
      for (let i = 0; i < count(size, 5, limits.functions - 9); i++) draft.function(type, [])
    }),
  'functions with 255 vectors': size =>
    make(draft => {
      const type = draft.type(kinds(255, 'v128'))
      for (let i = 0; i < count(size, 5, limits.functions - 9); i++) draft.function(type, [])
    }),
  'functions with 255 results': size =>
    make(draft => {
      const type = draft.type(kinds(255, 'i32'), kinds(255, 'i32'))
      const inner = draft.function(type, [0x03, 0x40, 0x0c, 0, 0x0b, 0x00])
      const code = [kinds(255, 'i32').map(zero), 0x12, u32(inner)]
      for (let i = 0; i < count(size, 520, limits.functions - 9); i++) draft.function(type, code)
    }),
  'functions that end at once with 255 results': size =>
    make(draft => {
      const type = draft.type([], kinds(255, 'v128'))
      for (let i = 0; i < count(size, 6, limits.functions - 9); i++) draft.function(type, 0x00)
    }),
  'empty functions': size =>
    make(draft => {
      for (let i = 0; i < count(size, 5, limits.functions - 9); i++) draft.function(draft.type([]), [])
    }),
  'functions that are called': size =>
    make(draft =>
      Array.from({ length: count(size, 9, limits.functions - 9) }, () => draft.function(draft.type([]), [])),
    ),
  'functions that call the one before': size =>
    make(draft => {
      let last = draft.stub([])
      for (let i = 0; i < count(size, 8, limits.functions - 9); i++)
        last = draft.function(draft.type([]), [0x10, u32(last)])
    }),
  'functions of a NaN': size =>
    make(draft => {
      draft.memory()
      const code = [0x41, 0, 0x23, 0, 0xb7, 0x23, 0, 0xb7, 0xa3, 0x39, 3, 0]
      for (let i = 0; i < count(size, 20, limits.functions - 9); i++) draft.function(draft.type([]), code)
    }),
  'functions of locals': size =>
    make(draft => {
      const most = Math.floor(9_990 * size.part)
      for (let i = 0; i < count(size, 8, limits.totalLocalWords / 10_000); i++)
        draft.function(draft.type([]), [], [[most, T.i64]])
    }),
  'functions of vectors': size =>
    make(draft => {
      const most = Math.floor(9_990 * size.part)
      for (let i = 0; i < count(size, 8, limits.totalLocalWords / 20_000); i++)
        draft.function(draft.type([]), [], [[most, T.v128]])
    }),
  'functions of a hundred locals': size =>
    make(draft => {
      for (let i = 0; i < count(size, 8, limits.totalLocalWords / 100); i++)
        draft.function(draft.type([]), [], [[100, T.i64]])
    }),
  'runs of no locals': size =>
    make(draft => {
      const runs = Array.from({ length: Math.floor(size.bytes / 2.1) }, () => [0, T.i64] as const)
      for (let i = 0; i < runs.length; i += 200_000) draft.function(draft.type([]), [], runs.slice(i, i + 200_000))
    }),
  'runs of one local': size =>
    make(draft => {
      const runs = Array.from({ length: Math.floor(9_990 * size.part) }, (_, i) => [1, T[NUMBERS[i % 5]!]] as const)
      for (let i = 0; i < count(size, 20_000, 400); i++) draft.function(draft.type([]), [], runs)
    }),
  tables: size =>
    make(draft => {
      for (let i = 0; i < Math.floor(limits.tables * size.part); i++) draft.table('funcref', limits.tableSlots)
    }),
  'tables of references': size =>
    make(draft => {
      for (let i = 0; i < Math.floor(limits.tables * size.part); i++) draft.table('externref', limits.tableSlots)
    }),
  'one table': size => make(draft => void draft.table('funcref', Math.floor(limits.tableSlots * size.part))),
  globals: size =>
    make(draft => {
      for (let i = 0; i < count(size, 5, limits.globals - 9); i++) draft.global('i32')
    }),
  'globals of vectors': size =>
    make(draft => {
      for (let i = 0; i < count(size, 21, limits.globals - 9); i++) draft.global('v128')
    }),
  imports: size =>
    make(draft => {
      for (let i = 0; i < count(size, 12, limits.imports); i++) draft.importLog()
    }),
  'element segments of one reference': size =>
    make(draft => {
      const stub = draft.stub([])
      draft.table()
      for (let i = 0; i < count(size, 6, limits.elementSegments); i++) draft.element([0, 0x41, 0, 0x0b, 1, u32(stub)])
    }),
  'element segments of nothing': size =>
    make(draft => {
      draft.table()
      for (let i = 0; i < count(size, 5, limits.elementSegments); i++) draft.element([0, 0x41, 0, 0x0b, 0])
    }),
  'passive element segments': size =>
    make(draft => {
      const stub = draft.stub([])
      for (let i = 0; i < count(size, 5, limits.elementSegments); i++) draft.element([1, 0, 1, u32(stub)])
    }),
  'declarative element segments': size =>
    make(draft => {
      const stub = draft.stub([])
      for (let i = 0; i < count(size, 5, limits.elementSegments); i++) draft.element([3, 0, 1, u32(stub)])
    }),
  'one element segment': size =>
    make(draft => {
      const stub = draft.stub([])
      const n = count(size, 1, limits.elements)
      draft.table('funcref', n)
      draft.element([0, 0x41, 0, 0x0b, u32(n), repeat(n, u32(stub))])
    }),
  'one element segment of expressions': size =>
    make(draft => {
      const n = count(size, 3, limits.elements)
      draft.table('funcref', n)
      draft.element([4, 0x41, 0, 0x0b, u32(n), repeat(n, 0xd0, 0x70, 0x0b)])
    }),
  'one element segment of many functions': size =>
    make(draft => {
      const n = count(size, 9, limits.functions - 9)
      const functions = Array.from({ length: n }, () => draft.function(draft.type([]), []))
      draft.table('funcref', n)
      draft.element([0, 0x41, 0, 0x0b, u32(n), functions.map(index => u32(index))])
    }),
  'data segments of one byte': size =>
    make(draft => {
      draft.memory()
      for (let i = 0; i < count(size, 7, limits.dataSegments); i++) draft.data([0, 0x41, 0, 0x0b, 1, 7])
    }),
  'data segments of nothing': size =>
    make(draft => {
      draft.memory()
      for (let i = 0; i < count(size, 6, limits.dataSegments); i++) draft.data([0, 0x41, 0, 0x0b, 0])
    }),
  'passive data segments': size =>
    make(draft => {
      for (let i = 0; i < count(size, 3, limits.dataSegments); i++) draft.data([1, 1, 7])
    }),
  'one data segment': ({ bytes }) =>
    make(draft => {
      draft.memory(Math.ceil(bytes / 65_536))
      draft.data([0, 0x41, 0, 0x0b, u32(bytes - 200), repeat(bytes - 200, 1)])
    }),
  pages: ({ part }) => make(draft => draft.memory(Math.floor(4_096 * part))),
  'one custom section': ({ bytes }) => make(draft => draft.custom('x', repeat(bytes - 100, 1))),
  'custom sections': ({ bytes }) =>
    make(draft => {
      for (let i = 0; i < bytes / 4; i++) draft.custom('x', [])
    }),
  'a start function': size =>
    make(draft => {
      draft.start = draft.function(draft.type([]), repeat(Math.min(size.bytes, limits.bodyBytes - 100), 0x01))
    }),
  'branch tables of one label': tables(limits.branchTargets, 1, 0),
  'branch tables of 3 000 labels': tables(limits.branchTargets, 3_000, 0),
  'branch tables of 3 000 labels and targets': tables(3_000, 3_000, 0),
  'branch tables that carry a value': tables(limits.branchTargets, 100, 1),
  'branch tables that carry 7 values': tables(limits.branchTargets, 1, 7),
  'branch tables of 50 labels that carry 20 values': tables(5_000, 50, 20),
  'small branch tables that carry 200 values': tables(200, 2, 200),
}
