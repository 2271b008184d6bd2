/** What a generated module declares: everything but its code. */
import {
  EXTERNREF,
  F32,
  F64,
  FUNCREF,
  I32,
  I64,
  isReference,
  shortType,
  V128,
  type FunctionType,
  type ValueType,
} from '../../src/wasm/types.ts'
import type { Choices } from './choices.ts'
import { constantOf, encodeConstant } from './constants.ts'
import { LAID, wasiImports, type WasiImport } from './wasi.ts'

export const NUMBERS: readonly ValueType[] = [I32, I64, F32, F64, V128]
const REFERENCES: readonly ValueType[] = [FUNCREF, EXTERNREF]
export const ALL_TYPES: readonly ValueType[] = [...NUMBERS, ...REFERENCES]

export interface ImportShape {
  readonly module: string
  readonly name: string
  readonly type: FunctionType
}

export interface TableShape {
  readonly element: ValueType
  readonly min: number
  readonly max: number | undefined
}

export interface GlobalShape {
  readonly type: ValueType
  readonly mutable: boolean
  /** Its constant expression, without `end`. */
  readonly init: readonly number[]
}

export interface ElementShape {
  readonly mode: 'active' | 'passive' | 'declarative'
  readonly type: ValueType
  readonly table: number
  readonly at: number
  /** Functions, or null. */
  readonly items: readonly (number | null)[]
  /** Written as expressions although function indices would do. */
  readonly expressions: boolean
}

export interface DataShape {
  readonly mode: 'active' | 'passive'
  readonly at: number
  readonly bytes: readonly number[]
  /** Names memory 0 although it need not. */
  readonly explicit: boolean
}

/** The type section, filled while code is written. */
export class Types {
  readonly all: FunctionType[] = []
  readonly #indices = new Map<string, number[]>()

  /** Index of a type. Once in a while a second entry of the same structure: indirect calls must not tell them apart. */
  index(type: FunctionType, choices?: Choices): number {
    const key = shortType(type)
    const known = this.#indices.get(key)
    const again = choices?.once(32) ?? false
    if (known !== undefined && !again) return choices === undefined ? known[0]! : choices.pick(known)
    this.all.push(type)
    if (known === undefined) this.#indices.set(key, [this.all.length - 1])
    else known.push(this.all.length - 1)
    return this.all.length - 1
  }
}

export interface Convention {
  readonly name: '_initialize' | '_start'
  readonly index: number
}

export interface Shape {
  readonly types: Types
  readonly imports: readonly ImportShape[]
  /** Those of the imports that are functions of WASI. */
  readonly wasi: readonly WasiImport[]
  /** Types of all functions, imported ones first. */
  readonly functions: readonly FunctionType[]
  readonly memory: { readonly min: number; readonly max: number | undefined } | undefined
  readonly tables: readonly TableShape[]
  /** The first one counts down with each call of a function that is guarded. */
  readonly globals: readonly GlobalShape[]
  readonly elements: readonly ElementShape[]
  readonly data: readonly DataShape[]
  readonly start: number | undefined
  /** Further names of functions: `_initialize` of the last one, and perhaps `_start` of the first one that is not imported. */
  readonly conventions: readonly Convention[]
  /** Once in so many places something is done that may well trap; 0 stands for never. */
  readonly danger: number
  /** Whether instructions occur that may produce NaNs. */
  readonly nans: boolean
}

export const CREDIT_GLOBAL = 0

const LOG: ImportShape = { module: 'ipvm', name: 'log', type: { params: [I32, I32], results: [] } }
const ABORT: ImportShape = { module: 'env', name: 'abort', type: { params: [I32, I32, I32, I32], results: [] } }
const CLOCK: ImportShape = { module: 'env', name: 'now', type: { params: [F64], results: [I64] } }

/** What a module may import beside what every profile grants. */
export interface Importing {
  /** Whether it may import what the profile denies. */
  readonly denied: boolean
  /** The functions of WASI that it imports: then it is a program, whose first function is `_start`. */
  readonly wasi?: 'pure' | 'virtual'
}

/** Shapes a module of so many functions. */
export function shapeOf(choices: Choices, segments: Choices, count: number, importing: Importing): Shape {
  const { denied } = importing
  const wasi = importing.wasi === undefined ? [] : wasiImports(importing.wasi)
  const danger = choices.pick([0, 128, 24, 6])
  const nans = !choices.once(4)
  const others = [LOG, ABORT, CLOCK].filter(entry => choices.once(2) && (entry !== CLOCK || denied))
  const imports = [...others, ...wasi]
  const own = Array.from({ length: count }, (_, i) => signature(choices, i))
  const conventions = count > 1 && choices.once(6) ? conventionsOf(choices, imports.length, count) : []
  // Mostly what makes a module a reactor; else `_initialize` is a function like any other.
  if (conventions.length > 0 && !choices.once(8)) own[count - 1] = { params: [], results: [] }
  if (wasi.length > 0) beginAt(imports.length, own, conventions)
  const start = choices.once(5) ? imports.length + count : undefined
  if (start !== undefined) own.push({ params: [], results: [] })
  const functions = [...imports.map(entry => entry.type), ...own]
  const memory = choices.once(10)
    ? undefined
    : { min: choices.pick([1, 1, 1, 2, 1, 2, 1, 0]), max: choices.pick([undefined, 2, 3, 8, 65536]) }
  const tables = choices.once(8) ? [] : tablesOf(choices)
  return {
    types: new Types(),
    imports,
    wasi,
    functions,
    memory,
    tables,
    start,
    conventions,
    danger,
    nans,
    globals: globalsOf(choices, functions),
    data: memory === undefined ? [] : dataOfAll(segments, memory.min, danger, wasi.length > 0),
    elements: elementsOf(segments, functions, tables, danger),
  }
}

