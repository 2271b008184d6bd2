/** Reads the sections of an admitted module, without judging them (core spec 5.5). */
import { OP } from '../../src/wasm/instructions.ts'
import { FUNCREF, wordsOf, type FunctionType, type ValueType } from '../../src/wasm/types.ts'
import { Bytes } from './bytes.ts'
import { readExpression, type Op } from './code.ts'
import { operandHeightWords } from './height.ts'
import type { Value } from './values.ts'

export interface Bounds {
  readonly min: number
  readonly max: number | undefined
}

export interface Segment<T> {
  readonly mode: 'active' | 'passive' | 'declarative'
  readonly table: number
  /** Where an active one is written. */
  readonly offset: number
  readonly items: T
}

export interface Body {
  readonly type: FunctionType
  /** Types of declared locals. */
  readonly locals: readonly ValueType[]
  readonly ops: readonly Op[]
  readonly paramWords: number
  readonly localWords: number
  /** Greatest height of the operand stack, in words. */
  readonly heightWords: number
}

export interface Module {
  readonly size: number
  /** Bytes of custom sections. */
  customBytes: number
  types: FunctionType[]
  imports: { readonly module: string; readonly name: string; readonly type: FunctionType }[]
  /** Types of all functions, imported ones first. */
  functions: FunctionType[]
  tables: ({ readonly element: ValueType } & Bounds)[]
  memory: Bounds | undefined
  globals: { readonly type: ValueType; readonly mutable: boolean; readonly init: Value }[]
  exports: { readonly name: string; readonly kind: number; readonly index: number }[]
  start: number | undefined
  elements: (Segment<readonly Value[]> & { readonly type: ValueType })[]
  data: Segment<Uint8Array>[]
  bodies: Body[]
}

/** Kinds of exports and imports (core spec 5.5.5). */
export const KIND = { function: 0, table: 1, memory: 2, global: 3 } as const

const SECTIONS: Readonly<Record<number, (bytes: Bytes, module: Module) => void>> = {
  1: (bytes, module) => {
    module.types = bytes.list(() => (bytes.u8(), { params: readTypes(bytes), results: readTypes(bytes) }))
  },
  2: (bytes, module) => {
    module.imports = bytes.list(() => ({ module: bytes.name(), name: bytes.name(), type: readImported(bytes, module) }))
    module.functions = module.imports.map(({ type }) => type)
  },
  3: (bytes, module) => {
    module.functions.push(...bytes.list(() => module.types[bytes.u32()]!))
  },
  4: (bytes, module) => {
    module.tables = bytes.list(() => ({ element: bytes.u8() as ValueType, ...readBounds(bytes) }))
  },
  5: (bytes, module) => {
    module.memory = bytes.list(() => readBounds(bytes))[0]
  },
  6: (bytes, module) => {
    module.globals = bytes.list(() => ({
      type: bytes.u8() as ValueType,
      mutable: bytes.u8() === 1,
      init: readConstant(bytes, module),
    }))
  },
  7: (bytes, module) => {
    module.exports = bytes.list(() => ({ name: bytes.name(), kind: bytes.u8(), index: bytes.u32() }))
  },
  8: (bytes, module) => {
    module.start = bytes.u32()
  },
  9: (bytes, module) => {
    module.elements = bytes.list(() => readElements(bytes, module))
  },
  10: (bytes, module) => {
    let index = module.imports.length
    module.bodies = bytes.list(() => readBody(bytes, module, module.functions[index++]!))
  },
  11: (bytes, module) => {
    module.data = bytes.list(() => readData(bytes, module))
  },
}

