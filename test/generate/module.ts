/**
 * Valid modules for profile 1, from recipes. The same recipe gives the same bytes.
 *
 * Structure first: a shape (what is declared), then the code of each function as a tree of typed statements and
 * operands, then bytes. Nothing is made that validation would have to refuse: a generated module that is not admitted
 * is a bug.
 */
import { OP } from '../../src/wasm/instructions.ts'
import { FUNCREF, I32, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { Choices } from './choices.ts'
import { encodeConstant, unsigned } from './constants.ts'
import type { Recipe } from './recipe.ts'
import { shapeOf, type DataShape, type ElementShape, type Importing, type Shape } from './shape.ts'
import { bodyOf, type Body } from './statements.ts'

export interface Generated {
  readonly bytes: Uint8Array
  /** Exported functions with their types; those with references among them cannot be called from outside. */
  readonly exports: readonly { readonly name: string; readonly type: FunctionType }[]
  readonly memory: Shape['memory']
  readonly tables: Shape['tables']
}

const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Makes the module of a recipe. */
export function generate(recipe: Recipe, importing: Importing): Generated {
  const shape = shapeOf(new Choices(recipe.head), new Choices(recipe.segments), recipe.functions.length, importing)
  const own = shape.functions.slice(shape.imports.length)
  const bodies = own.map((type, i) => bodyOf(shape, type, recipe.functions[i] ?? { head: [], statements: [] }))
  const exports = [
    ...own.map((type, i) => ({ name: `f${i}`, type })),
    ...shape.conventions.map(({ name, index }) => ({ name, type: shape.functions[index]! })),
  ]
  return { bytes: encode(shape, own, bodies), exports, memory: shape.memory, tables: shape.tables }
}

function encode(shape: Shape, own: readonly FunctionType[], bodies: readonly Body[]): Uint8Array {
  const { types, imports, tables, memory, globals, elements, data, start } = shape
  const importEntries = imports.map(({ module, name, type }) => [
    ...text(module),
    ...text(name),
    0,
    ...unsigned(types.index(type)),
  ])
  const functionEntries = own.map(type => unsigned(types.index(type)))
  return Uint8Array.from([
    ...HEADER,
    // By now everything that has a type has entered it.
    ...list(
      1,
      types.all.map(({ params, results }) => [0x60, ...sized(params), ...sized(results)]),
    ),
    ...list(2, importEntries),
    ...list(3, functionEntries),
    ...list(
      4,
      tables.map(({ element, min, max }) => [element, ...bounds(min, max)]),
    ),
    ...list(5, memory === undefined ? [] : [bounds(memory.min, memory.max)]),
    ...list(
      6,
      globals.map(({ type, mutable, init }) => [type, mutable ? 1 : 0, ...init, OP.end]),
    ),
    ...list(7, exportEntries(shape, own.length)),
    ...(start === undefined ? [] : section(8, unsigned(start))),
    ...list(9, elements.map(encodeElement)),
    ...(data.length === 0 ? [] : section(12, unsigned(data.length))),
    ...list(10, bodies.map(encodeBody)),
    ...list(11, data.map(encodeData)),
  ])
}

function exportEntries({ imports, tables, memory, globals, conventions }: Shape, own: number): number[][] {
  return [
    ...Array.from({ length: own }, (_, i) => [...text(`f${i}`), 0, ...unsigned(imports.length + i)]),
    ...conventions.map(({ name, index }) => [...text(name), 0, ...unsigned(index)]),
    ...tables.map((_, i) => [...text(`t${i}`), 1, i]),
    ...(memory === undefined ? [] : [[...text('memory'), 2, 0]]),
    ...globals.map((_, i) => [...text(`g${i}`), 3, i]),
  ]
}

/** The eight forms of element segments (core spec 5.5.12): the shortest that says it all. */
function encodeElement({ mode, type, table, at, items, expressions }: ElementShape): number[] {
  const entries = items.map(item => {
    if (!expressions) return unsigned(item!)
    return item === null ? [0xd0, type, OP.end] : [0xd2, ...unsigned(item), OP.end]
  })
  const contents = [...unsigned(entries.length), ...entries.flat()]
  const kind = expressions ? type : 0
  const form = expressions ? 4 : 0
  if (mode === 'passive') return [form | 1, kind, ...contents]
  if (mode === 'declarative') return [form | 3, kind, ...contents]
  const offset = [OP.i32Const, ...encodeConstant(I32, at), OP.end]
  if (table === 0 && type === FUNCREF) return [form, ...offset, ...contents]
  return [form | 2, ...unsigned(table), ...offset, kind, ...contents]
}

function encodeData({ mode, at, bytes, explicit }: DataShape): number[] {
  if (mode === 'passive') return [1, ...sized(bytes)]
  return [...(explicit ? [2, 0] : [0]), OP.i32Const, ...encodeConstant(I32, at), OP.end, ...sized(bytes)]
}

/** Locals in runs of one type. */
function encodeBody({ locals, code }: Body): number[] {
  const runs: { count: number; readonly type: ValueType }[] = []
  for (const type of locals) {
    const last = runs[runs.length - 1]
    if (last?.type === type) last.count++
    else runs.push({ count: 1, type })
  }
  return sized([...unsigned(runs.length), ...runs.flatMap(({ count, type }) => [...unsigned(count), type]), ...code])
}

// ── Sections ────────────────────────────────────────────────────────────────────────────────────────────────────────

function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes]
}

function text(ascii: string): number[] {
  return sized([...ascii].map(c => c.charCodeAt(0)))
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...sized(contents)]
}

function list(id: number, entries: readonly (readonly number[])[]): number[] {
  return entries.length === 0 ? [] : section(id, [...unsigned(entries.length), ...entries.flat()])
}

function bounds(min: number, max: number | undefined): number[] {
  return max === undefined ? [0, ...unsigned(min)] : [1, ...unsigned(min), ...unsigned(max)]
}