/** Makes the first function the one that a program begins with. */
function beginAt(first: number, own: FunctionType[], conventions: Convention[]): void {
  own[0] = { params: [], results: [] }
  if (!conventions.some(({ name }) => name === '_start')) conventions.push({ name: '_start', index: first })
}

function conventionsOf(choices: Choices, first: number, count: number): Convention[] {
  const initialize = { name: '_initialize', index: first + count - 1 } as const
  return choices.once(4) ? [initialize, { name: '_start', index: first }] : [initialize]
}

/** References mostly in functions that are not called from outside. */
function signature(choices: Choices, index: number): FunctionType {
  const type = (): ValueType => choices.pick(index > 0 && choices.once(8) ? REFERENCES : NUMBERS)
  return { params: choices.some(4, type), results: choices.some(3, type) }
}

function tablesOf(choices: Choices): TableShape[] {
  const types: ValueType[] = [FUNCREF, ...choices.some(2, () => choices.pick([EXTERNREF, FUNCREF] as const))]
  return types.map(element => ({
    element,
    min: choices.pick([4, 0, 1, 8, 12]),
    max: choices.pick([undefined, 12, 14, 100]),
  }))
}

function globalsOf(choices: Choices, functions: readonly FunctionType[]): GlobalShape[] {
  const calls = choices.pick([4, 8, 1, 12, 40])
  const credit: GlobalShape = { type: I32, mutable: true, init: [0x41, ...encodeConstant(I32, calls)] }
  const mutable = ALL_TYPES.slice(0, choices.below(8)).map(type => ({
    type,
    mutable: true,
    init: constant(type, choices, functions),
  }))
  const fixed = choices.some(2, () => {
    const type = choices.pick(ALL_TYPES)
    return { type, mutable: false, init: constant(type, choices, functions) }
  })
  return [credit, ...mutable, ...fixed]
}

const CONSTANT_OPCODES: Readonly<Record<number, readonly number[]>> = {
  [I32]: [0x41],
  [I64]: [0x42],
  [F32]: [0x43],
  [F64]: [0x44],
  [V128]: [0xfd, 0x0c],
}

/** A constant expression of the type, without `end`. */
export function constant(type: ValueType, choices: Choices, functions: readonly FunctionType[]): number[] {
  if (type === FUNCREF && choices.once(2)) return [0xd2, choices.below(functions.length)]
  if (isReference(type)) return [0xd0, type]
  return [...CONSTANT_OPCODES[type]!, ...encodeConstant(type, constantOf(type, choices))]
}

/** A declarative segment first, so that code may refer to every function; then some of all eight forms. */
function elementsOf(
  choices: Choices,
  functions: readonly FunctionType[],
  tables: readonly TableShape[],
  danger: number,
): ElementShape[] {
  const all: ElementShape = {
    mode: 'declarative',
    type: FUNCREF,
    table: 0,
    at: 0,
    items: functions.map((_, i) => i),
    expressions: choices.once(8),
  }
  const others = choices.some(5, (): ElementShape => {
    const mode = choices.pick(['active', 'passive', 'active', 'declarative'] as const)
    const table = choices.below(tables.length || 1)
    const active = mode === 'active' && tables.length > 0
    const type = active ? tables[table]!.element : choices.pick(REFERENCES)
    const room = active ? tables[table]!.min : 6
    const at = active ? choices.below(room + 1) : 0
    const item = (): number | null => (type === FUNCREF && !choices.once(5) ? choices.below(functions.length) : null)
    const items = choices.some(Math.min(6, room - at), item)
    const outside = danger > 0 && active && choices.once(Math.max(2, 2 * danger))
    return {
      mode: mode === 'active' && !active ? 'passive' : mode,
      type,
      table,
      items,
      at: outside ? choices.pick([room + 1, 0xffffffff]) : at,
      expressions: type === EXTERNREF || items.includes(null) || choices.once(3),
    }
  })
  return [all, ...others]
}

/** What functions of WASI are given comes last, so that nothing else lies over it at the beginning. */
function dataOfAll(choices: Choices, pages: number, danger: number, isProgram: boolean): readonly DataShape[] {
  const some = choices.some(3, () => dataOf(choices, pages, danger))
  return isProgram && pages > 0 ? [...some, ...LAID.data] : some
}

function dataOf(choices: Choices, pages: number, danger: number): DataShape {
  const mode = pages === 0 ? 'passive' : choices.pick(['active', 'passive'] as const)
  const bytes = choices.some(12, () => choices.below(256))
  const edge = pages * 65_536
  const outside = danger > 0 && mode === 'active' && choices.once(Math.max(2, 2 * danger))
  const at = outside ? choices.pick([edge + 1, 0xffffffff]) : choices.pick([0, 16, 100, Math.max(0, edge - 12)])
  return { mode, at: mode === 'active' ? at : 0, bytes, explicit: choices.once(3) }
}