/** Reads a module. The heights of operand stacks, which frames weigh, are computed on the way. */
export function decode(binary: Uint8Array): Module {
  const module: Module = {
    size: binary.length,
    customBytes: 0,
    types: [],
    imports: [],
    functions: [],
    tables: [],
    memory: undefined,
    globals: [],
    exports: [],
    start: undefined,
    elements: [],
    data: [],
    bodies: [],
  }
  const bytes = new Bytes(binary, 8, binary.length)
  while (!bytes.done) {
    const start = bytes.at
    const id = bytes.u8()
    const end = bytes.u32() + bytes.at
    if (id === 0) module.customBytes += end - start
    SECTIONS[id]?.(new Bytes(binary, bytes.at, end), module)
    bytes.at = end
  }
  return module
}

function readTypes(bytes: Bytes): ValueType[] {
  return bytes.list(() => bytes.u8() as ValueType)
}

function readImported(bytes: Bytes, module: Module): FunctionType {
  if (bytes.u8() !== KIND.function) throw new Error('the oracle imports functions only: this module was not admitted')
  return module.types[bytes.u32()]!
}

function readBounds(bytes: Bytes): Bounds {
  const bounded = bytes.u8() === 1
  return { min: bytes.u32(), max: bounded ? bytes.u32() : undefined }
}

/** A constant expression: one constant. */
function readConstant(bytes: Bytes, module: Module): Value {
  const ops = readExpression(bytes, module.types)
  const op = ops[0]!
  const { group } = op.instruction
  if (ops.length !== 2 || (group !== 'const' && group !== 'refFunc')) throw new Error('this constant was not admitted')
  return group === 'refFunc' ? op.index : op.value
}

/** The eight forms of element segments (core spec 5.5.12). */
function readElements(bytes: Bytes, module: Module): Module['elements'][number] {
  const flags = bytes.u32()
  const active = (flags & 1) === 0
  const explicit = (flags & 2) !== 0
  const expressions = (flags & 4) !== 0
  const table = active && explicit ? bytes.u32() : 0
  const offset = active ? (readConstant(bytes, module) as number) : 0
  const kind = explicit || !active ? bytes.u8() : 0
  const items = bytes.list<Value>(() => (expressions ? readConstant(bytes, module) : bytes.u32()))
  const type = expressions && kind !== 0 ? (kind as ValueType) : FUNCREF
  return { mode: active ? 'active' : explicit ? 'declarative' : 'passive', table, offset, items, type }
}

function readData(bytes: Bytes, module: Module): Segment<Uint8Array> {
  const flags = bytes.u32()
  if (flags === 2) bytes.u32()
  const active = flags !== 1
  const offset = active ? (readConstant(bytes, module) as number) : 0
  return { mode: active ? 'active' : 'passive', table: 0, offset, items: bytes.take(bytes.u32()) }
}

function readBody(bytes: Bytes, module: Module, type: FunctionType): Body {
  const end = bytes.u32() + bytes.at
  const locals = bytes.list(() => new Array<ValueType>(bytes.u32()).fill(bytes.u8() as ValueType)).flat()
  const ops = readExpression(bytes, module.types)
  if (bytes.at !== end) throw new Error('a body ends elsewhere than it says')
  const heightWords = operandHeightWords(module, type, [...type.params, ...locals], ops)
  return { type, locals, ops, paramWords: words(type.params), localWords: words(locals), heightWords }
}

/** Width of values in 8-byte words. */
export function words(types: readonly ValueType[]): number {
  return types.reduce((sum, type) => sum + wordsOf(type), 0)
}

/** Targets of all `br_table`s of a body, defaults included, whether they can be reached or not. */
export function branchTargets(body: Body): number {
  return body.ops.filter(op => op.instruction.code === OP.brTable).reduce((sum, op) => sum + op.labels.length, 0)
}

/** Words that functions take and give which can be called from outside, each function once. */
export function exportedWords(module: Module): number {
  const callable = new Set(module.exports.filter(({ kind }) => kind === KIND.function).map(({ index }) => index))
  const types = [...callable]
    .map(index => module.functions[index]!)
    .map(({ params, results }) => [...params, ...results])
  return types.filter(values => values.every(value => value >= 0x7b)).reduce((sum, values) => sum + words(values), 0)
}
